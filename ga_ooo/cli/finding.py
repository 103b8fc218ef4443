"""Finds the commands: the modules of ``ga_ooo.cli.commands``, by the names of their files.

A module is imported when its command is used, so a command does not wait for imports of others.
"""

from __future__ import annotations

import pkgutil
from collections.abc import Iterable, Iterator
from importlib import import_module
from pathlib import Path
from typing import Any, Final

from ga_ooo._version import __version__
from ga_ooo.cli.command_line import Command
from ga_ooo.cli.parser import Parser
from ga_ooo.options.declare import REQUIRED, flag_declarations

_EXIT_CODES: Final = """\
exit codes:
  0  done (verify, bench: equal)
  1  verify, bench: different; check: damage was found
  2  wrong usage or input; nothing was written
  3  the host cannot be used as it is
  4  the model cannot be reached, or refused a request for good
  5  the run stopped early, at a consistent step that is saved
  6  causality error (the dependency rule was unsound for this host) or deadlock
  7  the run differs from the journal that it replays or continues
  8  an unexpected error: a defect of ga_ooo or of a plugin
"""


def _modules(folder: Path, package: str) -> Iterator[tuple[str, str]]:
    """Names of commands and of their modules, in a package and the packages in it."""
    for module in pkgutil.iter_modules([str(folder)]):
        path = f"{package}.{module.name}"
        if module.ispkg:
            yield from _modules(folder / module.name, path)
        elif not module.name.startswith("_"):
            yield module.name.replace("_", "-"), path


_MODULES: Final = dict(
    sorted(_modules(Path(__file__).with_name("commands"), f"{__package__}.commands"))
)

NAMES: Final = tuple(_MODULES)
"""The names of all commands."""


def find_command(name: str) -> Command[Any]:
    """The command of this name."""
    command: Command[Any] = import_module(_MODULES[name]).COMMAND
    return command


def make_parser(names: Iterable[str] = NAMES, complete_path: Any = None) -> Parser:
    """A parser of ``ga-ooo`` with these commands.

    Args:
        complete_path: how a shell completes a path, for ``shtab``.
    """
    parser = Parser(
        prog="ga-ooo",
        description="Run Generative Agents out of order: the same bytes, sooner.",
        epilog=_EXIT_CODES,
    )
    parser.flags.append("--version")
    parser.add_argument("--version", action="version", version=f"ga-ooo {__version__}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name in names:
        command = find_command(name)
        own = commands.add_parser(
            name,
            usage=_usage(name, command),
            help=command.about,
            description=command.description or f"{command.about[0].upper()}{command.about[1:]}.",
            epilog=command.epilog,
        )
        own.add_options(flag_declarations(command.arguments), complete_path)
    return parser


def _usage(name: str, command: Command[Any]) -> str:
    """One line with the required arguments; a list of all options would fill the screen."""
    options = list(flag_declarations(command.arguments))
    required = [
        f"{each.flag} {each.name.upper()}"
        for each in options
        if each.default is REQUIRED and not each.is_positional
    ]
    positional = [
        each.flag if each.default is REQUIRED else f"[{each.flag}]"
        for each in options
        if each.is_positional
    ]
    rest = ["[-- ARGUMENT ...]"] if command.rest else []
    return " ".join(["ga-ooo", name, *positional, *required, "[options]", *rest])
