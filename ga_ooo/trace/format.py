"""A trace: who stood where, and what each move asked of the model (docs/traces.md).

One ``.npz`` file: columns of plain numbers and one text of JSON, no pickle, so that numpy alone
reads it. It carries the map, so that the replay of a trace needs no host, and no text of any
prompt, answer or memory.
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

NOBODY: Final = -1
"""In ``partner`` and ``used_by``: none."""


@dataclass(frozen=True)
class TraceFacts:
    """What a trace says about its run as a whole.

    Attributes:
        names: persona names in persona order.
        first_step: the step before which ``tiles[0]`` was taken.
        start_time: game time of the first step, ISO 8601.
        sec_per_step: seconds of game time in one step.
        radius: sight radius in tiles, the largest of all personas.
        map_name: name of the map, for people.
        map_digest: hash of the map (:meth:`~ga_ooo.town.map.TownMap.digest`).
        kinds: names of the kinds of calls.
        stages: names of the stages of a move that calls come from.
        clock: ``wall`` or ``virtual``: what the seconds of ``asked_at`` and ``answered_at`` are.
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
        persona: who asked.
        step: the step that it was taking.
        kind: index into :attr:`TraceFacts.kinds`.
        stage: index into :attr:`TraceFacts.stages`.
        tokens_in: tokens of the prompt, as the server counted them.
        tokens_out: tokens of the answer; 0 for embeddings.
        partner: the persona that the move had been handed last when it asked (the other one of
            a conversation); :data:`NOBODY`.
        same_as: index of the call whose answer was taken, if that was not asked for this one
            alone: the vector of a text is asked for once; :data:`NOBODY`.
        asked_at, answered_at: seconds of the run's clock since its start.
    """

    persona: Ints
    step: Ints
    kind: Ints
    stage: Ints
    tokens_in: Ints
    tokens_out: Ints
    partner: Ints
    same_as: Ints
    asked_at: Times
    answered_at: Times

    def __len__(self) -> int:
        return len(self.persona)


@dataclass(frozen=True, eq=False)
class Rehearsals:
    """Calls that were asked ahead of their move, in the order in which they were asked.

    Attributes:
        persona: for whom.
        at_step: the persona's commit step when the call was asked.
        step: the step that was rehearsed.
        after: what was answered right before it was asked, for the same persona if anything was:
            index of a call in :class:`Calls`, or their number plus the index of a call here that
            no move took; :data:`NOBODY` if nothing had been answered before.
        kind, tokens_in, tokens_out: as in :class:`Calls`.
        asked_at: seconds of the run's clock since its start.
        used_by: index of the call in :class:`Calls` that took the answer; :data:`NOBODY`.
    """

    persona: Ints
    at_step: Ints
    step: Ints
    after: Ints
    kind: Ints
    tokens_in: Ints
    tokens_out: Ints
    asked_at: Times
    used_by: Ints

    def __len__(self) -> int:
        return len(self.persona)


@dataclass(frozen=True, eq=False)
class Trace:
    """What a run did, step by step.

    Attributes:
        facts: the run as a whole.
        town: the map.
        tiles: int32, shape (steps + 1, personas): where everybody stood before each step, and
            after the last.
        shown: int32, shape (steps, personas): a number for what each move said that the persona
            does (host: the description in the movement file); equal texts, equal numbers.
        calls: model calls.
        rehearsals: calls asked ahead; none without runahead.
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
        """For each (persona, step) that asks anything, the indexes of its calls."""
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
        """The steps from ``first`` to before ``until`` (steps of the game).

        Rehearsed calls whose taker lies outside are unused in the part, as they were in its time;
        those that came after an answer outside come after none.

        Raises:
            UsageError: the trace does not cover them.
        """
        begin, end = first - self.facts.first_step, until - self.facts.first_step
        if not 0 <= begin < end <= self.steps:
            last = self.facts.first_step + self.steps
            raise UsageError(
                f"steps {first} to {until} are not in a trace of steps {self.facts.first_step} "
                f"to {last}",
                "ask for a part of it, or record a longer run",
            )
        kept = (self.calls.step >= first) & (self.calls.step < until)
        ahead = self.rehearsals
        kept_ahead = (ahead.at_step >= first) & (ahead.at_step < until)
        answers = np.append(kept, kept_ahead)
        where = np.append(np.where(answers, np.cumsum(answers) - 1, NOBODY), NOBODY)
        calls, rehearsals = _rows(self.calls, kept), _rows(ahead, kept_ahead)
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
        """The same with the first step called ``first``."""
        later = first - self.facts.first_step
        calls, ahead = self.calls, self.rehearsals
        return replace(
            self,
            facts=replace(self.facts, first_step=first),
            calls=replace(calls, step=calls.step + later),
            rehearsals=replace(ahead, step=ahead.step + later, at_step=ahead.at_step + later),
        )


_Columns = TypeVar("_Columns", Calls, Rehearsals)


def _rows(columns: _Columns, kept: npt.NDArray[Any]) -> _Columns:
    return type(columns)(**{f.name: getattr(columns, f.name)[kept] for f in fields(columns)})
