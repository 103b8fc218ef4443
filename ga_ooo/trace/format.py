"""What a trace is: the positions of a run, and what each persona step asked of the model.

A trace is one ``.npz`` file with columns of numbers and one JSON text. It has no pickled objects,
so numpy alone reads it. It contains the map, so that a replay needs no host, and no text of any
prompt, answer or memory (docs/traces.md).
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass, fields, replace
from functools import cached_property
from itertools import pairwise
from typing import Any, Final, TypeVar

import numpy as np
import numpy.typing as npt

from ga_ooo.engine.ids import Step
from ga_ooo.errors import UsageError
from ga_ooo.town.map import TownMap

Ints = npt.NDArray[np.int32]
Times = npt.NDArray[np.float64]

NO_INDEX: Final = -1
"""In columns of indexes: no persona, call or answer."""


@dataclass(frozen=True)
class TraceFacts:
    """Facts about the run as a whole.

    Attributes:
        names: persona names in persona order.
        first_step: the step before which the positions ``tiles[0]`` were recorded.
        start_time: game time of the first step, ISO 8601.
        sec_per_step: seconds of game time in one step.
        radius: sight radius in tiles, the largest of all personas.
        map_name: name of the map, for readers.
        map_digest: hash of the map (:meth:`~ga_ooo.town.map.TownMap.digest`).
        kinds: names of the kinds of calls.
        stages: names of the stages of a move in which calls are made.
        clock: ``wall`` or ``virtual``: the clock of ``asked_at`` and ``answered_at``.
        seed: run seed.
        rule: dependency rule of the recorded run.
    """

    names: tuple[str, ...]
    first_step: Step
    start_time: str
    sec_per_step: int
    radius: int
    map_name: str
    map_digest: str
    kinds: tuple[str, ...]
    stages: tuple[str, ...]
    clock: str
    seed: int
    rule: str


@dataclass(frozen=True, eq=False)
class Calls:
    """Model calls in the order of (step, persona, ordinal), one column each.

    Attributes:
        persona: index of the persona that asked.
        step: the step that it was taking.
        kind: index into :attr:`TraceFacts.kinds`.
        stage: index into :attr:`TraceFacts.stages`.
        tokens_in: tokens of the prompt, as the server counted them.
        tokens_out: tokens of the answer; 0 for embeddings.
        tokens_cached: tokens of the longest prefix of the prompt that an earlier prompt of a move
            had, which a prefix cache without limit would hold; 0 for embeddings.
        partner: index of the persona that the move had looked up last when it asked (the other
            one of a conversation); :data:`NO_INDEX` for none.
        same_as: index of the earlier call whose answer this call used (the vector of a text is
            asked for once); :data:`NO_INDEX` if it was asked itself.
        asked_at, answered_at: seconds of the run's clock since the start of the run.
    """

    persona: Ints
    step: Ints
    kind: Ints
    stage: Ints
    tokens_in: Ints
    tokens_out: Ints
    tokens_cached: Ints
    partner: Ints
    same_as: Ints
    asked_at: Times
    answered_at: Times

    def __len__(self) -> int:
        return len(self.persona)


@dataclass(frozen=True, eq=False)
class Rehearsals:
    """Prefetched calls, in the order in which they were asked.

    Attributes:
        persona: index of the persona that was rehearsed.
        at_step: the persona's commit step when the call was asked.
        step: the step that was rehearsed.
        after: the answer that arrived last before the call was asked; one of the same persona, if
            there is one. It is the index of a call in :class:`Calls`, or the number of these
            calls plus the index of a row here that no move used; :data:`NO_INDEX` for none.
        kind, tokens_in, tokens_out: as in :class:`Calls`.
        tokens_cached: the same, of the prefixes of all earlier prompts, prefetched or not.
        asked_at: seconds of the run's clock since the start of the run.
        used_by: index of the call in :class:`Calls` that used the answer; :data:`NO_INDEX` if no
            call did.
    """

    persona: Ints
    at_step: Ints
    step: Ints
    after: Ints
    kind: Ints
    tokens_in: Ints
    tokens_out: Ints
    tokens_cached: Ints
    asked_at: Times
    used_by: Ints

    def __len__(self) -> int:
        return len(self.persona)


@dataclass(frozen=True, eq=False)
class Trace:
    """The positions and calls of a run, step by step.

    Attributes:
        facts: facts about the run as a whole.
        town: the map.
        tiles: int32, shape (steps + 1, personas): the tile of each persona before each step, and
            after the last one.
        shown: int32, shape (steps, personas): a number for the activity that each move shows
            (host: the description in the movement file); equal texts have equal numbers.
        calls: model calls of the moves.
        rehearsals: prefetched calls; none without runahead.
    """

    facts: TraceFacts
    town: TownMap
    tiles: Ints
    shown: Ints
    calls: Calls
    rehearsals: Rehearsals

    @property
    def count(self) -> int:
        """Number of personas."""
        return len(self.facts.names)

    @property
    def steps(self) -> int:
        """Number of steps."""
        return len(self.shown)

    @cached_property
    def calls_of(self) -> dict[tuple[int, Step], range]:
        """For each (persona, step) with calls, the indexes of its calls."""
        moves = np.stack([self.calls.persona, self.calls.step])
        if not moves.size:
            return {}
        starts = np.flatnonzero(np.any(moves[:, 1:] != moves[:, :-1], axis=0)) + 1
        bounds = [0, *starts.tolist(), moves.shape[1]]
        persona, step = moves.tolist()
        return {(persona[a], step[a]): range(a, b) for a, b in pairwise(bounds)}

    def time_at(self, step: Step) -> datetime.datetime:
        """Game time of a step."""
        facts = self.facts
        elapsed = datetime.timedelta(seconds=facts.sec_per_step) * (step - facts.first_step)
        return datetime.datetime.fromisoformat(facts.start_time) + elapsed

    def between(self, first: Step, until: Step) -> Trace:
        """The part of the trace from step ``first`` to before step ``until``.

        A prefetched call whose user lies outside of the part is unused in the part. One that came
        after an answer outside of the part comes after no answer.

        Raises:
            UsageError: the trace does not cover these steps.
        """
        begin, end = first - self.facts.first_step, until - self.facts.first_step
        if not 0 <= begin < end <= self.steps:
            last = self.facts.first_step + self.steps
            raise UsageError(
                f"steps {first} to {until} are not in a trace of steps {self.facts.first_step} "
                f"to {last}",
                "choose steps of the trace, or record a longer run",
            )
        kept = (self.calls.step >= first) & (self.calls.step < until)
        early = self.rehearsals
        kept_early = (early.at_step >= first) & (early.at_step < until)
        answers = np.append(kept, kept_early)
        where = np.append(np.where(answers, np.cumsum(answers) - 1, NO_INDEX), NO_INDEX)
        calls, rehearsals = _rows(self.calls, kept), _rows(early, kept_early)
        return replace(
            self,
            facts=replace(self.facts, first_step=first, start_time=self.time_at(first).isoformat()),
            tiles=self.tiles[begin : end + 1],
            shown=self.shown[begin:end],
            calls=replace(calls, same_as=where[calls.same_as].astype(np.int32)),
            rehearsals=replace(
                rehearsals,
                after=where[rehearsals.after].astype(np.int32),
                used_by=where[rehearsals.used_by].astype(np.int32),
            ),
        )

    def numbered_from(self, first: Step) -> Trace:
        """The same trace, with steps that are counted from ``first``."""
        later = first - self.facts.first_step
        calls, early = self.calls, self.rehearsals
        return replace(
            self,
            facts=replace(self.facts, first_step=first),
            calls=replace(calls, step=calls.step + later),
            rehearsals=replace(early, step=early.step + later, at_step=early.at_step + later),
        )


_Columns = TypeVar("_Columns", Calls, Rehearsals)


def _rows(columns: _Columns, kept: npt.NDArray[Any]) -> _Columns:
    return type(columns)(**{f.name: getattr(columns, f.name)[kept] for f in fields(columns)})
