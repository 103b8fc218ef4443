"""Reads the record of a run, also during the run. A record is data: nothing in it is run."""

from __future__ import annotations

import datetime
import math
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Final, TypeVar

import msgspec
from msgspec import Meta

from ga_ooo.disk import OWN_FOLDER
from ga_ooo.errors import UsageError
from ga_ooo.record._database import open_to_read
from ga_ooo.record.rows import (
    Activity,
    Call,
    Conversation,
    EarlyCall,
    Fact,
    Held,
    Latest,
    Move,
    Persona,
    Prompt,
    RetiredStep,
    Row,
    RunProcess,
    ServerSample,
    Utterance,
)
from ga_ooo.record.tables import TABLE_OF

_FILE: Final = "record.sqlite"

R = TypeVar("R", bound=Row)


def record_file(simulation: Path) -> Path:
    """Path of the record of a simulation, whether or not it has one."""
    return simulation / OWN_FOLDER / _FILE


class RecordFacts(msgspec.Struct, frozen=True):
    """Facts about a run as a whole.

    Attributes:
        package: version of this package.
        first_step: the first step of the run.
        start_time: game time of that step, ISO 8601.
        step_seconds: seconds of game time in one step.
        map_name: as the host names the map.
        width, height: of the map, in tiles.
        radius: the largest sight radius of all personas, in tiles.
        clock: ``wall`` or ``virtual``: the clock of all times.
        seed: run seed.
        rule: dependency rule.
    """

    package: str
    first_step: Annotated[int, Meta(ge=0, lt=1_000_000_000)]
    start_time: datetime.datetime
    step_seconds: Annotated[float, Meta(gt=0, le=1_000_000_000)]
    map_name: str
    width: Annotated[int, Meta(gt=0, lt=1_000_000)]
    height: Annotated[int, Meta(gt=0, lt=1_000_000)]
    radius: Annotated[int, Meta(ge=0)]
    clock: str
    seed: int
    rule: str

    def rows(self) -> Iterator[Row]:
        """As rows of the table."""
        for name, value in msgspec.to_builtins(self).items():
            yield Fact(name, str(value))


@dataclass(frozen=True)
class Range:
    """Which rows of a table are read.

    Attributes:
        persona: of this persona only; None for all.
        first: from this step on.
        until: before this step; None for no end.
    """

    persona: int | None = None
    first: int = 0
    until: int | None = None

    def condition(self, column: str = "step") -> str:
        """The condition in SQL; the values are numbers."""
        parts = [f"{column} >= {int(self.first)}"]
        if self.until is not None:
            parts.append(f"{column} < {int(self.until)}")
        if self.persona is not None:
            parts.append(f"persona = {int(self.persona)}")
        return " AND ".join(parts)


ALL: Final = Range()


