"""Explains how a call differs from the recorded one.

The messages are for the user's terminal. They show the few words of a prompt that differ, and
never a whole prompt.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Final

from ga_ooo.journal._rows import AT_KEY, OUTSIDE, Row, key_values
from ga_ooo.journal.records import RecordedRequest, stored_body
from ga_ooo.journal.store import Journal
from ga_ooo.model.requests import CallKey, CallKind, ModelCall, ModelRequest

_SHOWN: Final = 60
"""Number of characters that are shown around the first difference."""
_LEAD: Final = 20
"""Number of these before the difference."""
_CANDIDATES: Final = 40
"""Number of recorded calls that are compared with a missing one."""

_SELECT: Final = (
    "SELECT calls.persona, calls.step, calls.ordinal, calls.attempt, calls.kind, "
    "COALESCE(calls.request, embeddings.request) AS body "
    "FROM calls LEFT JOIN embeddings ON calls.request IS NULL "
    "AND embeddings.fingerprint = calls.fingerprint WHERE body IS NOT NULL AND "
)


@dataclass(frozen=True, slots=True)
class Closest:
    """The recorded call that is most similar to a missing one.

    Attributes:
        request: its request.
        same: the requests are equal; only the call keys differ.
    """

    request: RecordedRequest
    same: bool


def recorded_request(journal: Journal, key: CallKey) -> RecordedRequest | None:
    """The request of the recorded call with this key."""
    found = _requests(journal, AT_KEY, key_values(key))
    return found[0] if found else None


def closest(journal: Journal, call: ModelCall) -> Closest | None:
    """The recorded call that is most similar to ``call``.

    An equal request if there is one; otherwise the most similar text among calls of the same kind,
    preferably of the same persona and near the same step.
    """
    request, step = call.request, call.key.step if call.key else 0
    persona = call.key.persona if call.key else ""
    near = "ORDER BY calls.persona != ?, ABS(step - ?) LIMIT ?"
    same = _requests(
        journal, f"calls.fingerprint = ? {near}", (request.fingerprint, persona, step, 1)
    )
    if same:
        return Closest(same[0], same=True)
    candidates = _requests(
        journal, f"kind = ? {near}", (request.kind.value, persona, step, _CANDIDATES)
    )
    wanted = request.text.split()
    scored = [(_similarity(wanted, _text(other).split()), other) for other in candidates]
    best = max(scored, key=lambda pair: pair[0], default=None)
    return None if best is None else Closest(best[1], same=False)


def difference(recorded: RecordedRequest, asked: ModelRequest) -> str:
    """The differences between a recorded request and another one, one per line."""
    if recorded.kind is not asked.kind:
        return f"the recorded call is of kind {recorded.kind}, this one of kind {asked.kind}"
    there, here = recorded.body, stored_body(asked)
    lines = [
        f"{name}: recorded {_short(there.get(name))}, now {_short(here.get(name))}"
        for name in sorted(there.keys() | here.keys())
        if name not in ("messages", "prompt", "input") and there.get(name) != here.get(name)
    ]
    old, new = _text(recorded), asked.text
    if old != new:
        at = _first_difference(old, new)
        lines.append(
            f"text, from character {at}: recorded {_excerpt(old, at)}, now {_excerpt(new, at)}"
        )
    elif there.get("messages") != here.get("messages"):
        lines.append("messages: the same text, but divided differently or with other roles")
    return "\n  ".join(lines) or "no stored field differs"


def where(key: CallKey) -> str:
    """A call key in words."""
    if key.persona == OUTSIDE:
        return "a call outside of moves"
    again = f", attempt {key.attempt}" if key.attempt else ""
    return f"call {key.ordinal} of {key.persona} at step {key.step}{again}"


def _requests(journal: Journal, condition: str, values: Row) -> list[RecordedRequest]:
    return [
        RecordedRequest(CallKey(*key), CallKind(kind), json.loads(body))
        for *key, kind, body in journal.rows(_SELECT + condition, values)
    ]


def _similarity(wanted: list[str], other: list[str]) -> float:
    """Similarity by words: by letters, all prompts look alike to difflib."""
    return SequenceMatcher(None, wanted, other, autojunk=False).ratio()


def _text(recorded: RecordedRequest) -> str:
    body = recorded.body
    if recorded.kind is CallKind.CHAT:
        return "\n".join(str(message["content"]) for message in body["messages"])
    return str(body["prompt"] if recorded.kind is CallKind.COMPLETION else body["input"][0])


def _first_difference(old: str, new: str) -> int:
    pairs = enumerate(zip(old, new, strict=False))
    return next((at for at, (one, other) in pairs if one != other), min(len(old), len(new)))


def _excerpt(text: str, at: int) -> str:
    start = max(0, at - _LEAD)
    shown = text[start : start + _SHOWN]
    before, after = "…" if start else "", "…" if start + _SHOWN < len(text) else ""
    return f"{before}{shown!r}{after}"


def _short(value: object) -> str:
    text = "(absent)" if value is None else json.dumps(value)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
