"""Errors that code of the host raised: where in the host, and the host's own traceback."""

from __future__ import annotations

import errno
import logging
import os
import re
import shutil
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from ga_ooo.disk import DISK, OWN_FOLDER, Disk, state_folder, write_whole
from ga_ooo.errors import GaOooError, RunStoppedError

logger = logging.getLogger(__name__)

HOST_ERROR_FILE: Final = f"{OWN_FOLDER}/host_error.txt"
"""In the folder of a simulation: the traceback of the error of host code that ended its run."""


def host_line(error: BaseException, root: Path) -> str | None:
    """File and line of the host that raised an error; None if no code of the host ran.

    Args:
        root: of the checkout.
    """
    if isinstance(error, SyntaxError) and error.filename:
        return f"{error.filename}, line {error.lineno}"
    for frame in reversed(traceback.extract_tb(error.__traceback__)):
        if _is_of_host(frame.filename, root):
            return f"{frame.filename}, line {frame.lineno}"
    return None


def host_traceback(error: BaseException, root: Path) -> str:
    """The traceback as the host's own loop would show it: the frames of this package are left out.

    Args:
        root: of the checkout.
    """
    shown = traceback.TracebackException.from_exception(error)
    waiting: list[traceback.TracebackException | None] = [shown]
    while waiting:
        each = waiting.pop()
        if each is not None:
            frames = [frame for frame in each.stack if not _is_ours(frame.filename)]
            each.stack = traceback.StackSummary.from_list(frames)
            waiting += [each.__cause__, each.__context__]
    return "".join(shown.format())


def name_host_line(error: GaOooError, cause: BaseException, root: Path) -> None:
    """Add file and line of the host to the problem of an error, if host code caused it."""
    line = host_line(cause, root)
    if line is not None and not isinstance(cause, GaOooError):
        error.problem += f"\n  at: {line}"


def keep_host_traceback(
    error: GaOooError, cause: BaseException, root: Path, path: Path, disk: Disk = DISK
) -> None:
    """Write the host's own traceback of an error, and name the file in the remedy.

    If it cannot be written, the error stays as it is: it matters more than its traceback. The file
    may hold prompts and memories, so only its owner may read it.

    Args:
        error: for the user.
        cause: the exception of host code.
        root: of the checkout.
        path: the file to write.
    """
    if isinstance(cause, GaOooError):
        return
    try:
        disk.make_private_folder(path.parent)
        write_whole(disk, path, host_traceback(cause, root).encode(), private=True)
    except OSError as refused:
        logger.warning("%s cannot be written (%s)", path, refused)
    else:
        error.remedy += f". The traceback of the host is in {path}"


def errors_folder() -> Path:
    """Folder for tracebacks of errors outside of any simulation."""
    return state_folder() / "host_errors"


@contextmanager
def naming_host_errors(
    doing: str, remedy: str, root: Path, path: Path, kind: type[GaOooError] = RunStoppedError
) -> Iterator[None]:
    """While entered, an exception of host code becomes an error with file, line and remedy.

    EOFError passes: the input of a user may end at a question of the host. A disk that is full or
    fails is no error of the host, wherever host code meets it: see :func:`disk_error`.

    Args:
        doing: what the host was doing: completes "the host failed while".
        remedy: for the user.
        root: of the checkout.
        path: file for the host's own traceback.
        kind: of the error.
    """
    try:
        yield
    except (GaOooError, EOFError):
        raise
    except Exception as cause:
        disk = disk_error(cause)
        if disk is not None:
            raise disk from cause
        error = kind(f"the host failed while {doing}: {type(cause).__name__}: {cause}", remedy)
        name_host_line(error, cause, root)
        keep_host_traceback(error, cause, root, path)
        raise error from cause


_OF_DISKS: Final = (errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO)
"""Full, over quota, read-only, broken."""


def disk_error(cause: BaseException) -> RunStoppedError | None:
    """The error for a user if a disk that is full, read-only or broken caused an exception.

    ``shutil.copytree`` collects such errors as texts in one ``shutil.Error``.
    """
    code: int | None = None
    name: object = "a file"
    if isinstance(cause, shutil.Error) and isinstance(cause.args[0], list):
        for _, target, why in cause.args[0]:
            number = re.match(r"\[Errno (\d+)\]", str(why))
            if number and int(number[1]) in _OF_DISKS:
                code, name = int(number[1]), target
    elif isinstance(cause, OSError):
        code, name = cause.errno, cause.filename2 or cause.filename or name
    if code not in _OF_DISKS:
        return None
    return RunStoppedError(
        f"cannot write {name}: {os.strerror(code)}",
        "make room on that disk, or make it writable; then give the same command again",
    )


def _is_of_host(file: str, root: Path) -> bool:
    path = Path(file)
    return path.is_relative_to(root) and "site-packages" not in path.relative_to(root).parts


_PACKAGE: Final = Path(__file__).parents[2]


def _is_ours(file: str) -> bool:
    # Minitown lies inside of this package where a wheel is installed, and is a host all the same.
    path = Path(file)
    if not path.is_relative_to(_PACKAGE):
        return False
    return path.relative_to(_PACKAGE).parts[0] != "_data"
