"""Moves without a town: each is a function, run in a fiber as the engine runs a persona's move."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random
from types import ModuleType
from typing import Any

from ga_ooo.engine.loop.fibers import Abort, Fiber, Move, suspend
from ga_ooo.host.isolation.commit_order import CommitOrder, CommitPoint
from ga_ooo.host.isolation.isolation import Isolation
from ga_ooo.host.isolation.memory.call_graph import functions_of
from ga_ooo.host.isolation.policy import ReadPolicy
from ga_ooo.runahead.calls import SquashedError

Body = Callable[[], Any]

_TURN = "its turn"


class RunEndedError(Exception):
    """A move has ended the run."""


class Moves:
    """Runs moves in any order of time; they take effect in order.

    Args:
        isolation: is installed.
    """

    def __init__(self, isolation: Isolation) -> None:
        self.order: CommitOrder = isolation.new_order(lambda move: suspend(_TURN))  # type: ignore[arg-type]  # a value of its own
        self.waiting: dict[CommitPoint, Fiber] = {}
        self._bodies: dict[CommitPoint, Body] = {}

    def rehearse(self, body: Body, step: int = 0, persona: int = 0) -> str | None:
        """Rehearse a move. Returns why it ended early, if it did."""
        move = Move(0, persona, str(persona), step)
        move.rehearsal = lambda call: None

        def rehearsed() -> None:
            try:
                body()
            finally:
                if move.effects is not None:
                    move.effects.pause()

        fiber = Fiber(rehearsed, move)
        request = fiber.switch()
        if fiber.dead:
            return None
        assert isinstance(request, Abort), "a rehearsal waits for nothing"
        while not fiber.dead:
            try:
                fiber.throw(SquashedError())
            except SquashedError:
                break
        return str(request.error)

    def start(self, body: Body, step: int = 0, persona: int = 0) -> None:
        """Run a real move as far as it goes."""
        place = (step, persona)
        self._bodies[place] = body
        self.waiting[place] = Fiber(body, Move(0, persona, str(persona), step))
        self.resume(place)

    def resume(self, place: CommitPoint) -> None:
        """Continue a move that waited for its turn, or begin it."""
        fiber = self.waiting.pop(place)
        move = fiber.move
        assert move is not None
        try:
            request = fiber.switch()
        except ZeroDivisionError:
            # Host code failed.
            self.order.starts_over(move)
            again = Move(0, move.persona, move.name, move.step, move.attempt + 1)
            self.waiting[place] = Fiber(self._bodies[place], again)
            self.resume(place)
            return
        if fiber.dead:
            self.order.completed(move)
        elif isinstance(request, Abort):
            raise RunEndedError(str(request.error))
        else:
            assert request == _TURN
            self.waiting[place] = fiber

    def run(self, bodies: dict[CommitPoint, Body], rng: Random, rehearsals: int = 0) -> None:
        """Run all moves, in an order that is drawn, each rehearsed a few times before."""
        to_start = list(bodies)
        rng.shuffle(to_start)
        completed: set[CommitPoint] = set()
        while to_start or self.waiting:
            turn = min(place for place in bodies if place not in completed)
            if turn in self.waiting and (not to_start or rng.random() < 0.5):
                self.resume(turn)
                self._note(turn, completed)
            elif to_start:
                place = to_start.pop()
                for _ in range(rehearsals):
                    self.rehearse(bodies[place], *place)
                self.start(bodies[place], *place)
                self._note(place, completed)
        self.order.retire(max(step for step, _ in bodies))

    def _note(self, place: CommitPoint, completed: set[CommitPoint]) -> None:
        if place not in self.waiting:
            completed.add(place)


@contextmanager
def isolated(
    *modules: ModuleType, fixed: tuple[Path, ...] = (), moves_write: bool = True
) -> Iterator[Moves]:
    """While entered, moves are isolated."""
    policy = ReadPolicy(fixed, moves_write=moves_write)
    named = {module.__name__: module for module in modules}
    isolation = Isolation(named, policy, functions_of(named))
    with isolation.installed():
        yield Moves(isolation)


def tree(root: Path) -> dict[str, bytes | None]:
    """Every file below a folder with its content, and every folder."""
    return {
        path.relative_to(root).as_posix(): path.read_bytes() if path.is_file() else None
        for path in sorted(root.rglob("*"))
    }
