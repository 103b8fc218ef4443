# >>> ga-ooo: with --ooo, run out of order (ga-ooo patch --revert removes these lines) >>>
if __name__ == "__main__" and "--ooo" in __import__("sys").argv:
    import os
    import sys

    try:
        if sys.version_info < (3, 11):
            raise ImportError
        from ga_ooo.cli.flag import main as run_out_of_order
    except ImportError:
        # ga-ooo is in another environment: the one from which `ga-ooo patch` was called.
        ga_ooo_python = "@PYTHON@"
        if not os.access(ga_ooo_python, os.X_OK):
            gone = "--ooo: " + ga_ooo_python + " does not exist any more; call `ga-ooo patch` again"
            raise SystemExit(gone) from None
        os.environ.pop("PYTHONHOME", None)
        command = [ga_ooo_python, "-P", "-m", "ga_ooo.cli.flag", __file__]
        os.execv(ga_ooo_python, command + sys.argv[1:])
    raise SystemExit(run_out_of_order(__file__))
# <<< ga-ooo <<<
