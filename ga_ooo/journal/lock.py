"""A lock on a file or folder: one writer, or any number of readers."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

from ga_ooo.errors import UsageError


class ProcessLock:
    """A lock that the operating system releases when its process dies for any reason.

    It uses a separate file: locks on SQLite's database would be lost when other code in this
    process opens and closes it.

    Args:
        path: the lock file.
        of: the locked file or folder in words, for the error.
        remedy: remedy of the error if another process holds the lock.
        shared: for a reader.

    Raises:
        UsageError: another process holds it; the message gives the pid of a writer.
        OSError: the lock file cannot be created.
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
        # A reader clears the pid that a killed writer has left.
        self._write(b"" if shared else str(os.getpid()).encode("ascii"))

    def release(self) -> None:
        """Release the lock. A second call does nothing.

        The lock file stays: another process may have just opened it.
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
