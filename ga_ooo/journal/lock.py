"""One writer, or any number of readers, of one thing on disk."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

from ga_ooo.errors import UsageError


class ProcessLock:
    """A lock that the operating system takes back when its process dies, however it dies.

    On a file of its own: SQLite's locks on the database would be lost if anybody else in this
    process opened and closed it.

    Args:
        path: the lock file.
        of: what it guards, for the error.
        remedy: what to do while another process has it.
        shared: for a reader.

    Raises:
        UsageError: another process holds it; the message names its pid if it writes.
        OSError: the lock file cannot be made.
    """

    def __init__(self, path: Path, of: str, remedy: str, *, shared: bool = False) -> None:
        self._file: int | None = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        self._shared = shared
        try:
            fcntl.flock(self._file, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.pread(self._file, 32, 0).decode("ascii", "replace").strip()
            self._close()
            raise UsageError(
                f"{of} is in use by "
                + (f"the process with pid {holder}" if holder else "a process that reads it"),
                remedy,
            ) from None
        except OSError:
            self._close()
            raise
        # A reader clears what a writer that was killed has left there.
        self._write(b"" if shared else str(os.getpid()).encode("ascii"))

    def release(self) -> None:
        """Let others in. Twice is harmless.

        The lock file stays: who removed it could not tell whether somebody has just opened it.
        """
        if self._file is not None and not self._shared:
            self._write(b"")
        self._close()

    def _write(self, content: bytes) -> None:
        assert self._file is not None
        os.ftruncate(self._file, 0)
        os.pwrite(self._file, content, 0)

    def _close(self) -> None:
        if self._file is not None:
            os.close(self._file)
            self._file = None
