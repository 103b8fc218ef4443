"""Records a trace of a session's run (docs/traces.md)."""

from __future__ import annotations

import sys
from functools import lru_cache
from pathlib import Path
from typing import Any, Final
from weakref import WeakKeyDictionary

from ga_ooo.engine.ids import PersonaIndex
from ga_ooo.engine.protocol import Commit, Instruction
from ga_ooo.host.prompts.kinds import prompt_kind
from ga_ooo.host.run.session import Session
from ga_ooo.host.run.town_run import TownRun
from ga_ooo.host.world.maze_views import MazeViews
from ga_ooo.model.requests import CallKey, CallKind, ModelAnswer, ModelCall
from ga_ooo.runahead.prefetch import Prefetch
from ga_ooo.trace.files import write_trace
from ga_ooo.trace.format import NOBODY
from ga_ooo.trace.recording import CallRow, Position, RehearsalRow, TraceBuilder

_STAGES: Final = "cognitive_modules"
"""Folder of the host's modules that a move is made of."""


class TraceRecorder:
    """Listens to a session from its first step to its last.

    Args:
        session: its run has not begun.
        clock: ``wall`` or ``virtual``.
    """

    def __init__(self, session: Session, clock: str) -> None:
        self._session = session
        self._clock = clock
        self._builder: TraceBuilder | None = None
        self._views: MazeViews | None = None
        self._run: TownRun | None = None
        self._index: dict[str, PersonaIndex] = {}
        self._open: dict[CallKey, CallRow] = {}
        # Weak: an answer that nobody can take any more is not kept for the trace's sake.
        self._rehearsed: WeakKeyDictionary[Prefetch, RehearsalRow] = WeakKeyDictionary()
        self._arrived_at: dict[PersonaIndex, float] = {}
        self._answered_at = 0.0
        self._answers: dict[PersonaIndex, Position | RehearsalRow] = {}
        session.on_begun.append(self._begun)
        session.on_instruction.append(self._instructed)
        session.on_retired.append(self._retired)
        session.gateway.observer.asked.append(self._asked)
        session.gateway.observer.finished.append(self._finished)
        if session.prefetching is not None:
            session.prefetching.cache.on_prefetched.append(self._prefetched)
            session.prefetching.cache.on_adopted.append(self._adopted)

    def write(self, path: Path) -> bool:
        """Write what has retired.

        Returns:
            whether anything has.

        Raises:
            RunStoppedError: the file cannot be written.
        """
        builder, views, run = self._builder, self._views, self._run
        if builder is None or views is None or run is None:
            return False
        if builder.next_step == builder.first_step:
            return False
        first = builder.first_step
        start = run.time_at(first)
        trace = builder.trace(
            views.town,
            start_time=start.isoformat(),
            sec_per_step=int((run.time_at(first + 1) - start).total_seconds()),
            radius=views.reach.radius,
            map_name=str(views.maze.maze_name),
            clock=self._clock,
            seed=self._session.options.seed,
            rule=self._session.options.rule,
        )
        write_trace(path, trace)
        return True

    def _begun(self, views: MazeViews, run: TownRun) -> None:
        self._run = run
        if self._builder is None:
            self._views = views
            start = run.checkpoint
            self._builder = TraceBuilder(run.names, start.positions, start.step)
            self._index = {name: index for index, name in enumerate(run.names)}

    def _instructed(self, instruction: Instruction, names: tuple[str, ...]) -> None:
        if isinstance(instruction, Commit):
            self._arrived_at[instruction.persona] = self._session.loop.time()

    def _asked(self, call: ModelCall) -> None:
        """In the move's own fiber: what stands on the stack says where in the move."""
        key, builder = call.key, self._builder
        if key is None or builder is None:
            return
        persona = self._index[key.persona]
        row = CallRow(_kind(call), _stage(), self._partner(persona), self._session.loop.time())
        builder.asked(persona, key.step, key.ordinal, row)
        self._open[key] = row

    def _finished(self, call: ModelCall, answer: ModelAnswer) -> None:
        key = call.key
        row = self._open.pop(key, None) if key else None
        if key is not None and row is not None:
            row.tokens_in, row.tokens_out = answer.prompt_tokens, answer.output_tokens
            row.answered_at = self._session.loop.time()
            if not row.taken:
                self._note_answer(self._index[key.persona], self._position(key))

    def _note_answer(self, persona: PersonaIndex, answer: Position | RehearsalRow) -> None:
        """Of the last moment at which anything was answered, the last answer to each persona."""
        now = self._session.loop.time()
        if now != self._answered_at:
            self._answered_at = now
            self._answers.clear()
        self._answers[persona] = answer

    def _last_answer(self, persona: PersonaIndex) -> Position | RehearsalRow | None:
        """What its rehearsal has waited for: its own answer, if there was one at that moment, else
        for the persona to get where it is now, else somebody else's answer."""
        own = self._answers.get(persona)
        if own is not None or self._arrived_at.get(persona) == self._session.loop.time():
            return own
        return next(iter(self._answers.values()), None)

    def _prefetched(self, prefetch: Prefetch) -> None:
        key, builder, engine = prefetch.call.key, self._builder, self._session.engine
        if key is None or builder is None or engine is None:
            return
        persona = self._index[key.persona]
        at_step = engine.scheduler.commit_step(persona)
        row = RehearsalRow(
            persona,
            at_step,
            key.step,
            self._last_answer(persona),
            _kind(prefetch.call),
            self._session.loop.time(),
        )
        builder.rehearsals.append(row)
        prefetch.on_done.append(self._prefetch_done)
        self._rehearsed[prefetch] = row

    def _prefetch_done(self, prefetch: Prefetch) -> None:
        answer = prefetch.answer
        if answer is not None:
            row = self._rehearsed[prefetch]
            row.tokens_in, row.tokens_out = answer.prompt_tokens, answer.output_tokens
            self._note_answer(row.persona, row)

    def _adopted(self, prefetch: Prefetch, call: ModelCall) -> None:
        asked, taker = prefetch.call.key, call.key
        if asked is None or taker is None:
            return
        call_row, row = self._open.get(taker), self._rehearsed.get(prefetch)
        if call_row is not None:
            call_row.taken = True
        if row is not None and row.used_by is None:
            row.used_by = self._position(taker)
        elif call_row is not None:
            call_row.same_as = self._position(asked) if row is None else row.used_by

    def _position(self, key: CallKey) -> Position:
        return self._index[key.persona], key.step, key.ordinal

    def _partner(self, persona: PersonaIndex) -> PersonaIndex:
        engine = self._session.engine
        touched = engine.scheduler.handed_over_to(persona) if engine is not None else ()
        return touched[-1] if touched else NOBODY

    def _retired(self, step: int, movements: dict[str, Any]) -> None:
        views, builder = self._views, self._builder
        if views is None or builder is None:
            return
        moved = [movements["persona"][name] for name in builder.names]
        builder.retired(
            [views.index(record["movement"]) for record in moved],
            [str(record["description"]) for record in moved],
        )


def _kind(call: ModelCall) -> str:
    request = call.request
    return "embedding" if request.kind is CallKind.EMBEDDING else prompt_kind(request.text)


def _stage() -> str:
    """The host's modules on the stack, outermost first, such as ``plan.converse.retrieve``."""
    stages: list[str] = []
    frame = sys._getframe().f_back
    while frame is not None:
        stage = _stage_of(frame.f_code.co_filename)
        if stage and (not stages or stages[-1] != stage):
            stages.append(stage)
        frame = frame.f_back
    return ".".join(reversed(stages)) or "other"


@lru_cache
def _stage_of(file: str) -> str | None:
    path = Path(file)
    return path.stem if path.parent.name == _STAGES else None
