"""Records what happens in a run, in one file beside the simulation (docs/record.md)."""

from __future__ import annotations

import datetime
import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from ga_ooo._version import __version__
from ga_ooo.disk import DISK
from ga_ooo.engine.ids import Step
from ga_ooo.host.recording._call_rows import CallRows
from ga_ooo.host.recording._move_rows import MoveRows
from ga_ooo.model.requests import CallReport, ModelAnswer, ModelCall
from ga_ooo.model.routing.endpoint import Endpoint
from ga_ooo.model.routing.router import Router
from ga_ooo.observer import Observer, StretchStart
from ga_ooo.options import RunOptions
from ga_ooo.record import RecordWriter, record_file
from ga_ooo.record.conversations import ConversationTracker
from ga_ooo.record.opening import open_for_run
from ga_ooo.record.reader import RecordFacts
from ga_ooo.record.rows import Activity, RetiredStep, Row, RunProcess, ServerSample, storable
from ga_ooo.record.worker_rows import WorkerSample
from ga_ooo.runahead.questions import Prefetching

logger = logging.getLogger(__name__)

_FORGET_EVERY: Final = 256
"""Steps between two times at which old calls are forgotten."""

_SAMPLES_EVERY: Final = 5.0
"""Seconds of the run's clock between two samples of the servers."""


