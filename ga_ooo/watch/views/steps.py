"""What one persona did in one step: when it was held, and what it asked."""

from __future__ import annotations

from typing import Any

from ga_ooo.record import RecordReader
from ga_ooo.record.reader import Range


def step_of(reader: RecordReader, persona: int, step: int) -> dict[str, Any]:
    """One step of one persona.

    Returns:
        ``move``: times of the move, or null before it is committed; ``holds`` and ``calls`` in the
        order of time.
    """
    one = Range(persona, step, step + 1)
    move = next(reader.moves(one), None)
    return {
        "move": None
        if move is None
        else {
            "x": move.x,
            "y": move.y,
            "reached": move.reached_at,
            "issued": move.issued_at,
            "completed": move.completed_at,
            "committed": move.committed_at,
            "failures": move.failures,
        },
        "holds": [
            [row.before, row.hazard, row.blocker, row.began_at, row.ended_at]
            for row in reader.holds(one)
        ],
        "calls": [
            {
                "call": row.call,
                "kind": row.kind,
                "stage": row.stage,
                "partner": row.partner,
                "asked": row.asked_at,
                "answered": row.answered_at,
                "tokens_in": row.tokens_in,
                "tokens_out": row.tokens_out,
                "source": row.source,
                "model": row.model,
            }
            for row in reader.calls(one)
        ],
    }


def steps_with_calls(reader: RecordReader, persona: int) -> list[tuple[Any, ...]]:
    """The steps in which a persona asked the model: step, calls, seconds, tokens."""
    return reader.query(
        "SELECT step, count(*), sum(answered_at - asked_at), sum(tokens_in + tokens_out) "
        "FROM calls WHERE persona = ? GROUP BY step ORDER BY step",
        (persona,),
    )


def texts_of(reader: RecordReader, call: int) -> dict[str, str] | None:
    """Prompt and answer of a call; None if they are not kept."""
    found = reader.prompt(call)
    return None if found is None else {"prompt": found.prompt, "answer": found.answer}
