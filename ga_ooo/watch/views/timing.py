"""Where the time of a run went: calls and holds over the run's clock."""

from __future__ import annotations

from typing import Any, Final

from ga_ooo.record import RecordReader

_BINS: Final = 400
"""Points of a curve: about one for each pixel that a curve is wide on a small screen."""

_MOST_BARS: Final = 12_000
"""Bars of one range of the task stream; the longest ones are kept."""


def stream(reader: RecordReader, begin: float, end: float) -> dict[str, Any]:
    """The task stream of a range of the run's clock.

    Returns:
        ``calls``: persona, step, asked, answered, kind, source; ``holds``: persona, step, began,
        ended, hazard, blocker. ``left_out``: bars that are too short to be seen.
    """
    least = max(0.0, end - begin) / 4000
    calls = reader.query(
        "SELECT persona, step, asked_at, answered_at, kind, source FROM calls "
        "WHERE answered_at >= ?1 AND asked_at < ?2 AND answered_at - asked_at >= ?3 "
        "ORDER BY answered_at - asked_at DESC LIMIT ?4",
        (begin, end, least, _MOST_BARS),
    )
    holds = reader.query(
        "SELECT persona, step, began_at, ended_at, hazard, blocker FROM holds "
        "WHERE ended_at >= ?1 AND began_at < ?2 AND ended_at - began_at >= ?3 "
        "ORDER BY ended_at - began_at DESC LIMIT ?4",
        (begin, end, least, _MOST_BARS),
    )
    [(number,)] = reader.query(
        "SELECT (SELECT count(*) FROM calls WHERE answered_at >= ?1 AND asked_at < ?2) + "
        "(SELECT count(*) FROM holds WHERE ended_at >= ?1 AND began_at < ?2)",
        (begin, end),
    )
    return {"calls": calls, "holds": holds, "left_out": number - len(calls) - len(holds)}


def curves(reader: RecordReader) -> dict[str, Any]:
    """Curves over the whole run, with equal distances on the run's clock.

    Returns:
        ``at``: seconds; ``in_flight``: mean number of calls in flight, ``early`` of them asked by
        rehearsals; ``horizon`` and ``leader``: steps; ``used`` and ``wasted``: early calls so far,
        by the time of their answers; ``tokens``: so far.
    """
    width = max(reader.last_time(), 1e-9) / _BINS
    real = "FROM calls WHERE source = 'model'"
    early = "FROM early_calls"
    used = "FROM early_calls WHERE call IN (SELECT early FROM calls WHERE early IS NOT NULL)"
    tokens = "tokens_in + tokens_out"
    asked_early = _busy(reader, early, width)
    counted = _sums(reader, "1", "answered_at", early, width)
    hits = _sums(reader, "1", "answered_at", used, width)
    both = [_sums(reader, tokens, "answered_at", rows, width) for rows in (real, early)]
    return {
        "at": [round((number + 1) * width, 3) for number in range(_BINS)],
        "in_flight": _added(_busy(reader, real, width), asked_early),
        "early": asked_early,
        "horizon": _highest(reader, "steps", "retired_at", width),
        "leader": _highest(reader, "moves", "committed_at", width),
        "used": hits,
        "wasted": [all_ - hit for all_, hit in zip(counted, hits, strict=True)],
        "tokens": _added(*both),
    }


def kinds(reader: RecordReader) -> list[tuple[Any, ...]]:
    """What each kind of prompt needed: kind, calls, seconds, tokens in and out, asked early."""
    return reader.query(
        "SELECT kind, count(*), sum(answered_at - asked_at), sum(tokens_in), sum(tokens_out), "
        "sum(source = 'early') FROM calls GROUP BY kind ORDER BY 3 DESC"
    )


def waits(reader: RecordReader) -> list[tuple[Any, ...]]:
    """How long personas were held, by the reason: hazard, holds, seconds."""
    return reader.query(
        "SELECT hazard, count(*), sum(ended_at - began_at) FROM holds GROUP BY 1 ORDER BY 3 DESC"
    )


def servers(reader: RecordReader) -> list[tuple[Any, ...]]:
    """Each model server at its last sample: address, state, in flight, answers, failures, tokens
    in and out."""
    return reader.query(
        "SELECT server, state, in_flight, answers, failures, tokens_in, tokens_out, max(at) "
        "FROM servers GROUP BY server ORDER BY server"
    )


def _busy(reader: RecordReader, rows: str, width: float) -> list[float]:
    """Mean number of calls in flight in each interval: the time that calls spend in an interval
    is what they spend until its end, minus what they spend until the end of the one before."""
    asked_time = _sums(reader, "asked_at", "asked_at", rows, width)
    asked = _sums(reader, "1", "asked_at", rows, width)
    answered_time = _sums(reader, "answered_at", "answered_at", rows, width)
    answered = _sums(reader, "1", "answered_at", rows, width)
    spent, means = 0.0, []
    for number in range(_BINS):
        end = (number + 1) * width
        open_calls = asked[number] - answered[number]
        until = open_calls * end + answered_time[number] - asked_time[number]
        means.append(round(max(0.0, until - spent) / width, 3))
        spent = until
    return means


def _sums(reader: RecordReader, value: str, at: str, rows: str, width: float) -> list[float]:
    """Sums of a value over all rows until the end of each interval."""
    found = dict(
        reader.query(
            f"SELECT min(CAST({at} / ? AS INTEGER), {_BINS - 1}), sum({value}) {rows} GROUP BY 1",
            (width,),
        )
    )
    total, sums = 0.0, []
    for number in range(_BINS):
        total += found.get(number) or 0
        sums.append(total)
    return sums


def _highest(reader: RecordReader, table: str, at: str, width: float) -> list[int | None]:
    """The highest step until the end of each interval; null before there is one."""
    found = dict(
        reader.query(
            f"SELECT min(CAST({at} / ? AS INTEGER), {_BINS - 1}), max(step) FROM {table} "
            "GROUP BY 1",
            (width,),
        )
    )
    highest, steps = None, []
    for number in range(_BINS):
        step = found.get(number)
        highest = step if highest is None else max(highest, step or 0)
        steps.append(highest)
    return steps


def _added(some: list[float], others: list[float]) -> list[float]:
    return [round(one + other, 3) for one, other in zip(some, others, strict=True)]
