"""The tables of a record, each made from the type of its rows.

The statements of SQL, the checks of a record that is read, and the columns of exports come from
:mod:`~ga_ooo.record.rows`.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from types import NoneType, UnionType
from typing import Any, Final, Union, get_args, get_origin, get_type_hints

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
from ga_ooo.record.worker_rows import WorkerSample

FORMAT: Final = 2
"""Increases with every change of the tables."""

APPLICATION_ID: Final = 0x67616F72
"""In the header of each file: ``gaor``."""


@dataclass(frozen=True)
class Table:
    """A table of the record.

    Attributes:
        name: of the table.
        row: the type of its rows.
        key: columns that identify a row; a new row replaces an earlier one with the same key.
        steps: columns with steps. When a run is resumed from a step, the rows are dropped in which
            one of these steps, if it is known, is this step or a later one.
    """

    name: str
    row: type[Row]
    key: tuple[str, ...]
    steps: tuple[str, ...] = ()

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the columns, in their order."""
        return self.row.__struct_fields__

    def definition(self) -> str:
        """The statement that creates the table."""
        hints = get_type_hints(self.row)
        columns = [f"{name} {_sql_type(hints[name])}" for name in self.columns]
        key = f"PRIMARY KEY ({', '.join(self.key)})"
        return f"CREATE TABLE {self.name} ({', '.join([*columns, key])}) STRICT, WITHOUT ROWID"

    def insertion(self) -> str:
        """The statement that inserts a row, with a parameter for each column."""
        return f"INSERT OR REPLACE INTO {self.name} VALUES ({', '.join('?' * len(self.columns))})"


def _sql_type(hint: Any) -> str:
    parts = get_args(hint) if get_origin(hint) in (Union, UnionType) else (hint,)
    name = {int: "INTEGER", float: "REAL"}.get(parts[0], "TEXT")
    return name if NoneType in parts else f"{name} NOT NULL"


TABLES: Final = (
    Table("facts", Fact, ("name",)),
    Table("personas", Persona, ("persona",)),
    Table("processes", RunProcess, ("process",), ("first_step",)),
    Table("moves", Move, ("step", "persona"), ("step",)),
    Table("holds", Held, ("step", "persona", "began_at"), ("step",)),
    Table("calls", Call, ("call",), ("step",)),
    Table("early_calls", EarlyCall, ("call",), ("at_step",)),
    Table("prompts", Prompt, ("call",)),
    Table("steps", RetiredStep, ("step",), ("step",)),
    Table("activities", Activity, ("persona", "step"), ("step",)),
    Table("conversations", Conversation, ("conversation",), ("first_step",)),
    Table("utterances", Utterance, ("conversation", "line")),
    Table("servers", ServerSample, ("server", "at")),
    Table("workers", WorkerSample, ("worker", "at")),
    Table("latest", Latest, ("persona",), ("step",)),
)
"""All tables, in the order of docs/record.md."""

TABLE_OF: Final = {table.row: table for table in TABLES}


@cache
def schema() -> str:
    """The statements that create all tables."""
    return "; ".join(table.definition() for table in TABLES) + ";"
