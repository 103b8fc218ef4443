"""``ga-ooo town``: makes a large town of copies of a scenario."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ga_ooo.cli import arguments
from ga_ooo.cli.command_line import Command, CommandLine
from ga_ooo.host.checkout.locate import locate
from ga_ooo.host.large_town.making import LargeTown, make_large_town
from ga_ooo.options.declare import Declared, option


@dataclass(frozen=True, kw_only=True)
class Arguments(Declared):
    """The scenario, and the town that is made of it."""

    host: Path = arguments.host()
    fork: str = option(help="scenario to copy")
    sim: str = option(help="name of the new scenario, and of its map")
    copies: int = option(help="number of towns; the first one keeps its names")
    stagger: int = option(
        0, "each town does everything so many steps later than the town before it", metavar="STEPS"
    )
    roads: bool = option(
        False, "join neighbouring towns by roads; without, nobody can leave a town"
    )


def _run(line: CommandLine[Arguments]) -> int:
    given = line.arguments
    checkout = locate(given.host)
    wanted = LargeTown(given.fork, given.sim, given.copies, given.stagger, given.roads)
    made = make_large_town(checkout, wanted)
    width, height = made.size
    print(f"{made.scenario}: {made.people:,} people in {given.copies} towns")
    print(f"{made.map}: their map, {width:,} x {height:,} tiles")
    if made.to_do:
        print(f"before you run it: {made.to_do}, and set it back for other scenarios")
    return 0


COMMAND = Command(
    "make a large town: copies of a scenario side by side, under new names",
    Arguments,
    _run,
    description="The host opens it like any other scenario (docs/large_towns.md).",
)
