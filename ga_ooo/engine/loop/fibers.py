"""Host code in greenlets: synchronous to itself, suspended wherever it has to wait.

The host's modules call the model, read the map and ask for other people in the middle of plain
functions. Each move runs in a :class:`Fiber`; a wait inside of it switches back to the engine
with a :class:`Suspension`, and the engine switches into it again when the wait is over. One thread,
so no locks and no data races (SQLAlchemy drives its asyncio drivers in the same way).
"""

from __future__ import annotations

import hashlib
import random
from collections import Counter
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any, TypeAlias

from greenlet import getcurrent, greenlet

from ga_ooo.engine.ids import PersonaIndex, Step
from ga_ooo.engine.protocol import Condition


class Move:
    """One move of one persona at one step, and what is known about it while it runs.

    Attributes:
        persona: index in persona order.
        name: the persona's name.
        step: the step it is taking.
        attempt: how often host code failed on this move before.
        ordinal: model calls made so far.
        occurrences: how often each fingerprint was asked in this move so far.
        seconds: seconds spent waiting for the model, in loop time.
        abandoned: the move was given up; its fiber must not reach model or world again.
        on_first_access: run once, right before a memory's time of access changes.
        rehearsal: answers the calls of a rehearsed move; None for a real one.
    """

    __slots__ = (
        "_run_seed",
        "_stream",
        "abandoned",
        "attempt",
        "name",
        "occurrences",
        "on_first_access",
        "ordinal",
        "persona",
        "rehearsal",
        "seconds",
        "step",
    )

    def __init__(
        self, run_seed: int, persona: PersonaIndex, name: str, step: Step, attempt: int = 0
    ) -> None:
        self.persona = persona
        self.name = name
        self.step = step
        self.attempt = attempt
        self.ordinal = 0
        self.occurrences: Counter[str] = Counter()
        self.seconds = 0.0
        self.abandoned = False
        self.on_first_access: Callable[[], None] | None = None
        self.rehearsal: Callable[[Any], Any] | None = None
        self._run_seed = run_seed
        self._stream: random.Random | None = None

    @property
    def stream(self) -> random.Random:
        """The random stream of (run seed, persona, step): free of the order of execution."""
        if self._stream is None:
            material = f"{self._run_seed}\0{self.name}\0{self.step}".encode()
            self._stream = random.Random(hashlib.blake2b(material, digest_size=16).digest())
        return self._stream


@dataclass(frozen=True, slots=True)
class Await:
    """Wait for a coroutine on the engine's loop and go on with its result."""

    coroutine: Coroutine[Any, Any, Any]


@dataclass(frozen=True, slots=True)
class WaitFor:
    """Wait until the scheduler says that a condition holds."""

    condition: Condition


@dataclass(frozen=True, slots=True)
class Abort:
    """Never go on: the run ends with this error.

    Raised inside the move it would meet the host's bare ``except:`` and become a memory.
    """

    error: BaseException


Suspension: TypeAlias = Await | WaitFor | Abort


class Fiber(greenlet):
    """A greenlet that runs one move."""

    def __init__(self, body: Callable[[], Any], move: Move | None) -> None:
        super().__init__(body)
        self.move = move


_graveyard: list[Fiber] = []
"""Abandoned fibers. Collecting a suspended greenlet throws GreenletExit into it, which the host's
bare ``except:`` would swallow and run on; so they are kept until the process ends."""


def bury(fiber: Fiber) -> None:
    """Nobody will switch into this fiber again."""
    if not fiber.dead:
        _graveyard.append(fiber)


async def run_alone(body: Callable[[], None]) -> None:
    """Run host code that is no move in a fiber of its own, to its end; it may ask the model."""
    fiber = Fiber(body, None)
    request = fiber.switch()
    try:
        while not fiber.dead:
            assert isinstance(request, Await), "outside of moves only the model is waited for"
            request = fiber.switch(await request.coroutine)
    finally:
        bury(fiber)


_outside: Move | None = None


def current_move() -> Move | None:
    """The move that is running here, if any."""
    here = getcurrent()
    return here.move if isinstance(here, Fiber) else _outside


def in_fiber() -> bool:
    """Whether this code runs in a fiber, and so may suspend."""
    return isinstance(getcurrent(), Fiber)


def suspend(request: Suspension) -> Any:
    """Hand a request to the engine and wait in place for its result (in a fiber only)."""
    here = getcurrent()
    assert here.parent is not None
    return here.parent.switch(request)


class move_without_fiber:  # noqa: N801 - a context manager reads as a verb
    """Run a move without a fiber (the lockstep reference): its waits block."""

    def __init__(self, move: Move) -> None:
        self._move = move

    def __enter__(self) -> Move:
        global _outside
        _outside = self._move
        return self._move

    def __exit__(self, *exc_info: object) -> None:
        global _outside
        _outside = None