class RunRecorder(Observer):
    """Observes a run and writes its record. It never stops a run: if the record cannot be written,
    there is a warning, and the run continues without.

    Args:
        simulation: folder of the simulation.
        options: of the run.
    """

    def __init__(self, simulation: Path, options: RunOptions) -> None:
        self._servers: Sequence[Endpoint] = ()
        self._simulation = simulation
        self._options = options
        self._opened = False
        self._writer: RecordWriter | None = None
        self._add: Callable[[Row], None] = lambda row: None
        self._now: Callable[[], float] = float
        self._moves: MoveRows | None = None
        self._calls: CallRows | None = None
        self._conversations = ConversationTracker(())
        self._next_call = 1
        self._activities: dict[str, tuple[str, str]] = {}
        self._samples: dict[str, ServerSample] = {}
        self._prefetching: Prefetching | None = None
        self._worker_samples: dict[str, WorkerSample] = {}

    def __enter__(self) -> RunRecorder:
        return self

    def __exit__(self, *exc_info: object) -> None:
        """Write the rest."""
        if self._writer is not None:
            self._writer.close()

    def watch(self, router: Router | None, prefetching: Prefetching | None) -> None:
        """Record the health of these model servers, and of the workers that rehearse."""
        self._servers = () if router is None else router.endpoints
        self._prefetching = prefetching

    # --- stretches of steps ----------------------------------------------------------------------

    def begun(self, start: StretchStart) -> None:
        """See :class:`~ga_ooo.observer.Observer`."""
        if not self._opened:
            self._opened = True
            self._open(start)
        if self._writer is None:
            return
        first_call = self._calls.next_number if self._calls is not None else self._next_call
        self._moves = MoveRows(start, self._now, self._add)
        self._calls = CallRows(
            *(start, self._now, self._add, first_call), with_prompts=self._options.record_prompts
        )

    def _open(self, start: StretchStart) -> None:
        path, names = record_file(self._simulation), start.scheduler.story.names
        try:
            DISK.make_private_folder(path.parent)
        except OSError as error:
            logger.warning("the run has no record: %s", error)
            return
        record = open_for_run(path, self._facts(start), names, start.scheduler.horizon)
        if record is None:
            return
        clock, before = start.clock, record.time - start.clock()
        self._now = lambda: clock() + before
        self._next_call = record.call
        self._conversations = ConversationTracker(names, record.running, record.conversation)
        self._writer = RecordWriter(path, record.connection, self._sample)
        self._add = self._writer.add
        began = datetime.datetime.now(datetime.UTC).isoformat(timespec="milliseconds")
        self._add(RunProcess(record.process, record.time, began, start.scheduler.horizon))

    def _facts(self, start: StretchStart) -> RecordFacts:
        town = start.town
        return RecordFacts(
            package=__version__,
            first_step=start.scheduler.horizon,
            start_time=start.time,
            step_seconds=start.step_length.total_seconds(),
            map_name=start.map_name,
            width=town.width,
            height=town.size // town.width,
            radius=start.radius,
            clock=self._options.clock,
            seed=self._options.seed,
            rule=self._options.rule,
        )

    # --- persona steps ---------------------------------------------------------------------------

    def issued(self, persona: str, step: Step) -> None:
        """See :class:`~ga_ooo.observer.Observer`."""
        if self._moves is not None:
            self._moves.issued(persona, step)

    def completed(self, persona: str, step: Step) -> None:
        """See :class:`~ga_ooo.observer.Observer`."""
        if self._moves is not None:
            self._moves.completed(persona, step)

    def failed(self, persona: str, step: Step, error: str) -> None:
        """See :class:`~ga_ooo.observer.Observer`."""
        if self._moves is not None and self._calls is not None:
            self._moves.failed(persona)
            self._calls.failed(persona)

    def committed(self, persona: str, step: Step) -> None:
        """See :class:`~ga_ooo.observer.Observer`."""
        if self._moves is not None:
            self._moves.committed(persona, step)

    def retired(self, step: Step, movements: dict[str, Any]) -> None:
        """See :class:`~ga_ooo.observer.Observer`."""
        if self._moves is None or self._calls is None:
            return
        self._add(RetiredStep(step, self._now()))
        moved = movements["persona"]
        self._add_activities(step, moved)
        for row in self._conversations.step(step, moved):
            self._add(row)
        if step % _FORGET_EVERY == 0:
            self._calls.forget_before(step)

    def checkpoint_due(self, step: Step) -> None:
        """See :class:`~ga_ooo.observer.Observer`. A resumed run does not make these rows again."""
        if self._writer is not None:
            self._writer.flush()

    def _add_activities(self, step: Step, moved: Mapping[str, Any]) -> None:
        shown = self._activities
        for index, (name, record) in enumerate(moved.items()):
            activity = record["pronunciatio"], record["description"]
            if shown.get(name) != activity:
                shown[name] = activity
                self._add(Activity(index, step, *(storable(str(text)) for text in activity)))

    # --- calls -----------------------------------------------------------------------------------

    def call_asked(self, call: ModelCall) -> None:
        """See :class:`~ga_ooo.observer.Observer`."""
        if self._calls is not None:
            self._calls.asked(call)

    def call_finished(self, call: ModelCall, answer: ModelAnswer) -> None:
        """See :class:`~ga_ooo.observer.Observer`."""
        if self._calls is not None:
            self._calls.finished(call, answer)

    def call_served(self, call: ModelCall, answer: ModelAnswer, report: CallReport) -> None:
        """See :class:`~ga_ooo.observer.Observer`."""
        if self._calls is not None:
            self._calls.served(call, report)

    def prefetch_started(self, call: ModelCall) -> None:
        """See :class:`~ga_ooo.observer.Observer`."""
        if self._calls is not None:
            self._calls.early_asked(call)

    def prefetch_finished(self, call: ModelCall, answer: ModelAnswer) -> None:
        """See :class:`~ga_ooo.observer.Observer`."""
        if self._calls is not None:
            self._calls.early_answered(call, answer)

    def prefetch_used(self, asked: ModelCall, call: ModelCall) -> None:
        """See :class:`~ga_ooo.observer.Observer`."""
        if self._calls is not None:
            self._calls.used(asked, call)

    # --- in the thread of the writer -------------------------------------------------------------

    def _sample(self) -> Iterator[Row]:
        moves, calls = self._moves, self._calls
        if moves is not None and calls is not None:
            yield from moves.latest(calls.waiting)
        now = self._now()
        yield from self._sample_workers(now)
        for endpoint in self._servers:
            counts = endpoint.statistics
            state = "draining" if endpoint.draining else endpoint.breaker.state.value
            if not _is_due(self._samples.get(endpoint.url), state, now):
                continue
            sample = self._samples[endpoint.url] = ServerSample(
                *(endpoint.url, now, state, endpoint.outstanding, counts.answers),
                *(sum(list(counts.failures.values())), counts.tokens_in, counts.tokens_out),
            )
            yield sample

    def _sample_workers(self, now: float) -> Iterator[Row]:
        for counts in () if self._prefetching is None else self._prefetching.workers:
            if not _is_due(self._worker_samples.get(counts.name), counts.state, now):
                continue
            sample = self._worker_samples[counts.name] = WorkerSample(
                *(counts.name, now, counts.node, counts.process, counts.state, counts.restarts),
                *(counts.moves, counts.asked, counts.used, counts.wasted),
                *(counts.cpu_seconds, counts.lag),
            )
            yield sample


def _is_due(before: ServerSample | WorkerSample | None, state: str, now: float) -> bool:
    """Whether a sample is to be recorded: the state is another one, or the last one is old."""
    return before is None or before.state != state or now >= before.at + _SAMPLES_EVERY
