"""The command ``ga-ooo``: finds the command's module, runs it, turns errors into exit codes."""

from __future__ import annotations

import argparse
import logging
import os
import signal
import sys
from collections.abc import Sequence
from typing import Any, Final

from ga_ooo import __version__
from ga_ooo.cli import settings
from ga_ooo.cli.commands import (
    bench,
    config,
    demo,
    host,
    journal,
    replay,
    resume,
    run,
    scripted_model,
    serve,
    verify,
)
from ga_ooo.errors import GaOooError

_EXIT_CODES = """\
exit codes:
  0  done (verify, bench: equal)
  1  verify, bench: different
  2  wrong usage or input; nothing was written
  3  the host cannot be used as it is
  4  the model cannot be reached or refused a request for good
  5  the run stopped early, at a consistent step that is saved
  6  causality error (the dependency rule was unsound for this host) or deadlock
  7  the run differs from the journal that it replays or goes on with
"""

_AS_BY_SIGPIPE: Final = 128 + signal.SIGPIPE


def run_process() -> int:
    """The whole life of the process ``ga-ooo``.

    Returns:
        the exit code.
    """
    try:
        return main()
    finally:
        # The work is done and told: a signal from here on would only hide how it ended, since
        # the interpreter gives signals back to the system while it shuts down.
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.SIG_IGN)


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command line.

    Returns:
        the exit code.
    """
    given = list(sys.argv[1:] if argv is None else argv)
    parser, _ = _make_parser()
    arguments = _parse(parser, given)
    # For commands that start the process over with another hash seed.
    arguments.argv = given
    logging.basicConfig(level=logging.WARNING, format="ga-ooo: %(message)s")
    try:
        settings.load(arguments, _flags(given, arguments.command))
        code: int = arguments.run(arguments)
        sys.stdout.flush()
    except BrokenPipeError:
        # Who read the output, such as `head`, has had enough. The interpreter flushes once more.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return _AS_BY_SIGPIPE
    except GaOooError as error:
        print(f"ga-ooo: {error}", file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        print("ga-ooo: interrupted", file=sys.stderr)
        return 130
    return code


def _make_parser() -> tuple[argparse.ArgumentParser, Any]:
    parser = argparse.ArgumentParser(
        prog="ga-ooo",
        description="Run Generative Agents out of order: the same bytes, sooner.",
        epilog=_EXIT_CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"ga-ooo {__version__}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    modules = (
        demo,
        run,
        resume,
        journal,
        verify,
        bench,
        replay,
        serve,
        host,
        scripted_model,
        config,
    )
    for module in modules:
        module.add_commands(commands)
    return parser, commands


def _flags(given: list[str], command: str) -> argparse.Namespace:
    """The command line with None for what it leaves to the configuration file or the default."""
    parser, commands = _make_parser()
    commands.choices[command].set_defaults(**dict.fromkeys(settings.NOTED))
    return _parse(parser, given)


def _parse(parser: argparse.ArgumentParser, given: list[str]) -> argparse.Namespace:
    """Parse what stands before ``--``; the rest is for the programs that ``serve`` starts."""
    if given[:1] != ["serve"] or "--" not in given:
        return parser.parse_args(given)
    end = given.index("--")
    arguments = parser.parse_args(given[:end])
    arguments.serve_extra_arguments = given[end + 1 :]
    return arguments
