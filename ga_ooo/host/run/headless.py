"""A headless run: fork a scenario, take some steps, save. No questions asked."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Literal

from ga_ooo.disk import naming_file
from ga_ooo.errors import GaOooError, UsageError
from ga_ooo.host.durable.durable_run import DurablePlan
from ga_ooo.host.durable.host_save import install
from ga_ooo.host.run.lockstep import run_lockstep
from ga_ooo.host.run.session import Session
from ga_ooo.host.run.step_files import RESUME_REMEDY
from ga_ooo.host.run.stop_signal import signals_held
from ga_ooo.host.run.takeover import run_steps, take_over

Mode = Literal["ooo", "lockstep"]


@dataclass(frozen=True)
class HeadlessRun:
    """What to run.

    Attributes:
        fork: the scenario to fork from.
        simulation: name of the new simulation.
        steps: steps of each call of ``start_server``; more than one is like typing ``run``
            several times (the host forgets which objects are in use in between).
        mode: ``ooo``, or ``lockstep`` for the host's own loop.
    """

    fork: str
    simulation: str
    steps: Sequence[int]
    mode: Mode = "ooo"

    def __post_init__(self) -> None:
        if not self.steps or any(steps < 1 for steps in self.steps):
            given = "+".join(map(str, self.steps)) or "nothing"
            raise UsageError(f"--steps {given}: no steps to take", "give 1 or more, such as 8640")


def run_headless(session: Session, run: HeadlessRun, plan: DurablePlan | None = None) -> Any:
    """Run and save; also saves where an error stopped the run at a consistent step.

    Args:
        plan: makes the run one that can be resumed; None: only the host's save at its end.

    Returns:
        the host's server after the run.

    Raises:
        GaOooError: the run stopped early; what was reached is saved.
    """
    server = session.open_server(run.fork, run.simulation)
    if run.mode == "lockstep":
        for steps in run.steps:
            run_lockstep(session, server, steps)
        save(session, server)
        return server
    take_over(session)
    if plan is not None:
        plan.begin(session, server, run.fork, run.steps)
    with saved_at_the_end(session, server):
        for steps in run.steps:
            run_steps(session, server, steps)
    return server


@contextmanager
def saved_at_the_end(session: Session, server: Any) -> Iterator[None]:
    """Save where the steps taken while entered have led to, or where an error stopped them."""
    try:
        yield
    except GaOooError:
        save(session, server)
        raise
    save(session, server)


def save(session: Session, server: Any) -> None:
    """Save a server that stands at one step, as its own ``save`` does.

    Raises:
        RunStoppedError: the disk does not let us; what was saved before is as it was, if the
            run keeps checkpoints.
    """
    if any(persona.scratch.curr_time is None for persona in server.personas.values()):
        # Nobody has taken a step yet; the host cannot save that, and the fork already holds it.
        return
    with session.quiet(), signals_held():
        checkpoint = None
        if session.checkpoints is not None and session.standing is not None:
            checkpoint = session.checkpoints.stands(session.standing)
        if checkpoint is None:
            server.save()
            return
        simulation = session.storage / server.sim_code
        with naming_file(simulation, RESUME_REMEDY):
            install(checkpoint, simulation, session.disk)
