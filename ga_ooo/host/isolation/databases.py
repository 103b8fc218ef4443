"""``sqlite3`` in moves.

A connection that a move opens, or uses, is the real one when its turn has come, and the file is
put back if the move starts over. A rehearsal works on a copy in memory.
"""

from __future__ import annotations

import os
import sqlite3
from contextlib import suppress
from typing import Any, Final

from ga_ooo.host.isolation.effects import Effects, at_work, effects_here
from ga_ooo.host.isolation.files.paths import resolve

_connect: Final = sqlite3.connect
_IN_MEMORY: Final = ":memory:"


class HostConnection(sqlite3.Connection):
    """A connection that knows which move uses it."""

    path: str | None = None

    def cursor(self, factory: Any = None) -> Any:
        """See ``sqlite3.Connection``."""
        used = self._here()
        return HostCursor(self) if used is self else sqlite3.Connection.cursor(used)

    def execute(self, *args: Any) -> Any:
        """See ``sqlite3.Connection``."""
        return sqlite3.Connection.execute(self._here(), *args)

    def executemany(self, *args: Any) -> Any:
        """See ``sqlite3.Connection``."""
        return sqlite3.Connection.executemany(self._here(), *args)

    def executescript(self, *args: Any) -> Any:
        """See ``sqlite3.Connection``."""
        return sqlite3.Connection.executescript(self._here(), *args)

    def commit(self) -> None:
        """See ``sqlite3.Connection``."""
        sqlite3.Connection.commit(self._here())

    def rollback(self) -> None:
        """See ``sqlite3.Connection``."""
        sqlite3.Connection.rollback(self._here())

    def __exit__(self, kind: Any, *rest: Any) -> Any:
        self.commit() if kind is None else self.rollback()
        return False

    def close(self) -> None:
        """See ``sqlite3.Connection``."""
        used = self._here()
        if used is self:
            super().close()

    def _here(self) -> sqlite3.Connection:
        """The connection that the running move works on."""
        effects = effects_here()
        if effects is None:
            return self
        if effects.is_rehearsed:
            return _copy_for(effects, self)
        _have_turn(effects, self)
        return self


class HostCursor(sqlite3.Cursor):
    """A cursor that may have been made outside of the move that uses it."""

    def execute(self, *args: Any) -> Any:
        """See ``sqlite3.Cursor``."""
        self._demand_own()
        return super().execute(*args)

    def executemany(self, *args: Any) -> Any:
        """See ``sqlite3.Cursor``."""
        self._demand_own()
        return super().executemany(*args)

    def executescript(self, *args: Any) -> Any:
        """See ``sqlite3.Cursor``."""
        self._demand_own()
        return super().executescript(*args)

    def _demand_own(self) -> None:
        effects = effects_here()
        if effects is not None:
            if effects.is_rehearsed:
                effects.end_rehearsal("it uses a cursor that was made before")
            _have_turn(effects, self.connection)


def connect(database: Any, *args: Any, **options: Any) -> Any:
    """Stands in for ``sqlite3.connect``."""
    effects = effects_here()
    if options.get("uri") or args or "factory" in options:
        if effects is not None:
            effects.act_now("it opens a database in a way that cannot be copied")
        return _connect(database, *args, **options)
    text = os.fsdecode(database)
    if text in ("", _IN_MEMORY):
        return _connect(database, **options)
    path = resolve(text)
    if effects is not None:
        if effects.is_rehearsed:
            return _copy_of_file(path, options)
        effects.act_now("it opens a database")
        _keep_file(effects, path)
    with at_work():
        opened = _connect(database, factory=HostConnection, **options)
        opened.path = path
        return opened


def _have_turn(effects: Effects, connection: Any) -> None:
    key = id(connection)
    if key not in effects.private:
        effects.private[key] = connection
        effects.act_now("it uses a database")
        if connection.path is not None:
            _keep_file(effects, connection.path, connection)


def _keep_file(effects: Effects, path: str, connection: Any = None) -> None:
    """Put the file back as it is now if the move starts over, or the run goes back."""
    with at_work():
        for suffix in ("", "-journal", "-wal"):
            effects.order.undo.about_to_change(path + suffix)
        if connection is not None:
            effects.order.undo.about_to_do(lambda: _roll_back(connection))
        content = None
        if os.path.exists(path):
            with open(path, "rb") as file:
                content = file.read()

    def undo() -> None:
        if connection is not None:
            _roll_back(connection)
        if content is None:
            if os.path.exists(path):
                os.remove(path)
        else:
            with open(path, "wb") as file:
                file.write(content)

    effects.undo.append(undo)


def _roll_back(connection: sqlite3.Connection) -> None:
    with suppress(sqlite3.ProgrammingError):
        # It may be closed.
        sqlite3.Connection.rollback(connection)


def _copy_for(effects: Effects, connection: sqlite3.Connection) -> sqlite3.Connection:
    key = id(connection)
    copy: sqlite3.Connection | None = effects.private.get(key)
    if copy is None:
        with at_work():
            copy = effects.private[key] = _connect(_IN_MEMORY)
            sqlite3.Connection.backup(connection, copy)
            copy.row_factory, copy.text_factory = connection.row_factory, connection.text_factory
    return copy


def _copy_of_file(path: str, options: dict[str, Any]) -> sqlite3.Connection:
    with at_work():
        copy: sqlite3.Connection = _connect(_IN_MEMORY, **options)
        if os.path.exists(path):
            original = _connect(path)
            original.backup(copy)
            original.close()
    return copy
