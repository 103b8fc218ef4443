"""Makes spans and metrics from a record.

Each persona step with calls or holds is a span, its calls are spans inside of it, and its holds are
events. A night, in which nothing is asked, makes none.
"""

from __future__ import annotations

import datetime
from collections import defaultdict

from opentelemetry.metrics import MeterProvider
from opentelemetry.trace import Span, SpanKind, Tracer, TracerProvider, set_span_in_context
from opentelemetry.util.types import AttributeValue

from ga_ooo.record import RecordReader
from ga_ooo.record.reader import ALL, Range
from ga_ooo.record.rows import Call, EarlyCall, Held, Move
from ga_ooo.texts import shown
from ga_ooo.views.telemetry import names

_SCOPE = "ga_ooo"
_EMBEDDING = "embedding"


def export_spans(
    reader: RecordReader, provider: TracerProvider, simulation: str, of: Range = ALL
) -> int:
    """Make the spans of a run; returns their number."""
    maker = _SpanMaker(reader, provider.get_tracer(_SCOPE), simulation)
    calls: defaultdict[tuple[int, int], list[Call]] = defaultdict(list)
    holds: defaultdict[tuple[int, int], list[Held]] = defaultdict(list)
    for call in reader.calls(of):
        calls[call.persona, call.step].append(call)
    for hold in reader.holds(of):
        holds[hold.persona, hold.step].append(hold)
    number = 0
    for move in reader.moves(of):
        key = move.persona, move.step
        if key in calls or key in holds:
            maker.move(move, calls[key], holds[key])
            number += 1 + len(calls[key])
    return number


def export_metrics(reader: RecordReader, provider: MeterProvider, of: Range = ALL) -> None:
    """Make the metrics of a run: tokens and durations of what the model was asked."""
    meter = provider.get_meter(_SCOPE)
    tokens = meter.create_histogram(names.TOKEN_USAGE, "{token}")
    seconds = meter.create_histogram(names.DURATION, "s")
    asked = (call for call in reader.calls(of) if call.source == "model")
    both: list[Call | EarlyCall] = [*asked, *reader.early_calls(of)]
    for call in both:
        common = {
            names.OPERATION: _operation(call.kind),
            names.MODEL: shown(call.model),
            names.KIND: shown(call.kind),
        }
        seconds.record(call.answered_at - call.asked_at, common)
        tokens.record(call.tokens_in, {**common, names.TOKEN_TYPE: "input"})
        tokens.record(call.tokens_out, {**common, names.TOKEN_TYPE: "output"})


class _SpanMaker:
    def __init__(self, reader: RecordReader, tracer: Tracer, simulation: str) -> None:
        self._reader = reader
        self._tracer = tracer
        self._simulation = simulation
        first = next(iter(reader.processes()), None)
        began = None if first is None else datetime.datetime.fromisoformat(first.began)
        # The clock of a record begins with its first process.
        self._origin = 0.0 if first is None or began is None else began.timestamp() - first.began_at

    def move(self, move: Move, calls: list[Call], holds: list[Held]) -> None:
        """The span of a persona step, with those of its calls."""
        name = shown(self._reader.name(move.persona))
        attributes: dict[str, AttributeValue] = {
            names.SIMULATION: self._simulation,
            names.PERSONA: name,
            names.AGENT: name,
            names.STEP: move.step,
            names.GAME_TIME: self._reader.game_time(move.step).isoformat(),
        }
        span = self._tracer.start_span(
            f"step {move.step}", attributes=attributes, start_time=self._at(move.reached_at)
        )
        for hold in holds:
            self._add_hold(span, hold)
        for call in calls:
            self._add_call(span, call, name)
        span.end(self._at(move.committed_at))

    def _add_hold(self, span: Span, hold: Held) -> None:
        held: dict[str, AttributeValue] = {
            names.HAZARD: shown(hold.hazard),
            names.BLOCKER: shown(self._reader.name(hold.blocker)),
            names.SECONDS: hold.ended_at - hold.began_at,
        }
        span.add_event(names.HELD, held, self._at(hold.began_at))

    def _add_call(self, parent: Span, call: Call, name: str) -> None:
        attributes: dict[str, AttributeValue] = {
            names.OPERATION: _operation(call.kind),
            names.MODEL: shown(call.model),
            names.INPUT_TOKENS: call.tokens_in,
            names.OUTPUT_TOKENS: call.tokens_out,
            names.AGENT: name,
            names.KIND: shown(call.kind),
            names.STAGE: shown(call.stage),
            names.SOURCE: call.source,
            names.ATTEMPTS: call.attempts,
        }
        if call.server:
            attributes[names.SERVER] = shown(call.server)
        span = self._tracer.start_span(
            f"{_operation(call.kind)} {shown(call.model)}",
            set_span_in_context(parent),
            SpanKind.CLIENT,
            attributes,
            start_time=self._at(call.asked_at),
        )
        span.end(self._at(call.answered_at))

    def _at(self, seconds: float) -> int:
        return int((self._origin + seconds) * 1e9)


def _operation(kind: str) -> str:
    return names.EMBEDDINGS if kind == _EMBEDDING else names.CHAT
