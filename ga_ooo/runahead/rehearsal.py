"""A rehearsal under way: one persona, step after step, on a copy."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Any, Final, Protocol

from ga_ooo.engine.ids import PersonaIndex, Step, TileIndex
from ga_ooo.engine.loop.fibers import Fiber, Move
from ga_ooo.model.requests import ModelAnswer, ModelCall
from ga_ooo.runahead.predictor import Outlook
from ga_ooo.runahead.prefetch import Prefetch
from ga_ooo.town.tile_history import Presence

_UNWINDINGS: Final = 100
"""How often a dropped move may catch the exception that ends it."""


class RehearsalOverError(BaseException):
    """Unwinds the host code of a rehearsal that was dropped. Not an ``Exception``, though the
    host's bare ``except:`` catches it all the same: every call it then makes raises it again."""


@dataclass(slots=True)
class Scene:
    """The world of one rehearsed move.

    Attributes:
        actor: the copy that moves.
        persona: whose copy.
        step: the rehearsed step.
        tile: where the actor stands.
        cast: everybody's predicted presence at the step, in persona order.
        accesses: access times of memory nodes as the chain has written them (the stage's).
        guests: copies of others that the move was handed.
        arrivals: those of the cast whose presence is not known yet, by tile (the stage's).
    """

    actor: Any
    persona: PersonaIndex
    step: Step
    tile: TileIndex
    cast: list[Presence]
    accesses: dict[int, tuple[Any, Any]]
    guests: dict[PersonaIndex, Any] = field(default_factory=dict)
    arrivals: dict[TileIndex, list[Presence]] | None = None


@dataclass(slots=True)
class Rehearsed:
    """What one rehearsed move assumed and did.

    Attributes:
        scene: its world.
        asked: how often each fingerprint was asked.
        guessed: answers that were guessed while they are under way: what was asked, the guess.
        blind: guesses for calls that were not worth asking yet, and what was known of them.
    """

    scene: Scene
    asked: Counter[str] = field(default_factory=Counter)
    guessed: list[tuple[Prefetch, ModelAnswer]] = field(default_factory=list)
    blind: list[tuple[ModelCall, ModelAnswer, Outlook]] = field(default_factory=list)

    @property
    def guessed_wrong(self) -> bool:
        """Whether an answer has arrived that differs from its guess."""
        return any(
            early.answer is not None and not same_answer(early.answer, guess)
            for early, guess in self.guessed
        )

    def earlier_guess(self, call: ModelCall) -> ModelAnswer | None:
        """The guess that was given to the same request before in this move, if any."""
        if not call.occurrence:
            return None
        fingerprint = call.request.fingerprint
        for early, guess in self.guessed:
            if early.call.request.fingerprint == fingerprint:
                return guess
        for guessed, guess, _ in self.blind:
            if guessed.request.fingerprint == fingerprint:
                return guess
        return None

    @property
    def guessed_sites(self) -> Iterator[str]:
        """Sites of all guesses."""
        for early, _ in self.guessed:
            yield early.call.site
        for call, _, _ in self.blind:
            yield call.site

    @property
    def open_guesses(self) -> Iterator[str]:
        """Sites of the guesses whose answer is not there yet, or differs."""
        for early, guess in self.guessed:
            if early.answer is None or not same_answer(early.answer, guess):
                yield early.call.site
        for call, _, _ in self.blind:
            yield call.site


@dataclass(frozen=True, slots=True, eq=False)
class Forwarded:
    """What a real move under way will leave, by its rehearsal (:mod:`ga_ooo.runahead.forwarding`).

    Attributes:
        by: the persona that moves.
        move: the rehearsal.
        presences: at the next step, of the mover and of those whom it was handed and who have
            taken their own move of the step.
        left: everybody that the move was handed, and the mover, as they will be (the stage's).
        accesses: access times of memory nodes as they will be (the stage's).
    """

    by: PersonaIndex
    move: Rehearsed
    presences: Mapping[PersonaIndex, Presence]
    left: Mapping[PersonaIndex, Any]
    accesses: Mapping[int, tuple[Any, Any]]


class State(Enum):
    """What a chain is about to do."""

    BETWEEN = auto()
    """Start the move of its step."""
    WAITS = auto()
    """Go on when an answer has arrived."""
    STALLED = auto()
    """Ask for something that the gate did not let pass."""
    RESTS = auto()
    """Nothing: it has seen all that can be seen before some answer arrives."""


