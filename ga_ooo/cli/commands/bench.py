"""``ga-ooo bench``: times the host's loop and the engine, in several ways, one after the other."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ga_ooo.cli import arguments
from ga_ooo.cli.command_line import Command, CommandLine
from ga_ooo.cli.comparisons import comparison_view, report_failure
from ga_ooo.errors import UsageError
from ga_ooo.host.checkout.locate import check_scenario, locate
from ga_ooo.host.run.headless import HeadlessRun
from ga_ooo.lab.bench.running import Benchmark, run_benchmark
from ga_ooo.lab.bench.table import table
from ga_ooo.lab.bench.ways import WAYS, with_workers
from ga_ooo.lab.verify.copies import SIMULATION
from ga_ooo.lab.verify.sides import VerifyRunError
from ga_ooo.options import ModelOptions, RunOptions
from ga_ooo.options.declare import Flags, at_least, nested, option
from ga_ooo.options.settings import flags_for
from ga_ooo.scripted.latency import Latency
from ga_ooo.scripted.model import MODEL_NAME
from ga_ooo.scripted.server import ServerThread

_LATENCY: Final = (0.05, 0.02, 0.0001)

_OF_THE_SCRIPTED_MODEL: Final = ("model.latency", "model.slots", "model.embedding_width")


@dataclass(frozen=True, kw_only=True)
class Arguments(arguments.ViewArguments):
    """What to time."""

    host: Path = arguments.host()
    fork: str = arguments.fork()
    steps: tuple[int, ...] = arguments.steps((360,), "steps of each run", "360")
    repeats: int = option(1, "how often each way is run", check=at_least(1))
    run: RunOptions = nested(RunOptions, Flags(("run.seed", "run.workers", "run.ray_address")))
    model: ModelOptions = nested(ModelOptions, Flags((*arguments.SERVERS, *_OF_THE_SCRIPTED_MODEL)))


def _run(line: CommandLine[Arguments]) -> int:
    given = line.arguments
    checkout = locate(given.host)
    HeadlessRun(given.fork, SIMULATION, given.steps)
    people = len(check_scenario(checkout, given.fork).tiles)
    latency = _latency(line)
    steps = "+".join(map(str, given.steps))
    try:
        with (
            tempfile.TemporaryDirectory(prefix="ga-ooo-bench-") as folder,
            _servers(latency, given.model) as model,
            comparison_view(given) as view,
        ):
            view.say(f"host: {checkout.recognised} ({checkout.root})")
            view.say(
                f"{given.fork}: {people} people, {sum(given.steps):,} steps, {_model(latency)}"
            )
            seed = RunOptions(seed=given.run.seed)
            run = ["--steps", steps, *flags_for(seed), *flags_for(model)]
            ways = [*WAYS, *([with_workers(given.run)] if given.run.workers else [])]
            benchmark = Benchmark(checkout, given.fork, run, given.repeats, ways)
            results = run_benchmark(benchmark, Path(folder), view.watch)
            view.end(table(results), {"equal": results.equal, **results.as_data()})
    except VerifyRunError as error:
        return report_failure(error)
    return 0 if results.equal else 1


def _latency(line: CommandLine[Arguments]) -> Latency | None:
    """The latency of the scripted model; None if other models answer.

    Raises:
        UsageError: it is given for other models.
    """
    model = line.arguments.model
    if not model.servers:
        base, output, prompt = line.flags.get("model.latency", _LATENCY)
        return Latency(base, output, prompt, slots=model.slots)
    if any(each in line.flags for each in _OF_THE_SCRIPTED_MODEL):
        raise UsageError(
            "--latency, --slots and --embedding-width are of the scripted model, and --model-url "
            "names others",
            "leave --latency, --slots and --embedding-width out, or --model-url",
        )
    return None


def _model(latency: Latency | None) -> str:
    if latency is None:
        return "given model servers"
    slots = "no limit of" if latency.slots is None else f"{latency.slots:,}"
    return (
        f"scripted model over HTTP: {latency.base * 1000:g} ms a call, "
        f"{latency.per_output_token * 1000:g} ms per token out, "
        f"{latency.per_input_token * 1000:g} ms per token in, {slots} slots"
    )


@contextmanager
def _servers(latency: Latency | None, given: ModelOptions) -> Iterator[ModelOptions]:
    """The model servers that answer."""
    if latency is None:
        yield given
        return
    with ServerThread(latency=latency, embedding_width=given.embedding_width) as server:
        yield ModelOptions(urls=(server.url,), name=MODEL_NAME)


COMMAND = Command(
    "time the engine and the host's own loop live, on model servers",
    Arguments,
    _run,
    description="Run a scenario in several exact ways, one after the other, each in a process of "
    "its own, on the same model servers; compare every byte. Without model servers, a server with "
    "the scripted model is started; its latency is by default that of an 8B model on one GPU, "
    "0.05:0.02:0.0001.",
    epilog="ways:\n"
    + "\n".join(f"  {way.name:<14} {way.about}" for way in (*WAYS, with_workers(RunOptions()))),
)
