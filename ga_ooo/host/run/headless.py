"""A headless run: fork a scenario, take some steps, save. It asks the user nothing."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

from ga_ooo.disk import RESUME_REMEDY, naming_file
from ga_ooo.errors import GaOooError, UsageError
from ga_ooo.host.durable.host_save import install
from ga_ooo.host.durable.record import (
    RunRecord,
    fingerprint_of_code,
    fingerprint_of_map,
    fingerprint_of_scenario,
    hash_seed,
    write_record,
)
from ga_ooo.host.durable.resumable import lock_run
from ga_ooo.host.durable.step_digests import StepDigests
from ga_ooo.host.durable.whispers import Whisper
from ga_ooo.host.imported.host_errors import HOST_ERROR_FILE
from ga_ooo.host.run._stop_signal import signals_held
from ga_ooo.host.run.lockstep import StoppedLoopError, run_lockstep
from ga_ooo.host.run.run import Run
from ga_ooo.host.run.takeover import run_steps, take_over

logger = logging.getLogger(__name__)

Mode = Literal["ooo", "lockstep"]

_NOT_RESUMABLE: Final = (
    "this run cannot be resumed: the loop or the main block of this host has state that no "
    "checkpoint holds"
)

_FORK: Final = (
    ". This run has no checkpoints, so it cannot be resumed: begin a new one from the step that "
    "was saved, with --fork {}"
)
_BEGIN_AGAIN: Final = ". The original loop cannot be resumed: run it again as a new simulation"
"""Many remedies tell the user to resume the run, wherever its error was found."""


@dataclass(frozen=True)
class HeadlessRun:
    """A request for a run.

    Attributes:
        fork: the scenario to fork from.
        simulation: name of the new simulation.
        steps: steps of each call of ``start_server``. Several numbers are like typing ``run``
            several times: the host forgets in between which objects are in use.
        mode: ``ooo``, or ``lockstep`` for the host's own loop.
        whispers: to personas, by step.
    """

    fork: str
    simulation: str
    steps: Sequence[int]
    mode: Mode = "ooo"
    whispers: Sequence[Whisper] = ()

    def __post_init__(self) -> None:
        if not self.steps or any(steps < 1 for steps in self.steps):
            given = "+".join(map(str, self.steps)) or "nothing"
            raise UsageError(f"--steps {given}: no steps to take", "give 1 or more, such as 8640")


def run_headless(run: Run, request: HeadlessRun, run_id: str | None = None) -> Any:
    """Run and save. If an error stops the run, it stops at one step, and that step is saved.

    Args:
        run_id: random name of the run, as 32 hex digits. None for a run that cannot be resumed: it
            writes no checkpoints.

    Returns:
        the host's server after the run.

    Raises:
        GaOooError: the run stopped early; the steps that were taken are saved.
    """
    # Around all code of the host: its bare excepts would catch a KeyboardInterrupt.
    with run.stopping_on_signals():
        server = run.host.open_server(request.fork, request.simulation)
        is_set_up = run.host.set_up(server, request.fork)
        run.whispers.plan(request.whispers, server, server.step + sum(request.steps))
        if request.mode == "lockstep":
            with saved_at_the_end(run, server, StoppedLoopError):
                for steps in request.steps:
                    run_lockstep(run, server, steps)
            return server
        take_over(run)
        if run_id is not None and (run.host.loop_work.is_between_steps or is_set_up):
            logger.warning(_NOT_RESUMABLE)
        elif run_id is not None:
            _make_resumable(run, server, request, run_id)
        with saved_at_the_end(run, server):
            for steps in request.steps:
                run_steps(run, server, steps)
    return server


def _make_resumable(run: Run, server: Any, request: HeadlessRun, run_id: str) -> None:
    """Lock a new simulation, write the record of the run, and write checkpoints from now on.

    Raises:
        UsageError: the scenario cannot be read, or another process runs the simulation.
        RunStoppedError: a file cannot be written.
    """
    simulation, checkout = run.simulation(server), run.host.checkout
    run.lock = lock_run(simulation)
    scenario = run.host.storage / request.fork
    journal = None if run.model.journal is None else run.model.journal.journal.path
    inner = _inner_path(journal, simulation)
    record = RunRecord(
        run_id=run_id,
        seed=run.options.seed,
        revision=checkout.revision,
        code=fingerprint_of_code(checkout),
        map=fingerprint_of_map(checkout),
        scenario=request.fork,
        scenario_content=fingerprint_of_scenario(scenario, server.step),
        model=run.model_text,
        hash_seed=hash_seed(),
        first=server.step,
        steps=tuple(request.steps),
        plugins=run.options.plugins,
        journal=inner,
        has_outer_journal=journal is not None and inner is None,
        whispers=tuple(request.whispers),
    )
    write_record(simulation, record, run.disk)
    with naming_file(simulation, RESUME_REMEDY, "cannot read {}"):
        digests = StepDigests.begin(simulation, record.first, run.disk)
    run.keep_checkpoints(server, record, digests)


def _inner_path(journal: Path | None, simulation: Path) -> str | None:
    """The path of a journal in the simulation, which may move; None for another place."""
    if journal is None or not journal.resolve().is_relative_to(simulation.resolve()):
        return None
    return journal.resolve().relative_to(simulation.resolve()).as_posix()


@contextmanager
def saved_at_the_end(
    run: Run, server: Any, stopped: type[GaOooError] = GaOooError
) -> Iterator[None]:
    """Save at the end of the block, also if an error of the run ends it.

    Args:
        stopped: kind of the errors that leave all personas at one step.
    """
    try:
        yield
    except GaOooError as error:
        is_saved = isinstance(error, stopped)
        if is_saved:
            save(run, server)
        if not run.checkpoints.on_disk and "resume" in error.remedy:
            error.remedy += _FORK.format(server.sim_code) if is_saved else _BEGIN_AGAIN
        raise
    save(run, server)


def save(run: Run, server: Any) -> None:
    """Save a server, all of whose personas are at one step, as its own ``save`` does.

    Raises:
        RunStoppedError: a file cannot be written. If the run writes checkpoints, an earlier save
            is unchanged.
    """
    if any(persona.scratch.curr_time is None for persona in server.personas.values()):
        # No step was taken. The host cannot save this state, and the fork holds it already.
        return
    run.observers.working_on("saving the simulation")
    with run.host.quiet(), signals_held():
        last = run.end_state
        folder = run.checkpoints.write_last(last) if last is not None else None
        if folder is None:
            with run.host.naming_errors(
                "it saved",
                "correct the code of the host, and resume with --changed-host",
                run.simulation(server) / HOST_ERROR_FILE,
            ):
                server.save()
            run.checkpoints.check_last()
            return
        simulation = run.simulation(server)
        with naming_file(simulation, RESUME_REMEDY):
            install(folder, simulation, run.disk)