@dataclass(slots=True, eq=False)
class Rehearsal:
    """Rehearsed moves of one persona, one after another.

    Attributes:
        persona: whose.
        actor: the copy, as it is after the last rehearsed move.
        step: the step being rehearsed, or next.
        tile: where the actor stands at ``step``.
        presences: own predicted presences by step.
        told: those of them that rest on no doubtful guess, for others to rely on.
        blocked_by: sites of guesses without which a call would have been asked.
        settled: sites of the guesses of moves that the persona has committed since.
        done: rehearsed moves by step, the current one included.
        fiber: of the current move.
        state: see :class:`State`.
        waits_for: the answer that it waits for.
        accesses: access times of memory nodes as the chain has written them (the stage's).
        forwarded: what a real move will leave of the persona, if the chain goes on from that;
            others may rely on the chain in spite of the guesses in there.
    """

    persona: PersonaIndex
    actor: Any
    step: Step
    tile: TileIndex
    presences: dict[Step, Presence] = field(default_factory=dict)
    told: dict[Step, Presence] = field(default_factory=dict)
    blocked_by: set[str] = field(default_factory=set)
    settled: set[str] = field(default_factory=set)
    done: dict[Step, Rehearsed] = field(default_factory=dict)
    fiber: Fiber | None = None
    state: State = State.BETWEEN
    waits_for: Prefetch | None = None
    accesses: dict[int, tuple[Any, Any]] = field(default_factory=dict)
    forwarded: Forwarded | None = None

    @property
    def current(self) -> Rehearsed:
        """The move under way."""
        return self.done[self.step]

    @property
    def relied(self) -> Rehearsed | None:
        """The rehearsal of a real move whose guesses the chain takes for harmless."""
        return self.forwarded.move if self.forwarded is not None else None

    def open_guesses(self) -> frozenset[str]:
        """Sites of the guesses that the chain still rests on."""
        relied = self.relied
        harmless = relied.open_guesses if relied is not None else ()
        return self.doubtful_guesses() | frozenset(harmless)

    def doubtful_guesses(self) -> frozenset[str]:
        """The same without those that it relies on."""
        relied = self.relied
        moves = (move for move in self.done.values() if move is not relied)
        return frozenset(site for move in moves for site in move.open_guesses)

    def forget_before(self, step: Step) -> None:
        """The persona has committed everything before ``step``."""
        for u in [u for u in self.done if u < step]:
            self.settled.update(self.done.pop(u).guessed_sites)
        for known in (self.presences, self.told):
            for u in [u for u in known if u < step]:
                del known[u]


def same_answer(one: ModelAnswer, other: ModelAnswer) -> bool:
    """Whether host code would go on alike."""
    return one.text == other.text and one.embedding == other.embedding


def unwind(fiber: Fiber) -> None:
    """End the host code of a dropped rehearsal.

    A suspended greenlet that is merely collected would run on with an exception that the host
    swallows; here whatever it does is on copies, and its calls raise again.
    """
    for _ in range(_UNWINDINGS):
        fiber.throw(RehearsalOverError())
        if fiber.dead:
            return


class RehearsalHost(Protocol):
    """Where rehearsals play: the host's side."""

    def actor(self, persona: PersonaIndex, accesses: dict[int, tuple[Any, Any]]) -> Any:
        """A copy of the persona as it was right before the step that it takes or took next;
        ``accesses`` are those of its chain, to be filled in."""
        ...

    def cast(self, step: Step, chains: dict[PersonaIndex, Rehearsal]) -> list[Presence]:
        """Everybody's predicted presence at a step."""
        ...

    def known(self, persona: PersonaIndex, step: Step) -> Presence:
        """A persona's real presence at its commit step."""
        ...

    def touched_by(self, persona: PersonaIndex) -> Iterable[PersonaIndex]:
        """Everybody that the persona's real move under way may have changed."""
        ...

    def sees(self, tile: TileIndex, other: TileIndex) -> bool:
        """Whether two tiles are in sight of each other."""
        ...

    def move(self, persona: PersonaIndex, step: Step) -> Move:
        """A move for a rehearsal, with the random stream of the real one."""
        ...

    def play(self, scene: Scene, move: Move) -> Presence:
        """Run the host's own move on the copy. Returns its presence at the next step."""
        ...

    def keep(self, actor: Any) -> Any:
        """A copy of an actor as it is now, to go on from."""
        ...

    def revive(self, persona: PersonaIndex, kept: Any) -> Any:
        """An actor that goes on from such a copy."""
        ...

    def shown(self, persona: PersonaIndex, tile: TileIndex, actor: Any) -> Presence:
        """The presence of an actor at a step that it begins on a tile."""
        ...

    def enter(self, scene: Scene, chains: dict[PersonaIndex, Rehearsal]) -> None:
        """Host code is about to run in this scene."""
        ...

    def leave(self, scene: Scene) -> None:
        """Host code of the scene has stopped: nothing that it wrote may show outside."""
        ...
