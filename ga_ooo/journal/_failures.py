"""Translates errors of SQLite and of the operating system into errors with remedies."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from ga_ooo.errors import RunStoppedError, UsageError

_KEPT: Final = "; the answers stored so far are safe, resume the run from them"

_ANEW: Final = (
    "restore the file from a copy; or remove it, then resume its run: the answers since the "
    "checkpoint are asked for again"
)

_REMEDIES: Final = {
    "SQLITE_FULL": f"make room on that disk{_KEPT}",
    "SQLITE_IOERR": f"check that disk (is it full, over quota or unplugged?){_KEPT}",
    "SQLITE_READONLY": f"make the file and its folder writable{_KEPT}",
    "SQLITE_CANTOPEN": f"make the file and its folder readable and writable{_KEPT}",
    "SQLITE_BUSY": f"close the other program that has the file open{_KEPT}",
    "SQLITE_CORRUPT": _ANEW,
    "SQLITE_NOTADB": _ANEW,
}


@contextmanager
def naming(path: Path, *, opening: bool = False) -> Iterator[None]:
    """Translate failures of the journal's file into errors that name the file.

    Args:
        path: the journal.
        opening: nothing has been written yet.

    Raises:
        UsageError: the operating system denies access while the journal is opened.
        RunStoppedError: the disk is full, or the file cannot be read or written.
    """
    try:
        yield
    except sqlite3.IntegrityError:
        raise
    except (sqlite3.OperationalError, sqlite3.DatabaseError) as error:
        name = getattr(error, "sqlite_errorname", None) or ""
        remedy = next(
            (text for code, text in _REMEDIES.items() if name.startswith(code)),
            f"check the file and its disk{_KEPT}",
        )
        raise RunStoppedError(
            f"the journal {path} cannot be used: {error}" + (f" ({name})" if name else ""), remedy
        ) from error
    except OSError as error:
        kind = UsageError if opening else RunStoppedError
        raise kind(
            f"the journal {path} cannot be used: {error.strerror or error}",
            "make the file and its folder readable and writable",
        ) from error
