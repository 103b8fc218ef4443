"""A rehearsal: the next moves of one persona, run one after another on a replica.

Each move runs in an *assumed world* (:class:`AssumedWorld`). Its calls may be answered by
predictions; a prediction stays *unconfirmed* until the true answer has arrived and is equal.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Any, NamedTuple, TypeAlias

from ga_ooo.engine.ids import PersonaIndex, Step, TileIndex
from ga_ooo.engine.loop.fibers import Fiber
from ga_ooo.model.requests import ModelAnswer, ModelCall
from ga_ooo.runahead.predictor import CallContext
from ga_ooo.runahead.prefetch import Prefetch
from ga_ooo.town.tile_versions import Presence

NodeAccessTimes: TypeAlias = dict[int, tuple[Any, Any]]
"""Access times of memory nodes as a rehearsal has written them, in the form of the host."""


@dataclass(slots=True)
class AssumedWorld:
    """The world in which one move is rehearsed.

    Attributes:
        replica: the copy of the persona that moves.
        persona: the persona.
        step: the rehearsed step.
        tile: where the replica stands.
        presences: the known or assumed presence of each persona in sight at the step, in persona
            order.
        access_times: see :data:`NodeAccessTimes`.
        handed: replicas of the other personas that the move was handed.
        assumed: those of ``presences`` that are not known yet, by tile; filled by the host.
        found_nothing: the state in which the replica found nothing new in sight; set by the host.
    """

    replica: Any
    persona: PersonaIndex
    step: Step
    tile: TileIndex
    presences: dict[PersonaIndex, Presence]
    access_times: NodeAccessTimes
    handed: dict[PersonaIndex, Any] = field(default_factory=dict)
    assumed: dict[TileIndex, list[Presence]] | None = None
    found_nothing: Any = None


class ShadowCall(NamedTuple):
    """A rehearsed call that was not admitted, and the prediction that answered it."""

    call: ModelCall
    prediction: ModelAnswer
    context: CallContext


@dataclass(slots=True)
class RehearsedMove:
    """One move of a rehearsal: what it assumed and what it asked.

    Attributes:
        world: the world that it ran in.
        copy: of the replica, as it was before the move; None if none was taken.
        access_times: of memory nodes before the move.
        calls: how often it made each call, by fingerprint.
        predictions: the calls in flight that a prediction answered, with the prediction.
        shadow_calls: the calls that were not admitted.
    """

    world: AssumedWorld
    copy: Any = None
    access_times: NodeAccessTimes = field(default_factory=dict)
    calls: Counter[str] = field(default_factory=Counter)
    predictions: list[tuple[Prefetch, ModelAnswer]] = field(default_factory=list)
    shadow_calls: list[ShadowCall] = field(default_factory=list)

    @property
    def mispredicted(self) -> bool:
        """Whether an answer has arrived that differs from its prediction."""
        return any(
            prefetch.answer is not None and not same_answer(prefetch.answer, prediction)
            for prefetch, prediction in self.predictions
        )

    def earlier_prediction(self, call: ModelCall) -> ModelAnswer | None:
        """The prediction that answered the same request earlier in this move, if any."""
        if not call.occurrence:
            return None
        fingerprint = call.request.fingerprint
        for prefetch, prediction in self.predictions:
            if prefetch.call.request.fingerprint == fingerprint:
                return prediction
        for shadow in self.shadow_calls:
            if shadow.call.request.fingerprint == fingerprint:
                return shadow.prediction
        return None

    @property
    def predicted_sites(self) -> Iterator[str]:
        """Sites of all predictions."""
        for prefetch, _ in self.predictions:
            yield prefetch.call.site
        for shadow in self.shadow_calls:
            yield shadow.call.site

    @property
    def unconfirmed_sites(self) -> Iterator[str]:
        """Sites of the predictions whose true answer is not known, or differs."""
        for prefetch, prediction in self.predictions:
            if prefetch.answer is None or not same_answer(prefetch.answer, prediction):
                yield prefetch.call.site
        for shadow in self.shadow_calls:
            yield shadow.call.site


@dataclass(frozen=True, slots=True, eq=False)
class ForwardedResult:
    """What a real move in flight will leave, as its rehearsal has shown.

    Attributes:
        mover: the persona that moves.
        move: the rehearsal of the move.
        presences: at the next step: of the mover, and of the personas that it was handed and that
            have completed their own move of the step.
        copies: of the mover and of the personas that it was handed, as the move will leave them.
        access_times: see :data:`NodeAccessTimes`.
    """

    mover: PersonaIndex
    move: RehearsedMove
    presences: Mapping[PersonaIndex, Presence]
    copies: Mapping[PersonaIndex, Any]
    access_times: Mapping[int, tuple[Any, Any]]


class RehearsalState(Enum):
    """What a rehearsal does next."""

    BETWEEN_MOVES = auto()
    """It starts the move of its step."""
    AWAITS_ANSWER = auto()
    """It resumes when an answer in flight arrives."""
    AWAITS_ADMISSION = auto()
    """It resumes when a call without any prediction is admitted."""
    EXHAUSTED = auto()
    """Nothing: it can find no more calls before some answer arrives."""


@dataclass(slots=True, eq=False)
class Rehearsal:
    """Rehearsed moves of one persona, one after another.

    Attributes:
        persona: the persona.
        replica: the persona object that moves, as it is after the last rehearsed move.
        copy: the last copy of it.
        step: the step that is rehearsed now, or next.
        tile: where the replica stands at ``step``.
        presences: of the replica, by step.
        shared_presences: those of them that other rehearsals may assume, as they rest on no
            unreliable prediction.
        moves: the rehearsed moves by step, the current one included.
        blocking_sites: sites of the predictions without which a call would have been admitted.
        committed_sites: sites of the predictions of moves that the persona has committed since.
        fiber: runs the current move.
        state: see :class:`RehearsalState`.
        awaited: the prefetch whose answer it awaits.
        access_times: see :data:`NodeAccessTimes`.
        forwarded: the result of a real move in flight from which the rehearsal has started, if
            any. The predictions in that move count as reliable.
    """

    persona: PersonaIndex
    replica: Any
    copy: Any
    step: Step
    tile: TileIndex
    presences: dict[Step, Presence] = field(default_factory=dict)
    shared_presences: dict[Step, Presence] = field(default_factory=dict)
    moves: dict[Step, RehearsedMove] = field(default_factory=dict)
    blocking_sites: set[str] = field(default_factory=set)
    committed_sites: set[str] = field(default_factory=set)
    fiber: Fiber | None = None
    state: RehearsalState = RehearsalState.BETWEEN_MOVES
    awaited: Prefetch | None = None
    access_times: NodeAccessTimes = field(default_factory=dict)
    forwarded: ForwardedResult | None = None

    @property
    def current(self) -> RehearsedMove:
        """The move that is rehearsed now."""
        return self.moves[self.step]

    @property
    def forwarded_move(self) -> RehearsedMove | None:
        """The rehearsal of the real move from whose result this rehearsal has started."""
        return self.forwarded.move if self.forwarded is not None else None

    def unconfirmed_sites(self) -> frozenset[str]:
        """Sites of the unconfirmed predictions that the rehearsal rests on."""
        move = self.forwarded_move
        reliable = move.unconfirmed_sites if move is not None else ()
        return self.unreliable_sites() | frozenset(reliable)

    def unreliable_sites(self) -> frozenset[str]:
        """The same without the predictions of the forwarded move."""
        forwarded = self.forwarded_move
        # Asked for after each move; most moves make no call.
        moves = [m for m in self.moves.values() if m.predictions or m.shadow_calls]
        return frozenset(
            site for move in moves if move is not forwarded for site in move.unconfirmed_sites
        )

    def share_confirmed(self) -> list[tuple[Step, Presence]]:
        """Let other rehearsals assume the presences that have come to rest on no unreliable
        prediction. Returns them with their steps."""
        shared = []
        for step in sorted(self.moves):
            move = self.moves[step]
            if move is not self.forwarded_move and any(move.unconfirmed_sites):
                break
            if step + 1 in self.presences and step + 1 not in self.shared_presences:
                presence = self.shared_presences[step + 1] = self.presences[step + 1]
                shared.append((step + 1, presence))
        return shared

    def forget_before(self, step: Step) -> list[RehearsedMove]:
        """Forget all steps before ``step``; the persona has committed them. Returns their moves."""
        forgotten = [self.moves.pop(u) for u in [u for u in self.moves if u < step]]
        for move in forgotten:
            self.committed_sites.update(move.predicted_sites)
        for presences in (self.presences, self.shared_presences):
            for u in [u for u in presences if u < step]:
                del presences[u]
        return forgotten


def same_answer(one: ModelAnswer, other: ModelAnswer) -> bool:
    """Whether host code continues in the same way after both answers."""
    return one.text == other.text and one.embedding == other.embedding
