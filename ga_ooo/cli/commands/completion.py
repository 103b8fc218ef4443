"""``ga-ooo completion``: completion of commands and options in a shell."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from ga_ooo.cli.command_line import Command, CommandLine
from ga_ooo.cli.finding import make_parser
from ga_ooo.options.declare import Declared, option


@dataclass(frozen=True, kw_only=True)
class Arguments(Declared):
    """For which shell."""

    shell: Literal["bash", "zsh", "fish"] = option(help="the shell", flag="SHELL")


def _run(line: CommandLine[Arguments]) -> int:
    # Late: no other command needs it.
    import shtab

    print(shtab.complete(make_parser(complete_path=shtab.FILE), line.arguments.shell))
    return 0


COMMAND = Command(
    "print a script that completes commands and options in a shell",
    Arguments,
    _run,
    epilog='bash, zsh: eval "$(ga-ooo completion bash)"; fish: ga-ooo completion fish | source',
)