class RecordReader:
    """The record of a run, open for reading.

    All methods raise UsageError where the record is damaged: where it cannot be read, or has a
    value that its table cannot have. They give rows in the order of time or of steps.

    Args:
        path: of the record (:func:`record_file`).

    Attributes:
        facts: about the run as a whole.
        names: of the personas, in their order.

    Raises:
        UsageError: there is none, or it cannot be read.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        with self._naming():
            self._connection = open_to_read(path)
        try:
            facts = {fact.name: fact.value for fact in self._rows(Fact)}
            with self._naming():
                self.facts = msgspec.convert(facts, RecordFacts, strict=False)
            people = list(self._rows(Persona, order="persona"))
            if not people or [person.persona for person in people] != list(range(len(people))):
                raise self._damaged("its personas are not numbered from 0 on")
            self.names = tuple(person.name for person in people)
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    def __enter__(self) -> RecordReader:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.close()

    # --- facts -----------------------------------------------------------------------------------

    def name(self, persona: int) -> str:
        """The name of a persona."""
        if persona >= len(self.names):
            raise self._damaged(f"it names persona {persona} of {len(self.names)}")
        return self.names[persona]

    def index(self, name: str) -> int:
        """The index of a persona.

        Raises:
            UsageError: nobody has this name.
        """
        if name not in self.names:
            raise UsageError(
                f"there is no persona {name!r}", f"name one of: {', '.join(self.names)}"
            )
        return self.names.index(name)

    def game_time(self, step: int) -> datetime.datetime:
        """Game time at the begin of a step."""
        facts = self.facts
        seconds = facts.step_seconds * (step - facts.first_step)
        try:
            return facts.start_time + datetime.timedelta(seconds=seconds)
        except OverflowError:
            raise self._damaged(f"it has a step {step} beyond all calendars") from None

    def processes(self) -> Iterator[RunProcess]:
        """The processes that took steps of the run."""
        return self._rows(RunProcess, order="process")

    # --- rows ------------------------------------------------------------------------------------

    def moves(self, of: Range = ALL) -> Iterator[Move]:
        """Committed persona steps."""
        return self._rows(Move, of.condition(), "step, persona")

    def holds(self, of: Range = ALL) -> Iterator[Held]:
        """Times during which personas were held."""
        return self._rows(Held, of.condition(), "step, persona, began_at")

    def calls(self, of: Range = ALL) -> Iterator[Call]:
        """Answered calls of moves."""
        return self._rows(Call, of.condition(), "step, persona, asked_at, ordinal")

    def early_calls(self, of: Range = ALL) -> Iterator[EarlyCall]:
        """Answered calls of rehearsals, by the step that was rehearsed."""
        return self._rows(EarlyCall, of.condition(), "step, persona, asked_at")

    def early_call(self, call: int) -> EarlyCall | None:
        """The early call with a number; None if it is unknown."""
        return next(self._rows(EarlyCall, f"call = {int(call)}"), None)

    def steps(self, of: Range = ALL) -> Iterator[RetiredStep]:
        """Retired steps."""
        return self._rows(RetiredStep, Range(None, of.first, of.until).condition(), "step")

    def activities(self, of: Range = ALL) -> Iterator[Activity]:
        """What personas show; each from its step until the next activity of the persona."""
        return self._rows(Activity, of.condition(), "step, persona")

    def conversations(self, of: Range = ALL) -> Iterator[Conversation]:
        """Conversations, by their first step. A persona is either of the two."""
        condition = Range(None, of.first, of.until).condition("first_step")
        if of.persona is not None:
            condition += f" AND {int(of.persona)} IN (persona, partner)"
        return self._rows(Conversation, condition, "first_step, conversation")

    def utterances(self, conversation: int) -> Iterator[Utterance]:
        """The lines of one conversation."""
        return self._rows(Utterance, f"conversation = {int(conversation)}", "line")

    def servers(self) -> Iterator[ServerSample]:
        """Model servers over time."""
        return self._rows(ServerSample, order="at, server")

    def latest(self) -> list[Latest]:
        """Each persona as it was when the run wrote to the record for the last time."""
        return list(self._rows(Latest, order="persona"))

    def prompt(self, call: int) -> Prompt | None:
        """The texts of a call; None if the run does not keep them."""
        return next(self._rows(Prompt, f"call = {int(call)}"), None)

    def all_rows(self, kind: type[R]) -> Iterator[R]:
        """All rows of a table, by its key."""
        return self._rows(kind, order=", ".join(TABLE_OF[kind].key))

    def next_step(self) -> int:
        """The first step that has not retired; the first of the run if none has."""
        last = self._one("SELECT max(step) FROM steps")
        return self.facts.first_step if last is None else int(last) + 1

    def has_all_steps(self) -> bool:
        """Whether each step since the first of the run, up to the last retired one, is here."""
        found = int(self._one("SELECT count(*) FROM steps"))
        return self.next_step() - self.facts.first_step == found

    def last_time(self) -> float:
        """The latest time in the record; 0 if nothing has happened yet."""
        times = [
            *("SELECT max(began_at) FROM processes", "SELECT max(committed_at) FROM moves"),
            *("SELECT max(answered_at) FROM calls", "SELECT max(answered_at) FROM early_calls"),
        ]
        if math.isfinite(last := max(float(self._one(query) or 0.0) for query in times)):
            return last
        raise self._damaged("it has a time beyond all clocks")

    def next_call(self) -> int:
        """A number that no call has."""
        queries = ("SELECT max(call) FROM calls", "SELECT max(call) FROM early_calls")
        return 1 + max(int(self._one(query) or 0) for query in queries)

    def _one(self, query: str) -> Any:
        with self._naming():
            return self._connection.execute(query).fetchone()[0]

    def query(self, sql: str, values: Sequence[float] = ()) -> list[tuple[Any, ...]]:
        """The rows of any other question, in SQL over the tables of docs/record.md."""
        with self._naming():
            return self._connection.execute(sql, values).fetchall()

    # --- helpers ---------------------------------------------------------------------------------

    def _rows(self, kind: type[R], condition: str = "", order: str = "") -> Iterator[R]:
        table = TABLE_OF[kind]
        where = f" WHERE {condition}" if condition else ""
        sorted_by = f" ORDER BY {order}" if order else ""
        query = f"SELECT {', '.join(table.columns)} FROM {table.name}{where}{sorted_by}"
        with self._naming(table.name):
            for values in self._connection.execute(query):
                yield msgspec.convert(values, kind)

    @contextmanager
    def _naming(self, table: str = "") -> Iterator[None]:
        try:
            yield
        except (sqlite3.Error, OSError, ValueError, RecursionError) as error:
            where = f"its table {table}: " if table else ""
            raise self._damaged(f"{where}{error}") from error

    def _damaged(self, why: str) -> UsageError:
        return UsageError(
            f"the record {self._path} cannot be read: {why}",
            "restore it from a copy; or remove it, since no run needs it",
        )
