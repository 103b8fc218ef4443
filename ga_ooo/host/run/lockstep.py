"""The lockstep reference: the host's **own** ``start_server``, unmodified.

It differs from the bare host only in the fixes of :mod:`ga_ooo.host.imported.determinism`. The
part of the browser (to answer each movement file by an environment file) is done while the host
sleeps before it looks for that file again.
"""

from __future__ import annotations

import time
from typing import Any

from ga_ooo.engine.loop.collector import collecting_rarely
from ga_ooo.engine.loop.fibers import Move, move_without_fiber
from ga_ooo.errors import RunStoppedError
from ga_ooo.host.imported.host_errors import HOST_ERROR_FILE
from ga_ooo.host.json_files import read_json
from ga_ooo.host.run.run import Run
from ga_ooo.host.run.step_files import StepFiles


class StoppedLoopError(RunStoppedError):
    """The user asked the host's own loop to stop, and it stopped between two steps."""


def run_lockstep(run: Run, server: Any, steps: int) -> None:
    """Run the host's own loop for a number of steps.

    Raises:
        ModelError: a call failed for good, also if the host caught that error.
        RunStoppedError: host code raised an exception.
        StoppedLoopError: the user asked the run to stop.
    """
    reference = _Reference(run, server, server.step + steps)
    with (
        run.measures.running(run.loop.time),
        run.host.quiet(),
        collecting_rarely(),
        reference,
        run.answer_checks.counting(run.host.modules.all),
        run.host.naming_errors(
            "its own loop took steps",
            "correct the code of the host and run again: nothing of this run is saved",
            run.simulation(server) / HOST_ERROR_FILE,
        ),
    ):
        reference.whisper(server.step)
        server.start_server(steps)


class _Reference:
    """While entered, each move knows its persona and step, and movement files are answered."""

    def __init__(self, run: Run, server: Any, until: int) -> None:
        self._run = run
        self._server = server
        self._until = until
        self._files = StepFiles(run.simulation(server), server.maze.maze_name)
        self._order = {name: index for index, name in enumerate(server.personas)}
        self._persona_class = run.host.modules.persona.Persona
        self._own_move = self._persona_class.move
        self._clock = run.host.modules.clock
        self._reported: int = server.step

    def __enter__(self) -> _Reference:
        reference, own_move = self, self._own_move

        def move(persona: Any, *args: Any, **kwargs: Any) -> Any:
            return reference._move(own_move, persona, *args, **kwargs)

        self._persona_class.move = move
        self._clock.sleep_outside = self._sleep
        return self

    def __exit__(self, *exc_info: object) -> None:
        self._persona_class.move = self._own_move
        self._clock.sleep_outside = time.sleep

    def whisper(self, step: int) -> None:
        """Give the whispers of a step, which all personas have reached."""
        if self._run.whispers.are_due(step, self._until):
            self._run.whispers.give(self._server, step)

    def _sleep(self, seconds: float) -> None:
        answered = self._files.answer_movement(self._server.step)
        if self._server.step > self._reported:
            self._report(self._reported)
        # The host also sleeps after a step whose file exists already.
        if not answered and not self._files.environment(self._server.step).exists():
            time.sleep(seconds)

    def _report(self, step: int) -> None:
        self._reported = step + 1
        self._run.observers.retired(step, read_json(self._files.movement(step)))
        self._raise_failure()
        if self._run.stop_asked:
            # The host sleeps after a step, when all personas have taken it.
            raise StoppedLoopError(
                f"the run was interrupted; step {step} is the last one",
                f"fork it to continue: --fork {self._server.sim_code}",
            )
        self.whisper(step + 1)

    def _move(self, own_move: Any, persona: Any, *args: Any, **kwargs: Any) -> Any:
        server, run = self._server, self._run
        move = Move(run.options.seed, self._order[persona.name], persona.name, server.step)
        with move_without_fiber(move):
            result = own_move(persona, *args, **kwargs)
        self._raise_failure()
        run.measures.completed(move.step, move.seconds, move.ordinal)
        run.model.memory.forget_before(move.step)
        return result

    def _raise_failure(self) -> None:
        """Raise an error that host code may have caught."""
        if self._run.model.gateway.error is not None:
            raise self._run.model.gateway.error
