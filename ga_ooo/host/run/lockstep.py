"""The lockstep reference: the host's **own** ``start_server``, unmodified.

It differs from the bare host only in the fixes of :mod:`ga_ooo.host.imported.determinism`. What a
browser would do (answer each movement file by an environment file) is done while the host
sleeps between two looks for that file.
"""

from __future__ import annotations

import time
import types
from typing import Any

from ga_ooo.engine.loop.collector import collecting_rarely
from ga_ooo.engine.loop.fibers import Move, move_without_fiber
from ga_ooo.host.run.session import Session
from ga_ooo.host.run.step_files import StepFiles, read_json


def run_lockstep(session: Session, server: Any, steps: int) -> None:
    """Run the host's own loop for a number of steps.

    Raises:
        ModelError: a call failed for good, even where the host swallowed it.
    """
    reference = _Reference(session, server)
    started = session.loop.time()
    with session.quiet(), collecting_rarely(), reference:
        server.start_server(steps)
    session.measures.makespan += session.loop.time() - started


class _Reference:
    """While entered, moves know who and when they are, and somebody answers for the browser."""

    def __init__(self, session: Session, server: Any) -> None:
        self._session = session
        self._server = server
        self._files = StepFiles(session.storage / server.sim_code, server.maze.maze_name)
        self._order = {name: index for index, name in enumerate(server.personas)}
        self._persona_class = session.modules.persona.Persona
        self._own_move = self._persona_class.move
        self._reverie: Any = session.modules.reverie
        self._told: int = server.step

    def __enter__(self) -> _Reference:
        reference, own_move = self, self._own_move

        def move(persona: Any, *args: Any, **kwargs: Any) -> Any:
            return reference._run(own_move, persona, *args, **kwargs)

        self._persona_class.move = move
        clock = types.SimpleNamespace(**vars(time))
        clock.sleep = self._sleep
        self._reverie.time = clock
        return self

    def __exit__(self, *exc_info: object) -> None:
        self._persona_class.move = self._own_move
        self._reverie.time = time

    def _sleep(self, seconds: float) -> None:
        answered = self._files.answer_movement(self._server.step)
        if self._server.step > self._told:
            self._tell_retired(self._told)
        # The host also sleeps after a step whose file is there already.
        if not answered and not self._files.environment(self._server.step).exists():
            time.sleep(seconds)

    def _tell_retired(self, step: int) -> None:
        self._told = step + 1
        movements = read_json(self._files.movement(step)) if self._session.on_retired else {}
        for tell in self._session.on_retired:
            tell(step, movements)
        if self._session.gateway.error is not None:
            raise self._session.gateway.error

    def _run(self, own_move: Any, persona: Any, *args: Any, **kwargs: Any) -> Any:
        server, session = self._server, self._session
        seed = session.options.seed
        move = Move(seed, self._order[persona.name], persona.name, server.step)
        with move_without_fiber(move):
            result = own_move(persona, *args, **kwargs)
        if session.gateway.error is not None:
            raise session.gateway.error
        session.measures.completed(move.step, move.seconds, move.ordinal)
        session.recent.forget_before(move.step)
        return result
