"""Explains why a call does not fit what was recorded.

The messages are for the terminal of whoever runs it: they show a few words of a prompt, the ones
that differ, and never a whole one.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Final

from ga_ooo.journal.records import RecordedRequest, stored_body
from ga_ooo.journal.rows import AT_KEY, OUTSIDE, Row, key_values
from ga_ooo.journal.store import Journal
from ga_ooo.model.requests import CallKey, CallKind, ModelCall, ModelRequest

_SHOWN: Final = 60
"""Characters of a text that are shown, the differing place among them."""
_LEAD: Final = 20
"""How many of them come before that place."""
_CANDIDATES: Final = 40
"""Recorded calls that are compared as a whole with one that is missing."""

_SELECT: Final = (
    "SELECT calls.persona, calls.step, calls.ordinal, calls.attempt, calls.kind, "
    "COALESCE(calls.request, embeddings.request) AS body "
    "FROM calls LEFT JOIN embeddings ON calls.request IS NULL "
    "AND embeddings.fingerprint = calls.fingerprint WHERE body IS NOT NULL AND "
)


@dataclass(frozen=True, slots=True)
class Closest:
    """The recorded call that is most like one that is missing.

    Attributes:
        request: what it asked.
        same: it asked exactly the same, elsewhere.
    """

    request: RecordedRequest
    same: bool


def recorded_request(journal: Journal, key: CallKey) -> RecordedRequest | None:
    """What the call asked that stands there."""
    found = _requests(journal, AT_KEY, key_values(key))
    return found[0] if found else None


def closest(journal: Journal, call: ModelCall) -> Closest | None:
    """The recorded call that is most like ``call``: the same request if there is one, else the
    most similar text of its persona around its step, else of anybody of its kind.
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
    scored = [(_likeness(wanted, _text(other).split()), other) for other in candidates]
    best = max(scored, key=lambda pair: pair[0], default=None)
    return None if best is None else Closest(best[1], same=False)


def difference(recorded: RecordedRequest, asked: ModelRequest) -> str:
    """What differs between a recorded request and another one, in one line for each."""
    if recorded.kind is not asked.kind:
        return f"the recorded one is of kind {recorded.kind}, this one of kind {asked.kind}"
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
        lines.append("messages: the same text, divided otherwise or under other roles")
    return "\n  ".join(lines) or "nothing that is stored differs"


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


def _likeness(wanted: list[str], other: list[str]) -> float:
    """By words: a prompt has too few letters for difflib to tell one from another by them."""
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
