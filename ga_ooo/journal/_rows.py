"""The SQL statements that write the journal's tables, and the rows for them."""

from __future__ import annotations

from typing import Any, Final, TypeAlias

from ga_ooo.journal.records import (
    RecordedCall,
    Transport,
    read_vector,
    write_body,
    write_text,
    write_vector,
)
from ga_ooo.model.requests import CallKey, CallKind, ModelAnswer, ModelCall

Row: TypeAlias = tuple[Any, ...]

# CAST: an answer is bound as bytes, since it may contain halves of surrogate pairs.
INSERT_CALL: Final = (
    "INSERT OR IGNORE INTO calls VALUES "
    "(NULL, ?, ?, ?, ?, ?, ?, ?, ?, CAST(? AS TEXT), CAST(? AS TEXT), "
    "?, ?, ?, ?, ?, ?, ?, CAST(? AS TEXT), ?, ?, ?)"
)
INSERT_EMBEDDING: Final = (
    "INSERT OR IGNORE INTO embeddings VALUES "
    "(?, ?, ?, CAST(? AS TEXT), CAST(? AS TEXT), ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
)
UPSERT_COMMIT: Final = (
    "INSERT INTO commits VALUES (?, ?) ON CONFLICT (persona) DO UPDATE SET step = excluded.step"
)
UPSERT_COMPACTED: Final = (
    "INSERT INTO run VALUES ('compacted_below', ?) "
    "ON CONFLICT (name) DO UPDATE SET value = excluded.value"
)
OUTSIDE: Final = ""
"""Stands for the persona of calls outside of moves."""

AT_KEY: Final = "persona = ? AND step = ? AND attempt = ? AND ordinal = ?"

FIND_CALL: Final = (
    "SELECT id, kind, fingerprint, answer, finish_reason, prompt_tokens, output_tokens, model "
    "FROM calls WHERE"
)

_NO_ANSWER: Final = (None,) * 12


def key_values(key: CallKey) -> Row:
    """Values for :data:`AT_KEY`."""
    return (key.persona, key.step, key.attempt, key.ordinal)


def call_row(call: ModelCall, key: CallKey, answer: ModelAnswer, transport: Transport) -> Row:
    """Row of a call with its answer."""
    return (
        *_call_columns(call, key),
        call.seed,
        *_answer_columns(answer),
        *_transport_columns(transport),
        write_text(answer.text),
        write_body(call.request),
    )


def reference_row(call: ModelCall, key: CallKey) -> Row:
    """Row of a call whose answer is in the table ``embeddings``."""
    return (*_call_columns(call, key), *_NO_ANSWER)


def embedding_row(call: ModelCall, answer: ModelAnswer, transport: Transport) -> Row:
    """Row of an embedding."""
    return (
        call.request.fingerprint,
        *write_vector(answer.embedding),
        *_answer_columns(answer),
        *_transport_columns(transport),
        write_body(call.request),
    )


def _call_columns(call: ModelCall, key: CallKey) -> Row:
    request = call.request
    return (*key_values(key), request.kind.value, request.fingerprint, call.occurrence)


def _answer_columns(answer: ModelAnswer) -> Row:
    names = (write_text(answer.finish_reason), write_text(answer.model))
    return (*names, answer.prompt_tokens, answer.output_tokens)


def _transport_columns(transport: Transport) -> Row:
    times = (transport.seconds, transport.started, transport.finished)
    return (*times, transport.endpoint, transport.attempts)


def recorded_embedding(row: Row | None) -> ModelAnswer | None:
    """The embedding in a row that was found; None if none was."""
    if row is None:
        return None
    form, vector, *rest = row
    return ModelAnswer("", read_vector(form, vector), *rest)


def recorded_call(key: CallKey, row: Row | None) -> RecordedCall | None:
    """The call of a row that :data:`FIND_CALL` found."""
    if row is None:
        return None
    row_id, kind, fingerprint, text, *rest = row
    answer = None if text is None else ModelAnswer(text, (), *rest)
    return RecordedCall(row_id, key, CallKind(kind), fingerprint, answer)
