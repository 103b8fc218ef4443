"""The rows of a record: one type for each table.

All times are seconds of the run's clock since the run began, without the time between two
processes. A ``persona``, ``partner`` or ``blocker`` is the number of a persona in persona order.
"""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

import msgspec
from msgspec import Meta

Index: TypeAlias = Annotated[int, Meta(ge=0, lt=1_000_000)]
Step: TypeAlias = Annotated[int, Meta(ge=0, lt=1_000_000_000)]
Number: TypeAlias = Annotated[int, Meta(ge=0)]
Seconds: TypeAlias = Annotated[float, Meta(ge=-1e12, le=1e12)]
Tile: TypeAlias = Annotated[int, Meta(ge=0, lt=1_000_000)]
Name: TypeAlias = Annotated[str, Meta(max_length=1000)]
Text: TypeAlias = Annotated[str, Meta(max_length=16_000_000)]

Transition: TypeAlias = Literal["issue", "continue", "commit"]
Source: TypeAlias = Literal["model", "early", "shared", "journal"]


class Row(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True, gc=False):
    """A row of a table. The order of its attributes is the order of the columns."""


class Fact(Row, frozen=True):
    """A fact about the run as a whole; see :class:`~ga_ooo.record.reader.RecordFacts`."""

    name: Name
    value: Name


class Persona(Row, frozen=True):
    """A persona.

    Attributes:
        persona: its index.
    """

    persona: Index
    name: Name


class RunProcess(Row, frozen=True):
    """One process that took steps of the run.

    Attributes:
        began_at: time of its first step.
        began: the same moment in UTC, ISO 8601.
        first_step: the step that all personas were about to take.
    """

    process: Number
    began_at: Seconds
    began: Name
    first_step: Step


class Move(Row, frozen=True):
    """One committed persona step.

    Attributes:
        x, y: the tile on which the persona is after the step.
        reached_at: the persona had committed the step before.
        issued_at: nothing held the step any more (it was ready), and it was issued.
        completed_at: the move had returned.
        committed_at: all effects were final.
        failures: attempts at the move that failed.
    """

    persona: Index
    step: Step
    x: Tile
    y: Tile
    reached_at: Seconds
    issued_at: Seconds
    completed_at: Seconds
    committed_at: Seconds
    failures: Number


class Held(Row, frozen=True):
    """A time during which a persona was held by another one.

    Attributes:
        before: the transition that the persona had to wait with: ``issue`` of the step, to
            ``continue`` in the middle of its move, or its ``commit``.
        hazard: the reason.
        blocker: index of the persona that had to advance first.
    """

    persona: Index
    step: Step
    before: Transition
    hazard: Name
    blocker: Index
    began_at: Seconds
    ended_at: Seconds


class Call(Row, frozen=True):
    """A call of a move that was answered.

    Attributes:
        call: its number; no early call has the same one.
        ordinal: number of the calls that the move had made before.
        attempt: attempts at the move in which host code had failed before.
        kind: of the prompt.
        stage: the host's modules that asked, outermost first.
        partner: the persona that the move had looked up last when it asked.
        source: where the answer came from: the ``model``, an ``early`` call of a rehearsal, a
            ``shared`` call of another move for the same vector, or the ``journal``.
        early: the early call whose answer was used.
        model: name of the model that answered.
        server: address of the server; empty if none was asked for this call.
        attempts: requests to servers until the answer arrived; 0 if none was asked.
    """

    call: Number
    persona: Index
    step: Step
    ordinal: Number
    attempt: Number
    kind: Name
    stage: Name
    partner: Index | None
    asked_at: Seconds
    answered_at: Seconds
    tokens_in: Number
    tokens_out: Number
    source: Source
    early: Number | None
    model: Name
    server: Name
    attempts: Number


class EarlyCall(Row, frozen=True):
    """A call that a rehearsal asked, and that was answered. If no row of ``calls`` names it as
    ``early``, no move has used its answer.

    Attributes:
        call: its number.
        persona: the persona that was rehearsed.
        at_step: the step that the persona was about to take when the call was asked.
        step: the step that was rehearsed.
    """

    call: Number
    persona: Index
    at_step: Step
    step: Step
    kind: Name
    asked_at: Seconds
    answered_at: Seconds
    tokens_in: Number
    tokens_out: Number
    model: Name
    server: Name
    attempts: Number


class Prompt(Row, frozen=True):
    """The texts of a call, if the run was told to keep them.

    Attributes:
        call: number of a call or of an early call.
    """

    call: Number
    prompt: Text
    answer: Text


class RetiredStep(Row, frozen=True):
    """A step that everybody has committed.

    Attributes:
        retired_at: its files were written.
    """

    step: Step
    retired_at: Seconds


class Activity(Row, frozen=True):
    """What a persona shows, from a step until its next activity.

    Attributes:
        step: the first step at which it shows this.
        pronunciatio: its emoji.
        description: its words, with the address of its location behind an ``@``.
    """

    persona: Index
    step: Step
    pronunciatio: Text
    description: Text


class Conversation(Row, frozen=True):
    """A conversation of two personas, as movement files show it.

    Attributes:
        persona: who showed it first.
        partner: the other persona; None if it speaks of nobody else in the town.
        first_step: the first step at which somebody shows it.
        last_step: the last such step; None while the conversation goes on.
        x, y: the tile of ``persona`` at the first step.
        address: the location of ``persona``, in the host's words; empty if they do not say.
    """

    conversation: Number
    persona: Index
    partner: Index | None
    first_step: Step
    last_step: Step | None
    x: Tile
    y: Tile
    address: Text


class Utterance(Row, frozen=True):
    """A line of a conversation.

    Attributes:
        line: its number in the conversation.
        speaker: as the host writes it, which is the name of a persona.
    """

    conversation: Number
    line: Number
    speaker: Name
    words: Text


class ServerSample(Row, frozen=True):
    """A model server at one moment. Counters count from the begin of the process.

    Attributes:
        state: of its circuit breaker (``closed``, ``open``, ``half-open``), or ``draining``.
        in_flight: requests under way.
        failures: failed attempts.
    """

    server: Name
    at: Seconds
    state: Name
    in_flight: Number
    answers: Number
    failures: Number
    tokens_in: Number
    tokens_out: Number


class Latest(Row, frozen=True):
    """A persona as it was when the run wrote to the record for the last time.

    Attributes:
        at: that moment.
        step: the step that it had not committed yet.
        phase: ``held`` (not issued), ``running`` or ``completed``.
        hazard, blocker, held_since: why it was held; None if it was not.
        kind, asked_at: the call whose answer its move waited for; None if there was none.
    """

    persona: Index
    at: Seconds
    step: Step
    phase: Literal["held", "running", "completed"]
    hazard: Name | None
    blocker: Index | None
    held_since: Seconds | None
    kind: Name | None
    asked_at: Seconds | None


def storable(text: str, most: int = 16_000_000) -> str:
    """A text as a record can keep it: no longer than that, and without halves of characters (lone
    surrogates), which some models write."""
    try:
        text.encode()
    except UnicodeEncodeError:
        text = text.encode(errors="replace").decode()
    return text[:most]
