"""``ga-ooo forecast``: what a run will cost and how long it will take."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from ga_ooo.cli import arguments
from ga_ooo.cli.command_line import Command, CommandLine
from ga_ooo.options import FileOptions, PriceOptions
from ga_ooo.options.declare import Check, Flags, at_least, nested, option
from ga_ooo.options.model import LATENCY
from ga_ooo.record import RecordReader, record_file
from ga_ooo.texts import money
from ga_ooo.views.forecasts import Estimate, Plan, forecast
from ga_ooo.views.simulations import find_simulation
from ga_ooo.views.texts import duration


@dataclass(frozen=True, kw_only=True)
class Arguments(arguments.ConfigArgument):
    """The run that is forecast, and the record that the forecast is made from."""

    host: Path = arguments.host()
    sim: str = arguments.simulation()
    steps: int = option(
        help="steps of the run, from the beginning of the record; a game day is 8640",
        check=at_least(1),
    )
    people: int | None = option(
        None, "number of personas", metavar="N", check=at_least(1), unset="as in the record"
    )
    servers: int | None = option(
        None, "number of model servers", metavar="N", check=at_least(1), unset="enough"
    )
    slots: int = option(
        64,
        "calls that one server answers at once without becoming slower",
        metavar="N",
        check=at_least(1),
    )
    latency: tuple[float, float, float] | None = option(
        None,
        "seconds of a call, of an output token and of an input token on these servers, such as "
        "0.05:0.02:0.0001",
        metavar="CALL[:OUT:IN]",
        kind=LATENCY,
        unset="as in the record",
        check=Check(LATENCY.words, lambda latency: len(latency) == 3 and min(latency) >= 0),
    )
    files: FileOptions = nested(FileOptions, Flags(("files.storage",)))
    prices: PriceOptions = nested(PriceOptions, Flags(("prices",)))


def _run(line: CommandLine[Arguments]) -> int:
    given = line.arguments
    simulation = find_simulation(given.host, given.sim, given.files.storage)
    plan = Plan(given.steps, given.people, given.servers, given.slots, given.latency)
    with RecordReader(record_file(simulation)) as reader:
        found = forecast(reader, plan, given.prices)
        people = given.people or len(reader.names)
        unit = "virtual time" if reader.facts.clock == "virtual" else "time"
    print(f"{given.steps:,} steps of {people:,} personas; the record has {found.done:.0%} of them")
    print(f"calls that write text: {_count(found.calls)}")
    print(f"tokens: {_count(found.tokens_in)} in, {_count(found.tokens_out)} out")
    print(f"{unit}: {_of(found.seconds, duration)}")
    if found.cost is None:
        print("cost: unknown; write [prices] into ga-ooo.toml (docs/costs.md)")
    else:
        print(f"cost: {_of(found.cost, lambda cost: money(cost, given.prices.currency))}")
    print("in about eight of ten runs the value is between the two in parentheses")
    return 0


def _count(estimate: Estimate) -> str:
    return _of(estimate, lambda value: f"{value:,.0f}")


def _of(estimate: Estimate, words: Callable[[float], str]) -> str:
    low, middle, high = map(words, (estimate.low, estimate.middle, estimate.high))
    return f"{middle} ({low} to {high})"


COMMAND = Command(
    "estimate from the record of a run what a longer or larger run costs and takes",
    Arguments,
    _run,
    epilog="example: ga-ooo forecast HOST morning --steps 8640 --servers 2",
)
