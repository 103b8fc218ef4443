"""The smallest host: personas on a street, each with a list of its actions."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from ga_ooo.engine.loop.clock import VirtualTimeLoop
from ga_ooo.engine.loop.engine import Engine
from ga_ooo.engine.loop.fibers import Await, Move, suspend
from ga_ooo.engine.rules import DependencyRule
from ga_ooo.engine.scheduler import Scheduler
from ga_ooo.town.reach import Reach
from ga_ooo.town.rules import ReachRule
from tests.engine.drawing import draw

T = TypeVar("T")

STREET = draw("." * 40)
FAR, NEAR = (0, 39), (0, 1)
"""Tiles of two who never meet, and of two who always see each other."""

Script = Callable[["ToyHost", Move], None]


def ask(latency: float, answer: object = "answer") -> Any:
    """In a fiber: make a call that is answered after ``latency`` seconds."""

    async def answered() -> object:
        await asyncio.sleep(latency)
        return answer

    return suspend(Await(answered()))


def failing(latency: float, error: Exception) -> Any:
    """In a fiber: make a call that fails after ``latency`` seconds."""

    async def fail() -> None:
        await asyncio.sleep(latency)
        raise error

    return suspend(Await(fail()))


def in_virtual_time(work: Coroutine[Any, Any, T]) -> T:
    """Run on a loop in virtual time, and check that no task is left on it."""
    loop = VirtualTimeLoop()
    try:
        return loop.run_until_complete(work)
    finally:
        left = asyncio.all_tasks(loop)
        loop.close()
        assert not left, left


class ToyHost:
    """Implements :class:`~ga_ooo.engine.loop.host.Host`.

    Args:
        script: the code of a move; it may suspend, raise, and write to ``did``.
        tiles: the tile of each persona, which never moves. Sight is 2 tiles.
    """

    def __init__(self, script: Script, tiles: tuple[int, ...] = (0, 39)) -> None:
        self.names = ["Ada", "Bo", "Cy"][: len(tiles)]
        self.did: list[list[str]] = [[] for _ in tiles]
        self.begun: list[tuple[int, int, int]] = []
        self.committed: list[tuple[int, int]] = []
        self.retired: list[tuple[int, list[str]]] = []
        self.barriers: list[int] = []
        self.taken: list[tuple[int, int]] = []
        self.at_once: Callable[[int, int], bool] = lambda persona, step: False
        self.wanted = False
        self.barrier: Callable[[int], None] = lambda step: None
        self._script = script
        self._tiles = tiles
        self._copies: dict[int, list[str]] = {}

    def scheduler(self, rule: DependencyRule | None = None) -> Scheduler:
        """Everybody at step 0."""
        rule = rule or ReachRule(Reach(STREET, 2))
        return Scheduler(self.names, list(self._tiles), 0, rule)

    def engine(self, retries: int = 3) -> Engine[str]:
        """An engine at step 0."""
        return Engine(self.scheduler(), self, retries)

    def take_at_once(self, persona: int, step: int) -> tuple[Move, int, str] | None:
        """See :class:`~ga_ooo.engine.loop.host.Host`."""
        if not self.at_once(persona, step):
            return None
        move = Move(0, persona, self.names[persona], step)
        self.taken.append((persona, step))
        return move, self._tiles[persona], " ".join(self.did[persona])

    def begin(self, persona: int, step: int, attempt: int) -> Move:
        """See :class:`~ga_ooo.engine.loop.host.Host`."""
        self.begun.append((persona, step, attempt))
        self._copies[persona] = list(self.did[persona])
        return Move(0, persona, self.names[persona], step, attempt)

    def enter(self, move: Move) -> None:
        """See :class:`~ga_ooo.engine.loop.host.Host`."""

    def move(self, move: Move) -> tuple[int, str]:
        """See :class:`~ga_ooo.engine.loop.host.Host`."""
        self._script(self, move)
        return self._tiles[move.persona], " ".join(self.did[move.persona])

    def undo(self, move: Move) -> None:
        """See :class:`~ga_ooo.engine.loop.host.Host`."""
        self.did[move.persona] = self._copies[move.persona]

    def commit(self, persona: int, step: int, result: str) -> str:
        """See :class:`~ga_ooo.engine.loop.host.Host`."""
        self.committed.append((persona, step))
        return result

    def retire(self, step: int, results: list[str]) -> None:
        """See :class:`~ga_ooo.engine.loop.host.Host`."""
        self.retired.append((step, results))

    def wants_barrier(self) -> bool:
        """See :class:`~ga_ooo.engine.loop.host.Host`."""
        return self.wanted

    def at_barrier(self, step: int) -> None:
        """See :class:`~ga_ooo.engine.loop.host.Host`."""
        self.barriers.append(step)
        self.wanted = False
        self.barrier(step)


def note(host: ToyHost, move: Move, what: str = "") -> None:
    """Note that the move was here."""
    host.did[move.persona].append(f"{move.step}{what}")
