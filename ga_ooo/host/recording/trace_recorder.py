"""Records a trace of a run (docs/traces.md)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ga_ooo.engine.ids import PersonaIndex, Step
from ga_ooo.host.imported.call_site import call_stage
from ga_ooo.host.prompts.kinds import prompt_kind
from ga_ooo.host.recording.prompt_prefixes import PromptPrefixes
from ga_ooo.model.requests import CallKey, CallKind, ModelAnswer, ModelCall
from ga_ooo.observer import Observer, StretchStart
from ga_ooo.options import RunOptions
from ga_ooo.trace.files import write_trace
from ga_ooo.trace.format import NO_INDEX
from ga_ooo.trace.recording import CallRow, Position, RehearsalRow, TraceBuilder


class TraceRecorder(Observer):
    """Observes a run from its first step to its last, and writes the trace.

    Args:
        options: of the run.
        clock: ``wall`` or ``virtual``.
    """

    def __init__(self, options: RunOptions, clock: str) -> None:
        self._options = options
        self._clock = clock
        self._first: StretchStart | None = None
        self._current: StretchStart | None = None
        self._builder: TraceBuilder | None = None
        self._index: dict[str, PersonaIndex] = {}
        self._open: dict[CallKey, CallRow] = {}
        # The same call may be prefetched again, for another rehearsal of its step.
        self._rehearsed: dict[tuple[CallKey, str], list[RehearsalRow]] = {}
        self._arrived_at: dict[PersonaIndex, float] = {}
        self._answered_at = 0.0
        self._answers: dict[PersonaIndex, Position | RehearsalRow] = {}
        # A run without prefetches would not have theirs.
        self._prefixes_of_moves, self._prefixes = PromptPrefixes(), PromptPrefixes()

    def write(self, path: Path) -> bool:
        """Write the steps that have retired.

        Returns:
            whether there are any.

        Raises:
            RunStoppedError: the file cannot be written.
        """
        builder, start = self._builder, self._first
        if builder is None or start is None or builder.next_step == builder.first_step:
            return False
        trace = builder.trace(
            start.town,
            start_time=start.time.isoformat(),
            sec_per_step=int(start.step_length.total_seconds()),
            radius=start.radius,
            map_name=start.map_name,
            clock=self._clock,
            seed=self._options.seed,
            rule=self._options.rule,
        )
        write_trace(path, trace)
        return True

    # --- steps -----------------------------------------------------------------------------------

    def begun(self, start: StretchStart) -> None:
        """See :class:`~ga_ooo.observer.Observer`."""
        self._current = start
        if self._builder is None:
            self._first = start
            scheduler, names = start.scheduler, start.scheduler.story.names
            tiles = [scheduler.tile(persona) for persona in range(scheduler.count)]
            self._builder = TraceBuilder(names, tiles, scheduler.horizon)
            self._index = {name: index for index, name in enumerate(names)}

    def committed(self, persona: str, step: Step) -> None:
        """See :class:`~ga_ooo.observer.Observer`."""
        self._arrived_at[self._index[persona]] = self._now()

    def retired(self, step: Step, movements: dict[str, Any]) -> None:
        """See :class:`~ga_ooo.observer.Observer`."""
        if self._builder is None or self._first is None:
            return
        moved = [movements["persona"][name] for name in self._builder.names]
        tiles = [record["movement"] for record in moved]
        self._builder.retired(
            [self._first.town.index(int(x), int(y)) for x, y in tiles],
            [str(record["description"]) for record in moved],
        )

    # --- calls of moves --------------------------------------------------------------------------

    def call_asked(self, call: ModelCall) -> None:
        """See :class:`~ga_ooo.observer.Observer`. The stack says where in the move it stands."""
        key, builder = call.key, self._builder
        if key is None or builder is None:
            return
        persona = self._index[key.persona]
        row = CallRow(_kind(call), call_stage(), self._partner(persona), self._now())
        row.cached = self._prefixes_of_moves.share(call.request)
        self._prefixes.share(call.request)
        builder.asked(persona, key.step, key.ordinal, row)
        self._open[key] = row

    def call_finished(self, call: ModelCall, answer: ModelAnswer) -> None:
        """See :class:`~ga_ooo.observer.Observer`."""
        key = call.key
        row = self._open.pop(key, None) if key else None
        if key is not None and row is not None:
            row.tokens_in, row.tokens_out = answer.prompt_tokens, answer.output_tokens
            row.answered_at = self._now()
            if not row.taken:
                # From now on others may take the answer of this call, and of no rehearsal's.
                self._rehearsed.pop((key, call.request.fingerprint), None)
                self._note_answer(self._index[key.persona], self._position(key))

    # --- calls of rehearsals ---------------------------------------------------------------------

    def prefetch_started(self, call: ModelCall) -> None:
        """See :class:`~ga_ooo.observer.Observer`."""
        key, builder, stretch = call.key, self._builder, self._current
        if key is None or builder is None or stretch is None:
            return
        persona = self._index[key.persona]
        row = RehearsalRow(
            persona,
            stretch.scheduler.commit_step(persona),
            key.step,
            self._last_answer(persona),
            _kind(call),
            self._now(),
            cached=self._prefixes.share(call.request),
        )
        builder.rehearsals.append(row)
        self._rehearsed.setdefault((key, call.request.fingerprint), []).append(row)

    def prefetch_finished(self, call: ModelCall, answer: ModelAnswer) -> None:
        """See :class:`~ga_ooo.observer.Observer`."""
        row = next((row for row in self._rehearsals_of(call) if not row.tokens_in), None)
        if row is not None:
            row.tokens_in, row.tokens_out = answer.prompt_tokens, answer.output_tokens
            self._note_answer(row.persona, row)

    def prefetch_used(self, asked: ModelCall, call: ModelCall) -> None:
        """See :class:`~ga_ooo.observer.Observer`."""
        if asked.key is None or call.key is None:
            return
        call_row, rows = self._open.get(call.key), self._rehearsals_of(asked)
        if call_row is not None:
            call_row.taken = True
        unused = next((row for row in rows if row.used_by is None), None)
        if unused is not None:
            unused.used_by = self._position(call.key)
        elif call_row is not None:
            call_row.same_as = rows[-1].used_by if rows else self._position(asked.key)

    # --- helpers ---------------------------------------------------------------------------------

    def _rehearsals_of(self, call: ModelCall) -> list[RehearsalRow]:
        key = call.key
        return [] if key is None else self._rehearsed.get((key, call.request.fingerprint), [])

    def _note_answer(self, persona: PersonaIndex, answer: Position | RehearsalRow) -> None:
        """Of the last moment at which anything was answered, the last answer to each persona."""
        now = self._now()
        if now != self._answered_at:
            self._answered_at = now
            self._answers.clear()
        self._answers[persona] = answer

    def _last_answer(self, persona: PersonaIndex) -> Position | RehearsalRow | None:
        """The event that its rehearsal has waited for: its own answer, if there was one at that
        moment; else its own commit; else an answer to somebody else."""
        own = self._answers.get(persona)
        if own is not None or self._arrived_at.get(persona) == self._now():
            return own
        return next(iter(self._answers.values()), None)

    def _now(self) -> float:
        return 0.0 if self._current is None else self._current.clock()

    def _position(self, key: CallKey) -> Position:
        return self._index[key.persona], key.step, key.ordinal

    def _partner(self, persona: PersonaIndex) -> PersonaIndex:
        handed = () if self._current is None else self._current.scheduler.handed_over_to(persona)
        return handed[-1] if handed else NO_INDEX


def _kind(call: ModelCall) -> str:
    request = call.request
    return "embedding" if request.kind is CallKind.EMBEDDING else prompt_kind(request.text)
