"""A headless run: fork a scenario, take some steps, save. No questions asked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from ga_ooo.errors import GaOooError, UsageError
from ga_ooo.reverie.lockstep import run_lockstep
from ga_ooo.reverie.session import Session
from ga_ooo.reverie.stop_signal import signals_held
from ga_ooo.reverie.takeover import run_steps, take_over

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


def run_headless(session: Session, run: HeadlessRun) -> Any:
    """Run and save; also saves where an error stopped the run at a consistent step.

    Returns:
        the host's server after the run.

    Raises:
        GaOooError: the run stopped early; what was reached is saved.
    """
    server = session.open_server(run.fork, run.simulation)
    if run.mode == "ooo":
        take_over(session)
    try:
        for steps in run.steps:
            if run.mode == "ooo":
                run_steps(session, server, steps)
            else:
                run_lockstep(session, server, steps)
    except GaOooError:
        if run.mode == "ooo":
            _save(session, server)
        raise
    _save(session, server)
    return server


def _save(session: Session, server: Any) -> None:
    if any(persona.scratch.curr_time is None for persona in server.personas.values()):
        # Nobody has taken a step yet; the host cannot save that, and the fork already holds it.
        return
    with session.quiet(), signals_held():
        server.save()
