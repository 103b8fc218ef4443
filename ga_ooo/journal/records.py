"""What the journal keeps, and how it is written down without losing a bit."""

from __future__ import annotations

import json
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

import numpy as np

from ga_ooo.model.requests import CallKey, CallKind, ModelAnswer, ModelRequest


class JournalMode(StrEnum):
    """What a run does with its journal."""

    RECORD = "record"
    """A new journal: ask, store, answer."""
    RESUME = "resume"
    """Use what is there, ask for the rest."""
    REPLAY = "replay"
    """Nothing but what is there; no network, and the file is not written."""


class Durability(StrEnum):
    """What a stored answer survives (SQLite's ``synchronous``)."""

    FULL = "FULL"
    """The process, the operating system, the power supply."""
    NORMAL = "NORMAL"
    """The death of the process; a power failure may take the last seconds."""


@dataclass(frozen=True, slots=True)
class RunIdentity:
    """What a run has to share with a journal to use its answers.

    Attributes:
        seed: run seed.
        host: revision of the host's code.
        scenario: what the run was forked from.
        model: what determines the answers (names of models, options), as text; never a key, and
            no URL, since a run may go on with other servers.
    """

    seed: int
    host: str
    scenario: str
    model: str

    def rows(self) -> dict[str, str]:
        """As rows of the table ``run``."""
        return {
            "seed": str(self.seed),
            "host": self.host,
            "scenario": self.scenario,
            "model": self.model,
        }


@dataclass(frozen=True, slots=True)
class Transport:
    """How an answer came.

    Attributes:
        seconds: from asking to the answer, in the loop's time.
        started: wall clock, Unix seconds.
        finished: wall clock, Unix seconds.
        endpoint: base URL of the server; empty if the client does not tell.
        attempts: attempts that it took; 0 if the client does not tell.
    """

    seconds: float = 0.0
    started: float = 0.0
    finished: float = 0.0
    endpoint: str = ""
    attempts: int = 0


@dataclass(frozen=True, slots=True)
class RecordedCall:
    """A call that the journal holds.

    Attributes:
        id: number of its row, from 1; 0 while it waits to be written.
        key: where it stands.
        kind: endpoint family.
        fingerprint: what was asked.
        answer: what was said; None for an embedding, which is found by its fingerprint.
    """

    id: int
    key: CallKey
    kind: CallKind
    fingerprint: str
    answer: ModelAnswer | None


@dataclass(frozen=True, slots=True)
class RecordedRequest:
    """What a recorded call asked.

    Attributes:
        key: where it stands.
        kind: endpoint family.
        body: body of the request.
    """

    key: CallKey
    kind: CallKind
    body: dict[str, Any]


_NOT_STORED: Final = "(not stored)"
_MAY_HOLD_SECRETS: Final = frozenset(
    {"api_key", "authorization", "headers", "extra_headers", "extra_query", "organization"}
)
"""Arguments of OpenAI clients, old and new, that may carry a key."""


def stored_body(request: ModelRequest) -> dict[str, Any]:
    """The body of a request as it is stored: without what might be a key."""
    return {
        name: _NOT_STORED if name.lower() in _MAY_HOLD_SECRETS else value
        for name, value in request.body().items()
    }


def write_body(request: ModelRequest) -> str:
    """The body of a request as JSON, in ASCII: a prompt may hold half a surrogate pair."""
    return json.dumps(stored_body(request), separators=(",", ":"))


def write_text(text: str) -> bytes:
    """An answer as bytes to be stored as text; halves of surrogate pairs included."""
    return text.encode("utf-8", "surrogatepass")


def read_text(stored: bytes) -> str:
    """The inverse of :func:`write_text`."""
    return stored.decode("utf-8", "surrogatepass")


def write_vector(vector: tuple[float, ...]) -> tuple[str, bytes]:
    """An embedding as (format, bytes): four bytes a number if no bit is lost, else eight.

    Servers compute in 32 bits or less, so nearly all embeddings take four.
    """
    exact = np.asarray(vector, dtype="<f8")
    with np.errstate(over="ignore", invalid="ignore"):
        short = exact.astype("<f4")
    if short.astype("<f8").tobytes() == exact.tobytes():
        return "f4", short.tobytes()
    return "f8", exact.tobytes()


def read_vector(form: str, stored: bytes) -> tuple[float, ...]:
    """The inverse of :func:`write_vector`."""
    return tuple(np.frombuffer(stored, dtype=f"<{form}").astype(np.float64).tolist())
