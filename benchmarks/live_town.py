"""CPU per model call and per persona step, and memory, of live towns of any size.

``PYTHONHASHSEED=0 python -m benchmarks.live_town HOST --fork SCENARIO --sim NAME [--steps N]
[--runahead N] [--loop] [--trace FILE]``

One run with the scripted model on the virtual clock, without checkpoints, in this process. CPU is
that of the steps alone, without start and end; memory is the peak of the whole process. ``--loop``
runs the host's own loop, with the accelerator ``path``, as its path finder looks at the whole map.
"""

from __future__ import annotations

import argparse
import resource
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import ga_ooo

LATENCY = (0.05, 0.02, 0.0001)


class StepCosts(ga_ooo.Observer):
    """CPU of the steps, and memory.

    Attributes:
        people: number of personas.
        spent: seconds of CPU from the beginning of the first step to the end of the last one. Of
            the host's own loop, from the first call on: it does not report that it begins.
        memory: gigabytes at that beginning.
    """

    def __init__(self) -> None:
        self.people = 0
        self.spent = 0.0
        self.memory = 0.0
        self._began: float | None = None

    def begun(self, start: ga_ooo.StretchStart) -> None:
        """The first step is about to begin."""
        self._begin()

    def call_asked(self, call: object) -> None:
        """A move asks the model."""
        self._begin()

    def retired(self, step: int, movements: dict[str, Any]) -> None:
        """A step has ended."""
        assert self._began is not None
        self.people = len(movements["persona"])
        self.spent = time.process_time() - self._began

    def _begin(self) -> None:
        if self._began is None:
            self.memory = peak_memory()
            self._began = time.process_time()


def peak_memory() -> float:
    """Peak memory of this process so far, in gigabytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e9


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("host", type=Path)
    parser.add_argument("--fork", required=True, help="scenario")
    parser.add_argument("--sim", required=True, help="name of the new simulation")
    parser.add_argument("--steps", type=int, default=60)
    parser.add_argument("--runahead", type=int, default=64)
    parser.add_argument("--loop", action="store_true", help="the host's own loop")
    parser.add_argument("--trace", type=Path)
    given = parser.parse_args()
    run = ga_ooo.RunOptions(runahead=given.runahead, checkpoints=False, clock="virtual")
    if given.loop:
        run = replace(run, mode="lockstep", accelerate="path")
    options = ga_ooo.Options(
        run=run,
        model=ga_ooo.ModelOptions(model="scripted", latency=LATENCY),
        files=ga_ooo.FileOptions(trace=given.trace),
    )
    costs = StepCosts()
    result = ga_ooo.run_in_process(
        given.host,
        fork=given.fork,
        sim=given.sim,
        steps=given.steps,
        options=options,
        observers=[costs],
    )
    print(
        f"{costs.people:,} people, {given.steps} steps, "
        f"{'loop' if given.loop else f'runahead {given.runahead}'}: "
        f"{result.calls:,} calls, {costs.spent:.1f} s of CPU, "
        f"{costs.spent / result.calls * 1e3:.2f} ms per call, "
        f"{costs.spent / result.persona_steps * 1e6:.0f} µs per persona step; "
        f"{costs.memory:.2f} GB at the start, {peak_memory():.2f} GB at most; "
        f"{result.seconds:.1f} virtual seconds, {result.serial_seconds / result.seconds:.2f} over "
        f"the loop, {result.parallel_sync_seconds / result.seconds:.2f} over parallel-sync, "
        f"{result.wasted_tokens:.1%} more tokens"
    )


if __name__ == "__main__":
    main()
