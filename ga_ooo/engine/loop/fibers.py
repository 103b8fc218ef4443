"""Host code in greenlets: it is synchronous, and is suspended wherever it has to wait.

The host's modules call the model, read the map and ask for other people in the middle of plain
functions. Each move runs in a :class:`Fiber`. A wait inside the move switches back to the engine
with a :data:`Suspension`, and the engine switches into the fiber again when the wait is over. There
is one thread, so there are no locks and no data races (SQLAlchemy runs its asyncio drivers in the
same way).
"""

from __future__ import annotations

import hashlib
import random
from collections import Counter
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeAlias

from greenlet import getcurrent, greenlet

from ga_ooo.engine.ids import PersonaIndex, Step
from ga_ooo.engine.protocol import Condition


class Move:
    """One move of one persona at one step, and its state while it runs.

    Attributes:
        persona: index in persona order.
        name: the persona's name.
        step: the step it is taking.
        attempt: how often host code failed on this move before.
        ordinal: model calls made so far.
        occurrences: how often each fingerprint was asked in this move so far.
        seconds: seconds spent waiting for the model, in loop time.
        abandoned: the move was given up; its fiber must not reach the model or the town again.
        on_first_access: called once, right before the access time of a memory changes.
        rehearsal: answers the calls of a rehearsed move; None for a real move.
        effects: what the move does besides its model calls; kept by the host's side.
    """

    __slots__ = (
        "_run_seed",
        "_stream",
        "abandoned",
        "attempt",
        "effects",
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
        self.effects: Any = None
        self._run_seed = run_seed
        self._stream: random.Random | None = None

    @property
    def stream(self) -> random.Random:
        """The random stream of (run seed, persona, step), in any order of execution."""
        if self._stream is None:
            material = f"{self._run_seed}\0{self.name}\0{self.step}".encode()
            self._stream = random.Random(hashlib.blake2b(material, digest_size=16).digest())
        return self._stream


@dataclass(frozen=True, slots=True)
class Await:
    """Wait for a coroutine on the engine's loop and continue with its result."""

    coroutine: Coroutine[Any, Any, Any]


@dataclass(frozen=True, slots=True)
class WaitFor:
    """Wait until the scheduler says that a condition is true."""

    condition: Condition


@dataclass(frozen=True, slots=True)
class Abort:
    """Never continue: the run ends with this error.

    If the error were raised inside the move, the host's bare ``except:`` would turn it into a
    memory of the persona.
    """

    error: BaseException


Suspension: TypeAlias = Await | WaitFor | Abort
"""Why a fiber is suspended."""


class Fiber(greenlet):
    """A greenlet that runs one move."""

    def __init__(self, body: Callable[[], Any], move: Move | None) -> None:
        super().__init__(body)
        self.move = move


_graveyard: list[Fiber] = []
"""Abandoned fibers, kept until the process ends. Collecting a suspended greenlet raises
GreenletExit in it; the host's bare ``except:`` would catch that, and the move would continue."""


def bury(fiber: Fiber) -> None:
    """Keep a fiber that nobody will switch into again."""
    if not fiber.dead:
        _graveyard.append(fiber)


async def run_alone(body: Callable[[], None]) -> None:
    """Run host code that is no move, in a fiber of its own, to its end; it may ask the model."""
    fiber = Fiber(body, None)
    suspension = fiber.switch()
    try:
        while not fiber.dead:
            assert isinstance(suspension, Await), (
                "outside of moves, host code waits for the model only"
            )
            suspension = fiber.switch(await suspension.coroutine)
    finally:
        bury(fiber)


_without_fiber: Move | None = None


def current_move() -> Move | None:
    """The move that runs here, if any."""
    here = getcurrent()
    return here.move if isinstance(here, Fiber) else _without_fiber


def in_fiber() -> bool:
    """Whether this code runs in a fiber, and so may suspend."""
    return isinstance(getcurrent(), Fiber)


def suspend(suspension: Suspension) -> Any:
    """Suspend the fiber that runs here, until the engine continues it with a result."""
    here = getcurrent()
    assert here.parent is not None
    return here.parent.switch(suspension)


@contextmanager
def move_without_fiber(move: Move) -> Iterator[None]:
    """While entered, this move runs without a fiber (the lockstep reference): its waits block."""
    global _without_fiber
    _without_fiber = move
    try:
        yield
    finally:
        _without_fiber = None
