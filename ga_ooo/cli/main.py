"""The command ``ga-ooo``: finds the command, runs it, turns errors into exit codes."""

from __future__ import annotations

import logging
import os
import signal
import sys
from collections.abc import Sequence
from typing import Any, Final

from ga_ooo.cli.command_line import CommandLine
from ga_ooo.cli.finding import NAMES, find_command, make_parser
from ga_ooo.cli.printing import PrintableFormatter, printable
from ga_ooo.errors import GaOooError, UsageError
from ga_ooo.options.declare import nearest

_AS_BY_SIGPIPE: Final = 128 + signal.SIGPIPE


def run_process() -> int:
    """The whole life of the process ``ga-ooo``.

    Returns:
        the exit code.
    """
    try:
        return main()
    finally:
        # The work is done and reported. A signal from here on would only hide the exit code,
        # since the interpreter restores the default handlers while it shuts down.
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.SIG_IGN)


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command line.

    Returns:
        the exit code.
    """
    handler = logging.StreamHandler()
    handler.setFormatter(PrintableFormatter("ga-ooo: %(message)s"))
    logging.basicConfig(level=logging.WARNING, handlers=[handler])
    try:
        line = _parse(list(sys.argv[1:] if argv is None else argv))
        code = line.command.run(line)
        sys.stdout.flush()
    except BrokenPipeError:
        # The reader of the output, such as `head`, has closed it. The interpreter flushes again.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return _AS_BY_SIGPIPE
    except GaOooError as error:
        print(f"ga-ooo: {printable(str(error))}", file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        print("ga-ooo: interrupted", file=sys.stderr)
        return 130
    return code


def _parse(given: list[str]) -> CommandLine[Any]:
    """Parse a command line.

    Raises:
        UsageError: it is wrong.
    """
    name = next(iter(given), "")
    is_known = name in NAMES
    # All commands for the help and for errors only: their imports take a second.
    parser = make_parser([name] if is_known else NAMES)
    if name and not is_known and not name.startswith("-"):
        raise UsageError(f"there is no command {name}", nearest(name, NAMES))
    rest = find_command(name).rest if is_known else ""
    end = given.index("--") if rest and "--" in given else len(given)
    flags = vars(parser.parse_args(given[:end]))
    command = find_command(flags.pop("command"))
    if given[end:]:
        flags[rest] = tuple(given[end + 1 :])
    # argparse collects repeated flags in lists.
    given_values = {id: tuple(v) if isinstance(v, list) else v for id, v in flags.items()}
    return CommandLine(command, given, given_values)
