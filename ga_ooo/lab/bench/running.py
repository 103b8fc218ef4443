"""Runs a scenario in several ways, one after the other, and compares their simulations."""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Self

from ga_ooo.host.checkout.checkout import Checkout
from ga_ooo.lab.bench.ways import WAYS, Way, in_turn
from ga_ooo.lab.verify.compare import Comparison, compare
from ga_ooo.lab.verify.sides import RunningSide, Side, VerifyRunError, leaving_on_sigterm
from ga_ooo.lab.verify.verification import Watch


@dataclass(frozen=True)
class Benchmark:
    """One benchmark.

    Attributes:
        checkout: the host.
        fork: the scenario that each run starts from.
        arguments: arguments of ``ga-ooo run`` for all ways (steps, seed, model servers).
        repeats: number of runs of each way.
        ways: the first one is the host's own loop.
    """

    checkout: Checkout
    fork: str
    arguments: Sequence[str]
    repeats: int
    ways: Sequence[Way] = WAYS


@dataclass(frozen=True)
class Timing:
    """Measures of one run.

    Attributes:
        seconds: wall time from the first step to the last one.
        in_flight: mean number of calls at the servers in this time, with prefetches.
        tokens: tokens in and out of all answers of the servers.
        calls: number of answers of the servers.
        cpu_seconds: CPU time of the whole process, with its start and saving.
    """

    seconds: float
    in_flight: float
    tokens: int
    calls: int
    cpu_seconds: float

    @classmethod
    def read(cls, path: Path, cpu_seconds: float) -> Self:
        """Read the measures that ``ga-ooo run --measures`` has written.

        Args:
            path: the file of the measures.
            cpu_seconds: CPU time of the process.
        """
        measured = json.loads(path.read_text("utf-8"))
        servers = measured["servers"].values()
        seconds = measured["seconds"]
        return cls(
            seconds,
            sum(server["busy_seconds"] for server in servers) / seconds,
            sum(server["tokens_in"] + server["tokens_out"] for server in servers),
            sum(server["answers"] for server in servers),
            cpu_seconds,
        )


@dataclass
class Results:
    """Results of one benchmark; each list has one item per repeat.

    Attributes:
        timings: by name of the way.
        comparisons: of each further run with the first run, by name of the way.
    """

    timings: dict[str, list[Timing]] = field(default_factory=dict)
    comparisons: dict[str, list[Comparison]] = field(default_factory=dict)

    @property
    def equal(self) -> bool:
        """Whether all runs have left the same bytes."""
        return all(self.equal_of(name) for name in self.timings)

    def equal_of(self, way: str) -> bool:
        """Whether all runs of a way have left the bytes of the first run."""
        return all(comparison.equal for comparison in self.comparisons.get(way, ()))

    def as_data(self) -> dict[str, Any]:
        """The timings, as JSON."""
        timings = {way: [asdict(each) for each in runs] for way, runs in self.timings.items()}
        return {"timings": timings}

    def ratios(self, way: str, base: str) -> list[float]:
        """Speed of a way as a multiple of the speed of another way, in each repeat."""
        pairs = zip(self.timings[base], self.timings[way], strict=True)
        return [slower.seconds / faster.seconds for slower, faster in pairs]


def run_benchmark(
    benchmark: Benchmark, folder: Path, watch: Watch = lambda name, figures: None
) -> Results:
    """Run all ways one after the other; the first run is the host's own loop.

    Args:
        benchmark: the benchmark.
        folder: gets a folder for each run. All of them but the first are removed again.
        watch: called with the name of each run that starts, and the file of its figures.

    Raises:
        VerifyRunError: a run did not finish.
    """
    results = Results()
    reference: Path | None = None
    with leaving_on_sigterm():
        for repeat in range(benchmark.repeats):
            for way in in_turn(benchmark.ways, repeat):
                name = f"{way.name}-{repeat + 1}"
                side, timing = _run(benchmark, way, folder / name, watch)
                results.timings.setdefault(way.name, []).append(timing)
                if reference is None:
                    reference = side.simulation
                    continue
                found = compare(reference, side.simulation)
                results.comparisons.setdefault(way.name, []).append(found)
                shutil.rmtree(side.folder)
    return results


def _run(benchmark: Benchmark, way: Way, folder: Path, watch: Watch) -> tuple[Side, Timing]:
    measures = folder.with_suffix(".json")
    arguments = [*benchmark.arguments, *way.flags, "--measures", str(measures)]
    with RunningSide(benchmark.checkout, benchmark.fork, folder, arguments) as running:
        watch(folder.name, running.figures)
        side = running.finish()
    if side.exit_code != 0:
        raise VerifyRunError(side)
    return side, Timing.read(measures, side.seconds)
