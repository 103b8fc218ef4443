"""``ga-ooo patch``: adds the flag ``--ooo`` to a host."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ga_ooo.cli import arguments
from ga_ooo.cli.command_line import Command, CommandLine
from ga_ooo.errors import UsageError
from ga_ooo.host.checkout import patching
from ga_ooo.host.checkout.locate import locate
from ga_ooo.options.declare import Declared, option


@dataclass(frozen=True, kw_only=True)
class Arguments(Declared):
    """Without a flag, the patch is applied."""

    host: Path = arguments.host()
    only_check: bool = option(False, "say whether the patch is applied", flag="--check")
    revert: bool = option(False, "remove the patch")


def _run(line: CommandLine[Arguments]) -> int:
    given = line.arguments
    if given.only_check and given.revert:
        raise UsageError("both --check and --revert", "leave one of them out")
    checkout = locate(given.host)
    if given.only_check:
        status = patching.status(checkout)
        print(f"{status.state.value}: {status.refusal or status.reason}")
        return status.exit_code
    result = patching.revert(checkout) if given.revert else patching.apply(checkout)
    print(result.message)
    return 0


COMMAND = Command(
    "add the flag --ooo: `python reverie.py --ooo` then runs out of order", Arguments, _run
)
