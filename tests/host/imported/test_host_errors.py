"""Errors that host code meets: those of disks are told apart from those of the host."""

from __future__ import annotations

import errno
import shutil
from pathlib import Path

import pytest

from ga_ooo.errors import GaOooError, HostError, RunStoppedError
from ga_ooo.host.imported.host_errors import naming_host_errors

FULL = OSError(errno.ENOSPC, "No space left on device", "/scenario/a", None, "/simulation/a")


@pytest.mark.parametrize(
    ("cause", "kind", "words"),
    [
        (FULL, RunStoppedError, "cannot write /simulation/a: No space left on device"),
        (
            shutil.Error([("/scenario/a", "/simulation/a", str(FULL))]),
            RunStoppedError,
            "cannot write /simulation/a: No space left on device",
        ),
        (OSError(errno.EROFS, "ro", "/b"), RunStoppedError, "cannot write /b: Read-only"),
        (FileNotFoundError(errno.ENOENT, "No such file", "/c"), HostError, "FileNotFoundError"),
        (
            shutil.Error([("/a", "/b", "[Errno 13] Permission denied: '/a'")]),
            HostError,
            "Permission denied",
        ),
        (shutil.Error("/a and /b are the same file"), HostError, "the same file"),
        (ValueError("28"), HostError, "ValueError: 28"),
    ],
)
def test_errors_of_disks_are_no_errors_of_the_host(
    cause: Exception, kind: type[GaOooError], words: str, tmp_path: Path
) -> None:
    naming = naming_host_errors("it forked", "correct it", tmp_path, tmp_path / "t.txt", HostError)
    with pytest.raises(kind) as raised, naming:
        raise cause
    assert type(raised.value) is kind and words in raised.value.problem
    assert raised.value.remedy
