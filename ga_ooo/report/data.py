"""The data of a report, as the page reads them."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import Any, Final

import numpy as np

from ga_ooo.options import PriceOptions
from ga_ooo.record import RecordReader
from ga_ooo.record.other_loops import other_loops
from ga_ooo.record.rows import Call, EarlyCall, Held
from ga_ooo.report.critical_path import Segment, critical_path
from ga_ooo.report.figures import by_kind, in_flight, sampled
from ga_ooo.report.partings import partings
from ga_ooo.texts import shown

_BINS: Final = 400
"""Points of a curve: as many as a wide screen shows."""

_MILLISECONDS: Final = 1000


def report_data(
    reader: RecordReader, title: str, prices: PriceOptions, against: RecordReader | None
) -> dict[str, Any]:
    """Everything that the page shows. Texts of others have no control characters.

    Args:
        prices: of models.
        against: a run to compare with; None for none.

    Raises:
        UsageError: a record is damaged, or the runs cannot be compared.
    """
    calls, early, holds = list(reader.calls()), list(reader.early_calls()), list(reader.holds())
    end = max((move.committed_at for move in reader.moves()), default=0.0)
    path = _path(reader, calls, holds)
    kinds = by_kind(calls, early, prices)
    names = {kind: number for number, kind in enumerate(kinds)}
    steps = [(row.retired_at, row.step) for row in reader.steps()]
    return {
        "title": shown(title),
        "clock": reader.facts.clock,
        "people": [shown(name) for name in reader.names],
        "start": reader.facts.start_time.isoformat(),
        "stepSeconds": reader.facts.step_seconds,
        "firstStep": reader.facts.first_step,
        "nextStep": reader.next_step(),
        "end": end,
        "loops": _loops(calls, early, end, path),
        "currency": prices.currency if prices.are_given else "",
        "kinds": [{"name": shown(kind), **asdict(found)} for kind, found in kinds.items()],
        "calls": _packed_calls(calls, names),
        "early": _packed_early(early, calls, names),
        "holds": _packed_holds(holds),
        "hazards": _HAZARDS,
        "path": [_segment(segment, names) for segment in path],
        "horizon": [[round(at, 3), step + 1] for at, step in sampled(steps, _BINS)],
        "inFlight": in_flight(calls, early, end, _BINS),
        "talks": _talks(reader),
        "activities": [
            [row.persona, row.step, shown(row.description), shown(row.pronunciatio)]
            for row in reader.activities()
        ],
        "partings": None if against is None else _partings(reader, against),
    }


_HAZARDS: Final = ("lag", "order", "commit", "pin", "read", "window")


def _path(reader: RecordReader, calls: Sequence[Call], holds: Sequence[Held]) -> list[Segment]:
    last = max(reader.moves(), key=lambda move: (move.committed_at, move.step), default=None)
    return [] if last is None else critical_path(calls, holds, last.persona, last.committed_at)


def _loops(
    calls: Sequence[Call], early: Sequence[EarlyCall], end: float, path: Sequence[Segment]
) -> dict[str, float | bool]:
    serial, sync = other_loops(calls, early)
    waiting = sum(part.ended - part.began for part in path if part.what == "call")
    # The calls of a server slow each other: one after another, they would take less time.
    bound = any(call.attempts for call in calls)
    return {"serial": serial, "sync": sync, "own": end, "path": waiting, "bound": bound}


def _partings(reader: RecordReader, against: RecordReader) -> list[list[Any]]:
    return [[shown(each.persona), each.step, shown(each.why)] for each in partings(reader, against)]


def _segment(segment: Segment, names: dict[str, int]) -> list[Any]:
    """Persona, begin and length in milliseconds, and a kind: of a call, -1 code, -2 hold."""
    kind = {"call": names.get(segment.kind, 0), "code": -1, "hold": -2}[segment.what]
    began, length = segment.began, segment.ended - segment.began
    return [segment.persona, _ms(began), _ms(length), kind, shown(segment.kind)]


def _talks(reader: RecordReader) -> list[dict[str, Any]]:
    return [
        {
            "step": talk.first_step,
            "persona": talk.persona,
            "partner": talk.partner,
            "address": shown(talk.address),
            "lines": [
                [shown(line.speaker), shown(line.words)]
                for line in reader.utterances(talk.conversation)
            ],
        }
        for talk in reader.conversations()
    ]


def _packed_calls(calls: Sequence[Call], names: dict[str, int]) -> dict[str, str]:
    ordered = sorted(calls, key=lambda call: (call.persona, call.asked_at))
    return {
        **_packed_spans(ordered, names),
        "early": _packed((call.source == "early" for call in ordered), np.uint8),
    }


def _packed_early(
    early: Sequence[EarlyCall], calls: Iterable[Call], names: dict[str, int]
) -> dict[str, str]:
    used = {call.early for call in calls if call.early is not None}
    ordered = sorted(early, key=lambda call: (call.persona, call.asked_at))
    return {
        **_packed_spans(ordered, names),
        "used": _packed((call.call in used for call in ordered), np.uint8),
    }


def _packed_spans(calls: Sequence[Call | EarlyCall], names: dict[str, int]) -> dict[str, str]:
    return {
        "persona": _packed((call.persona for call in calls), np.uint16),
        "step": _packed((call.step for call in calls), np.uint32),
        "kind": _packed((names[call.kind] for call in calls), np.uint16),
        "at": _packed((_ms(call.asked_at) for call in calls), np.uint32),
        "length": _packed((_ms(call.answered_at - call.asked_at) for call in calls), np.uint32),
    }


def _packed_holds(holds: Sequence[Held]) -> dict[str, str]:
    known = [hold for hold in holds if hold.hazard in _HAZARDS]
    ordered = sorted(known, key=lambda hold: (hold.persona, hold.began_at))
    return {
        "persona": _packed((hold.persona for hold in ordered), np.uint16),
        "step": _packed((hold.step for hold in ordered), np.uint32),
        "hazard": _packed((_HAZARDS.index(hold.hazard) for hold in ordered), np.uint8),
        "blocker": _packed((hold.blocker for hold in ordered), np.uint16),
        "at": _packed((_ms(hold.began_at) for hold in ordered), np.uint32),
        "length": _packed((_ms(hold.ended_at - hold.began_at) for hold in ordered), np.uint32),
    }


def _packed(values: Iterable[int], kind: type[np.unsignedinteger[Any]]) -> str:
    """Numbers as Base64 of a little-endian array: small, and read at once."""
    most = int(np.iinfo(kind).max)
    clipped = np.fromiter((min(max(0, int(value)), most) for value in values), kind)
    return base64.b64encode(clipped.astype(clipped.dtype.newbyteorder("<")).tobytes()).decode()


def _ms(seconds: float) -> int:
    return round(seconds * _MILLISECONDS)
