"""Where everybody is, what they do, and what they say, for a range of steps."""

from __future__ import annotations

from collections import defaultdict
from typing import Any, Final

from ga_ooo.record import RecordReader
from ga_ooo.record.reader import Range

_ROWS_OF_CHUNK: Final = 24_000
"""Persona steps of one range: read in about a tenth of a second."""

_MOST_HOLDS: Final = 20_000


def about_run(reader: RecordReader) -> dict[str, Any]:
    """What does not change during a run.

    Returns:
        ``chunk`` is the number of steps that the page asks for at once.
    """
    facts = reader.facts
    [(prompts,)] = reader.query("SELECT EXISTS (SELECT 1 FROM prompts)")
    return {
        "names": reader.names,
        "first": facts.first_step,
        "start_time": facts.start_time.isoformat(),
        "step_seconds": facts.step_seconds,
        "map_name": facts.map_name,
        "width": facts.width,
        "height": facts.height,
        "radius": facts.radius,
        "clock": facts.clock,
        "rule": facts.rule,
        "seed": facts.seed,
        "package": facts.package,
        "has_prompts": bool(prompts),
        "chunk": max(12, _ROWS_OF_CHUNK // max(1, len(reader.names)) // 12 * 12),
    }


def progress(reader: RecordReader) -> dict[str, Any]:
    """How far a run is.

    Returns:
        ``horizon``: the first step that somebody has not committed. ``people``: for each persona
        the first step that it has not committed, its phase, why it waits, for whom, since when,
        and the call whose answer it waits for.
    """
    rows = reader.latest()
    latest = [
        [row.step, row.phase, row.hazard, row.blocker, row.held_since, row.kind, row.asked_at]
        for row in rows
    ]
    horizon = reader.next_step()
    return {
        "horizon": horizon,
        "leader": max((row.step for row in rows), default=horizon),
        # Looking for the latest time in all tables takes long, and the page asks twice a second.
        "at": max((row.at for row in rows), default=0.0),
        "people": latest,
    }


def chunk(reader: RecordReader, first: int, until: int) -> dict[str, Any]:
    """The town from one step until before another one.

    Returns:
        ``moves``: for each persona a flat list of step, x, y, wherever the tile changes, beginning
        at its first step in the range; ``reached``: its last committed step in the range, or null.
        ``activities``: persona, step, emoji and words, beginning with those that hold at ``first``.
        ``holds``: persona, step, blocker, hazard, seconds. ``talks``: see :func:`talks`.
    """
    people = len(reader.names)
    moves: list[list[int]] = [[] for _ in range(people)]
    changes = reader.query(
        "SELECT persona, step, x, y FROM (SELECT persona, step, x, y, lag(x) OVER w AS old_x, "
        "lag(y) OVER w AS old_y FROM moves WHERE step >= ? AND step < ? "
        "WINDOW w AS (PARTITION BY persona ORDER BY step)) "
        "WHERE old_x IS NULL OR x <> old_x OR y <> old_y ORDER BY persona, step",
        (first, until),
    )
    for persona, *tile in changes:
        if persona < people:
            moves[persona] += tile
    reached: list[int | None] = [None] * people
    ends = reader.query(
        "SELECT persona, max(step) FROM moves WHERE step >= ? AND step < ? GROUP BY persona",
        (first, until),
    )
    for persona, step in ends:
        if persona < people:
            reached[persona] = step
    return {
        "first": first,
        "until": until,
        "moves": moves,
        "reached": reached,
        "activities": _activities(reader, first, until),
        "holds": reader.query(
            "SELECT persona, step, blocker, hazard, ended_at - began_at FROM holds "
            "WHERE step >= ? AND step < ? ORDER BY step LIMIT ?",
            (first, until, _MOST_HOLDS),
        ),
        "talks": talks(reader, first, until),
    }


def _activities(reader: RecordReader, first: int, until: int) -> list[tuple[Any, ...]]:
    return reader.query(
        "SELECT persona, step, pronunciatio, description FROM activities JOIN "
        "(SELECT persona AS who, max(step) AS since FROM activities WHERE step <= ?1 GROUP BY 1) "
        "ON persona = who WHERE step >= since AND step < ?2 ORDER BY step, persona",
        (first, until),
    )


def talks(
    reader: RecordReader, first: int, until: int, persona: int | None = None
) -> list[dict[str, Any]]:
    """Conversations that somebody shows in a range of steps, with their lines.

    Args:
        persona: only those of this persona.
    """
    found = [
        row
        for row in reader.conversations(Range(persona, 0, until))
        if row.last_step is None or row.last_step >= first
    ]
    lines: dict[int, list[tuple[str, str]]] = defaultdict(list)
    if found:
        numbers = [row.conversation for row in found]
        said = reader.query(
            "SELECT conversation, speaker, words FROM utterances "
            "WHERE conversation BETWEEN ? AND ? ORDER BY conversation, line",
            (min(numbers), max(numbers)),
        )
        for number, speaker, words in said:
            lines[number].append((speaker, words))
    return [
        {
            "persona": row.persona,
            "partner": row.partner,
            "first": row.first_step,
            "last": row.last_step,
            "x": row.x,
            "y": row.y,
            "address": row.address,
            "lines": lines[row.conversation],
        }
        for row in found
    ]
