"""``ga-ooo bench``: the host's loop and the engine live, in several ways, one after the other."""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from ga_ooo.cli import options
from ga_ooo.cli.server_flags import server_flags
from ga_ooo.errors import UsageError
from ga_ooo.host.checkout.locate import check_scenario, locate
from ga_ooo.host.run.headless import HeadlessRun
from ga_ooo.lab.bench.running import Benchmark, run_benchmark
from ga_ooo.lab.bench.table import table
from ga_ooo.lab.bench.ways import WAYS
from ga_ooo.lab.verify.sides import SIMULATION, VerifyRunError
from ga_ooo.options import ModelOptions
from ga_ooo.scripted.latency import Latency
from ga_ooo.scripted.model import MODEL_NAME
from ga_ooo.scripted.server import ServerThread

_LATENCY: Final = (0.05, 0.02, 0.0001)


def add_commands(commands: Any) -> None:
    """Register the command."""
    listed = "\n".join(f"  {way.name:<14} {way.about}" for way in WAYS)
    parser = commands.add_parser(
        "bench",
        help="how much faster the engine is than the host's own loop, live on model servers",
        description="Run a scenario in several exact ways, one after the other, each in a process "
        "of its own, on the same model servers; compare every byte.",
        epilog=f"ways:\n{listed}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    options.add_host(parser)
    parser.add_argument("--fork", required=True, help="scenario to fork from")
    parser.add_argument(
        "--steps", type=options.steps, default=[360], help="steps of each run (default: 360)"
    )
    parser.add_argument(
        "--repeats", type=int, default=1, help="how often each way is run (default: 1)"
    )
    parser.add_argument("--seed", type=int, default=0, help="run seed (default: 0)")
    model = parser.add_argument_group(
        "model", "without servers, one with the scripted model is started for the benchmark"
    )
    options.add_servers(model)
    model.add_argument(
        "--latency",
        type=options.latency,
        metavar="BASE:OUT:IN",
        help="scripted model: seconds a call, per output token, per input token "
        "(default: 0.05:0.02:0.0001, like an 8B model on one GPU)",
    )
    model.add_argument("--slots", type=int, help="scripted model: calls served at once")
    parser.set_defaults(run=_bench)


def _bench(arguments: argparse.Namespace) -> int:
    if arguments.repeats < 1:
        raise UsageError(f"--repeats {arguments.repeats}", "give 1 or more")
    checkout = locate(arguments.host)
    HeadlessRun(arguments.fork, SIMULATION, arguments.steps)
    people = len(check_scenario(checkout, arguments.fork).tiles)
    flags = server_flags(arguments)
    latency = _latency(arguments, flags)
    print(f"host: {checkout.recognised} ({checkout.root})")
    print(f"{arguments.fork}: {people} people, {sum(arguments.steps):,} steps, {_model(latency)}")
    steps = "+".join(map(str, arguments.steps))
    try:
        with (
            tempfile.TemporaryDirectory(prefix="ga-ooo-bench-") as folder,
            _servers(latency, flags) as servers,
        ):
            run = ["--steps", steps, "--seed", str(arguments.seed), *servers]
            benchmark = Benchmark(checkout, arguments.fork, run, arguments.repeats)
            results = run_benchmark(benchmark, Path(folder), _tell)
    except VerifyRunError as error:
        print(f"ga-ooo: {error}", file=sys.stderr)
        return error.side.exit_code or error.exit_code
    print(table(results))
    return 0 if results.equal else 1


def _latency(arguments: argparse.Namespace, servers: list[str]) -> Latency | None:
    """Of the scripted model; None if others answer.

    Raises:
        UsageError: it is out of range, or there is none to be late.
    """
    if servers:
        if arguments.latency is not None or arguments.slots is not None:
            raise UsageError(
                "--latency and --slots are of the scripted model, and --model-url names others",
                "leave --latency and --slots out, or --model-url",
            )
        return None
    # Checks them.
    asked = ModelOptions(latency=arguments.latency or _LATENCY, slots=arguments.slots)
    return Latency(*asked.latency, slots=asked.slots)


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
def _servers(latency: Latency | None, given: list[str]) -> Iterator[list[str]]:
    """The flags of ``ga-ooo run`` that name the model servers."""
    if latency is None:
        yield given
        return
    with ServerThread(latency=latency) as server:
        yield ["--model-url", server.url, "--model-name", MODEL_NAME]


def _tell(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
