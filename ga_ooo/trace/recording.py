"""Builds a trace while a run makes progress."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from ga_ooo.engine.ids import PersonaIndex, Step, TileIndex
from ga_ooo.town.map import TownMap
from ga_ooo.trace.format import NO_INDEX, Calls, Ints, Rehearsals, Times, Trace, TraceFacts

Position: TypeAlias = tuple[PersonaIndex, Step, int]
"""Position of a call of a move: persona, step, ordinal."""


@dataclass(slots=True)
class CallRow:
    """One call of a move; the attributes are those of :class:`~ga_ooo.trace.format.Calls`.

    Attributes:
        taken: the answer was prefetched, or is that of an earlier call.
        cached: share of the prompt that earlier prompts had.
    """

    kind: str
    stage: str
    partner: PersonaIndex
    asked_at: float
    tokens_in: int = 0
    tokens_out: int = 0
    answered_at: float = 0.0
    same_as: Position | None = None
    taken: bool = False
    cached: float = 0.0


@dataclass(slots=True, eq=False)
class RehearsalRow:
    """One prefetched call; see :class:`~ga_ooo.trace.format.Rehearsals`.

    Attributes:
        after: the call that was answered last before: one of a move, or a prefetched one.
        used_by: the call that used the answer.
        cached: share of the prompt that earlier prompts had.
    """

    persona: PersonaIndex
    at_step: Step
    step: Step
    after: Position | RehearsalRow | None
    kind: str
    asked_at: float
    tokens_in: int = 0
    tokens_out: int = 0
    used_by: Position | None = None
    cached: float = 0.0


class _Numbers:
    """Numbers texts in the order of their first use."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}

    def of(self, text: str) -> int:
        return self._numbers.setdefault(text, len(self._numbers))

    @property
    def texts(self) -> tuple[str, ...]:
        return tuple(self._numbers)


class TraceBuilder:
    """Collects rows, and makes a trace of them.

    Args:
        names: persona names in persona order.
        tiles: the tile of each persona before the first step.
        step: the first step.
    """

    def __init__(self, names: Sequence[str], tiles: Sequence[TileIndex], step: Step) -> None:
        self.names = tuple(names)
        self.first_step = step
        self.rehearsals: list[RehearsalRow] = []
        self._tiles = [tuple(tiles)]
        self._shown: list[tuple[int, ...]] = []
        self._texts, self._kinds, self._stages = _Numbers(), _Numbers(), _Numbers()
        self._moves: dict[tuple[Step, PersonaIndex], list[CallRow]] = {}

    @property
    def next_step(self) -> Step:
        """The first step that has not retired yet."""
        return self.first_step + len(self._shown)

    def asked(self, persona: PersonaIndex, step: Step, ordinal: int, row: CallRow) -> None:
        """A call is asked. If a move starts over, the calls of its last attempt count."""
        rows = self._moves.setdefault((step, persona), [])
        del rows[ordinal:]
        rows.append(row)

    def retired(self, tiles: Sequence[TileIndex], shown: Sequence[str]) -> None:
        """The next step has retired.

        Args:
            tiles: the tile of each persona after the step.
            shown: the activity of each persona.
        """
        self._tiles.append(tuple(tiles))
        self._shown.append(tuple(self._texts.of(text) for text in shown))

    def trace(
        self,
        town: TownMap,
        *,
        start_time: str,
        sec_per_step: int,
        radius: int,
        map_name: str,
        clock: str,
        seed: int,
        rule: str,
    ) -> Trace:
        """The trace of all retired steps; for the arguments see
        :class:`~ga_ooo.trace.format.TraceFacts`."""
        calls, index = self._calls()
        rehearsals = self._rehearsals(index)
        facts = TraceFacts(
            self.names,
            self.first_step,
            start_time,
            sec_per_step,
            radius,
            map_name,
            town.digest(),
            self._kinds.texts,
            self._stages.texts,
            clock,
            seed,
            rule,
        )
        tiles, shown = np.array(self._tiles, np.int32), np.array(self._shown, np.int32)
        return Trace(facts, town, tiles, shown.reshape(-1, len(self.names)), calls, rehearsals)

    def _calls(self) -> tuple[Calls, dict[Position | None, int]]:
        rows, keys = [], []
        for (step, persona), asked in sorted(self._moves.items()):
            if step >= self.next_step:
                continue
            for ordinal, row in enumerate(asked):
                keys.append((persona, step, ordinal))
                rows.append(row)
        index: dict[Position | None, int] = {key: number for number, key in enumerate(keys)}
        calls = Calls(
            persona=_ints([key[0] for key in keys]),
            step=_ints([key[1] for key in keys]),
            kind=_ints([self._kinds.of(row.kind) for row in rows]),
            stage=_ints([self._stages.of(row.stage) for row in rows]),
            tokens_in=_ints([row.tokens_in for row in rows]),
            tokens_out=_ints([row.tokens_out for row in rows]),
            tokens_cached=_ints([int(row.cached * row.tokens_in) for row in rows]),
            partner=_ints([row.partner for row in rows]),
            same_as=_ints([index.get(row.same_as, NO_INDEX) for row in rows]),
            asked_at=_times([row.asked_at for row in rows]),
            answered_at=_times([row.answered_at for row in rows]),
        )
        return calls, index

    def _rehearsals(self, calls: dict[Position | None, int]) -> Rehearsals:
        rows = [row for row in self.rehearsals if max(row.step, row.at_step) < self.next_step]
        used = [calls.get(row.used_by, NO_INDEX) for row in rows]
        answers: dict[Position | RehearsalRow | None, int] = dict(calls.items())
        for number, (row, call) in enumerate(zip(rows, used, strict=True)):
            answers[row] = len(calls) + number if call == NO_INDEX else call
        return Rehearsals(
            persona=_ints([row.persona for row in rows]),
            at_step=_ints([row.at_step for row in rows]),
            step=_ints([row.step for row in rows]),
            after=_ints([answers.get(row.after, NO_INDEX) for row in rows]),
            kind=_ints([self._kinds.of(row.kind) for row in rows]),
            tokens_in=_ints([row.tokens_in for row in rows]),
            tokens_out=_ints([row.tokens_out for row in rows]),
            tokens_cached=_ints([int(row.cached * row.tokens_in) for row in rows]),
            asked_at=_times([row.asked_at for row in rows]),
            used_by=_ints(used),
        )


def _ints(values: list[int]) -> Ints:
    return np.array(values, dtype=np.int32)


def _times(values: list[float]) -> Times:
    return np.array(values, dtype=np.float64)
