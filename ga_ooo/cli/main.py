"""The command ``ga-ooo``: finds the command, runs it, turns errors into exit codes.

This module imports little at its top: a user may press Ctrl-C while the rest is imported, and must
not see a traceback of that.
"""

from __future__ import annotations

import atexit
import os
import signal
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from types import FrameType
from typing import TYPE_CHECKING, Any, Final

from ga_ooo.errors import GaOooError, HostError, UsageError

if TYPE_CHECKING:
    from ga_ooo.cli.command_line import CommandLine

_INTERRUPTED: Final = 130
_UNEXPECTED: Final = 8
_PATIENCE: Final = 1.0
"""Seconds in which threads of host code have to end after the work is done."""

_WITH_VIEW: Final = ("bench", "demo", "resume", "run", "verify")
"""Commands with a live view, whose imports take a second or more."""

_WITHOUT_VIEW: Final = {"--json", "--quiet", "--help", "-h"}

_WINDOWS: Final = (
    "ga_ooo runs on Linux, on macOS, and on Windows inside of WSL, but not natively on Windows",
    "install WSL (`wsl --install`), and ga_ooo inside of it",
)


def run_process() -> int:
    """The whole life of the process ``ga-ooo``.

    Returns:
        the exit code.
    """
    if sys.platform != "win32":
        _leave_at_ctrl_c()
    try:
        code = main()
    finally:
        # The work is done and reported. A signal from here on would only hide the exit code,
        # since the interpreter restores the default handlers while it shuts down.
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.SIG_IGN)
    _leave_threads(code)
    return code


def _leave_threads(code: int) -> None:
    """End this process if threads of host code do not end: the interpreter would wait for them."""
    deadline = time.monotonic() + _PATIENCE
    for thread in threading.enumerate():
        if thread is not threading.main_thread() and not thread.daemon:
            thread.join(max(0.0, deadline - time.monotonic()))
            if thread.is_alive():
                atexit._run_exitfuncs()
                sys.stdout.flush()
                os._exit(code)


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command line.

    Returns:
        the exit code.
    """
    try:
        if sys.platform == "win32":
            raise HostError(*_WINDOWS)
        code = _run(list(sys.argv[1:] if argv is None else argv))
        sys.stdout.flush()
    except BrokenPipeError:
        # The reader of the output, such as `head`, has closed it. The interpreter flushes again.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 128 + signal.SIGPIPE
    except GaOooError as error:
        _report(error)
        return error.exit_code
    except KeyboardInterrupt:
        print("ga-ooo: interrupted", file=sys.stderr)
        return _INTERRUPTED
    except Exception as error:
        _report(_unexpected(error))
        return _UNEXPECTED
    return code


def _leave_at_ctrl_c() -> None:
    """Until the command begins, Ctrl-C ends this process at once: nothing is to be saved yet."""
    # A process in the background ignores Ctrl-C, and continues to ignore it.
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, _leave)
    # The process may have started again with a hash seed, and holds the signal back since then.
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})


def _leave(number: int, frame: FrameType | None) -> None:
    os.write(2, b"ga-ooo: interrupted\n")
    os._exit(_INTERRUPTED)


def _run(given: list[str]) -> int:
    import logging

    from ga_ooo.cli.printing import PrintableFormatter

    handler = logging.StreamHandler()
    handler.setFormatter(PrintableFormatter("ga-ooo: %(message)s"))
    logging.basicConfig(level=logging.WARNING, handlers=[handler])
    with _said_to_start(given):
        line = _parse(given)
    if signal.getsignal(signal.SIGINT) is _leave:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    return line.command.run(line)


@contextmanager
def _said_to_start(given: list[str]) -> Iterator[None]:
    """While entered, a terminal shows that a command with a live view is being loaded."""
    from ga_ooo.live.redraw import can_redraw

    has_view = given[:1] and given[0] in _WITH_VIEW and not {*given} & _WITHOUT_VIEW
    if not (has_view and can_redraw(sys.stdout, os.environ)):
        yield
        return
    print(f"ga-ooo {given[0]}: starting", end="", flush=True)
    try:
        yield
    finally:
        print("\r\x1b[K", end="", flush=True)


def _parse(given: list[str]) -> CommandLine[Any]:
    """Parse a command line.

    Raises:
        UsageError: it is wrong.
    """
    from ga_ooo.cli.command_line import CommandLine
    from ga_ooo.cli.finding import NAMES, find_command, make_parser
    from ga_ooo.options.declare import nearest

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


def _report(error: GaOooError) -> None:
    from ga_ooo.texts import printable

    print(f"ga-ooo: {printable(str(error))}", file=sys.stderr)


def _unexpected(error: Exception) -> GaOooError:
    """The error for the user, instead of a traceback, which goes to a file."""
    import traceback

    from ga_ooo.disk import DISK, state_folder, write_whole

    text = f"unexpected error: {type(error).__name__}: {error}"
    remedy = "this is a defect of ga_ooo or of a plugin: please report it"
    path = state_folder() / "unexpected_error.txt"
    try:
        DISK.make_private_folder(path.parent)
        write_whole(DISK, path, "".join(traceback.format_exception(error)).encode(), private=True)
    except OSError:
        return GaOooError(text, remedy)
    return GaOooError(text, f"{remedy}, with the traceback in {path}")
