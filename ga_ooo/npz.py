"""Reads ``.npz`` files, which may come from somebody else: plain numbers of a bounded size."""

from __future__ import annotations

import math
import zipfile
from pathlib import Path
from typing import Any, Final

import numpy as np

MOST_BYTES: Final = 8 << 30
"""Most bytes of all columns of a file together."""

_HEADERS: Final = {
    (1, 0): np.lib.format.read_array_header_1_0,
    (2, 0): np.lib.format.read_array_header_2_0,
}
"""Readers of the headers of columns, by version of their format."""


def read_npz(path: Path) -> dict[str, Any]:
    """All columns of a file.

    Raises:
        FileNotFoundError: it does not exist.
        OSError: it cannot be read.
        ValueError: it is no such file, holds objects, or its columns are larger than they may be
            or than the data in it.
    """
    try:
        # Opened here: numpy leaves a file open that it cannot read.
        with path.open("rb") as file:
            with zipfile.ZipFile(file) as archive:
                _check_sizes(archive)
            file.seek(0)
            with np.load(file, allow_pickle=False) as stored:
                return {name: stored[name] for name in stored.files}
    except (zipfile.BadZipFile, zipfile.LargeZipFile, NotImplementedError) as error:
        raise ValueError(str(error)) from error
    except (TypeError, EOFError, MemoryError, OverflowError, RecursionError) as error:
        raise ValueError(f"{type(error).__name__}: {error}") from error


def _check_sizes(archive: zipfile.ZipFile) -> None:
    """Check the sizes that the headers claim: numpy makes room for them before it reads."""
    total = 0
    for member in archive.infolist():
        with archive.open(member) as column:
            version = np.lib.format.read_magic(column)
            read_header = _HEADERS.get(version)
            if read_header is None:
                raise ValueError(f"{member.filename} has version {version}")
            shape, _, kind = read_header(column)
        size = math.prod(shape) * kind.itemsize
        total += size
        if size > member.file_size or total > MOST_BYTES:
            raise ValueError(f"{member.filename} claims {size:,} bytes")
