"""``ga-ooo list``: the simulations of a host."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ga_ooo.cli import arguments
from ga_ooo.cli.command_line import Command, CommandLine
from ga_ooo.errors import UsageError
from ga_ooo.host.checkout.locate import locate
from ga_ooo.options import FileOptions
from ga_ooo.options.declare import Declared, Flags, nested
from ga_ooo.texts import shown
from ga_ooo.views.simulations import STATES, SimulationSummary, simulations
from ga_ooo.views.texts import size


@dataclass(frozen=True, kw_only=True)
class Arguments(Declared):
    """The host whose simulations are listed."""

    host: Path = arguments.host()
    files: FileOptions = nested(FileOptions, Flags(("files.storage",)))


def _run(line: CommandLine[Arguments]) -> int:
    given = line.arguments
    storage = (given.files.storage or locate(given.host).storage).absolute()
    if not storage.is_dir():
        raise UsageError(f"there is no folder {storage}", "correct --storage")
    found = 0
    for each in simulations(storage):
        print("\n".join(_lines(each, str(given.host))), flush=True)
        found += 1
    if not found:
        print(f"no simulation in {storage} has taken steps yet")
    return 0


def _lines(each: SimulationSummary, host: str) -> Iterator[str]:
    of = f" of {each.steps:,}" if each.steps is not None else ""
    game_time = f", {shown(each.game_time)}" if each.game_time else ""
    yield f"{shown(each.name)}  {each.state}: {shown(each.problem) or STATES[each.state]}"
    if each.state != "unreadable":
        origin = f", forked from {shown(each.scenario)}" if each.scenario else ""
        cost = f", cost {each.cost}" if each.cost else ""
        model = f", model {shown(each.model)}" if each.model else ""
        yield f"    {each.taken:,}{of} steps{game_time}; {size(each.size)}{cost}{origin}{model}"
    for command in each.commands(host):
        yield f"    {shown(command)}"


COMMAND = Command(
    "list the simulations of a host: how far they are, and what can be done with each",
    Arguments,
    _run,
)
