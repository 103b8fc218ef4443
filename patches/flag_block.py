# >>> ga-ooo: with --ooo, run out of order (ga-ooo patch --revert removes these lines) >>>
if __name__ == "__main__" and "--ooo" in __import__("sys").argv:
    try:
        from ga_ooo.cli.flag import main as run_out_of_order
    except ImportError as error:
        raise SystemExit(f"--ooo needs ga-ooo: python -m pip install ga-ooo ({error})") from None
    raise SystemExit(run_out_of_order(__file__))
# <<< ga-ooo <<<
