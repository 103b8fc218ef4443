"""The records of the journal, and their lossless conversion to and from stored values."""

from __future__ import annotations

import json
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

import numpy as np

from ga_ooo.model.requests import CallKey, CallKind, ModelAnswer, ModelRequest


class JournalMode(StrEnum):
    """How a run uses its journal."""

    RECORD = "record"
    """Create a new journal; ask for all answers and store them."""
    RESUME = "resume"
    """Use the recorded answers; ask for the rest and store it."""
    REPLAY = "replay"
    """Use the recorded answers only; no network, and the file is not written."""


class Durability(StrEnum):
    """Which failures a stored answer survives (SQLite's ``synchronous``)."""

    FULL = "FULL"
    """Failures of the process, the operating system and the power supply."""
    NORMAL = "NORMAL"
    """The death of the process; a power failure may lose the last seconds."""


@dataclass(frozen=True, slots=True)
class RunIdentity:
    """The properties of a run that decide whether it may use the answers of a journal.

    Attributes:
        seed: run seed.
        host: revision of the host's code.
        scenario: the scenario from which the run was forked.
        model: names of models and options that determine the answers, as text. No key, and no
            URL, since a run may be resumed with other servers.
    """

    seed: int
    host: str
    scenario: str
    model: str

    def rows(self) -> dict[str, str]:
        """Names and values for the table ``run``."""
        return {
            "seed": str(self.seed),
            "host": self.host,
            "scenario": self.scenario,
            "model": self.model,
        }


@dataclass(frozen=True, slots=True)
class Transport:
    """When and from where an answer came.

    Attributes:
        seconds: time from the request to the answer, in seconds of the loop.
        started: wall clock time of the request, Unix seconds.
        finished: wall clock time of the answer, Unix seconds.
        endpoint: base URL of the server; empty if the client does not report it.
        attempts: number of attempts; 0 if the client does not report it.
    """

    seconds: float = 0.0
    started: float = 0.0
    finished: float = 0.0
    endpoint: str = ""
    attempts: int = 0


@dataclass(frozen=True, slots=True)
class RecordedCall:
    """A call in the journal.

    Attributes:
        id: number of its row, from 1; 0 while it waits to be written.
        key: its call key.
        kind: its kind.
        fingerprint: hash of its request.
        answer: its answer; None for an embedding, which is found by its fingerprint.
    """

    id: int
    key: CallKey
    kind: CallKind
    fingerprint: str
    answer: ModelAnswer | None


@dataclass(frozen=True, slots=True)
class RecordedRequest:
    """The request of a recorded call.

    Attributes:
        key: its call key.
        kind: its kind.
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
    """The body of a request as it is stored: without values that might be an API key."""
    return {
        name: _NOT_STORED if name.lower() in _MAY_HOLD_SECRETS else value
        for name, value in request.body().items()
    }


def write_body(request: ModelRequest) -> str:
    """The body of a request as JSON, in ASCII: a prompt may contain half a surrogate pair."""
    return json.dumps(stored_body(request), separators=(",", ":"))


def write_text(text: str) -> bytes:
    """The bytes under which a text is stored; it may contain halves of surrogate pairs."""
    return text.encode("utf-8", "surrogatepass")


def read_text(stored: bytes) -> str:
    """The inverse of :func:`write_text`. Bytes that it cannot have written give another text, so
    that a damaged row can be read, and shows in its checksum."""
    try:
        return stored.decode("utf-8", "surrogatepass")
    except UnicodeDecodeError:
        return stored.decode("utf-8", "replace")


def write_vector(vector: tuple[float, ...]) -> tuple[str, bytes]:
    """An embedding as (format, bytes): four bytes per number if no bit is lost, else eight.

    Servers compute with 32 bits or less, so almost all embeddings take four.
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
