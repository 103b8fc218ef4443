"""Files of columns from somebody else: no objects, and no sizes that are not there."""

from __future__ import annotations

import io
import pickle
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ga_ooo.npz import read_npz


class Program:
    """Runs when it is unpickled."""

    def __reduce__(self) -> Any:
        return exec, ("raise AssertionError('it ran')",)


def npz(path: Path, **members: bytes) -> Path:
    """A file with these members."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(f"{name}.npy", content)
    return path


def column(shape: tuple[int, ...], kind: str = "<i8") -> bytes:
    """The header of a column."""
    header = io.BytesIO()
    values = {"descr": kind, "fortran_order": False, "shape": shape}
    np.lib.format.write_array_header_1_0(header, values)
    return header.getvalue()


def test_columns_are_read(tmp_path: Path) -> None:
    np.savez_compressed(tmp_path / "a.npz", a=np.arange(5), t=np.array("text"))
    read = read_npz(tmp_path / "a.npz")
    assert read["a"].tolist() == [0, 1, 2, 3, 4] and str(read["t"]) == "text"


def test_objects_are_refused(tmp_path: Path) -> None:
    content = column((1,), "|O") + pickle.dumps(Program())
    with pytest.raises(ValueError, match=r"pickle|Object"):
        read_npz(npz(tmp_path / "a.npz", a=content))


@pytest.mark.parametrize("shape", [(10**15,), (2**62, 2**62), (-1,), (10,)])
def test_a_size_that_is_not_there_is_refused(tmp_path: Path, shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError):
        read_npz(npz(tmp_path / "a.npz", a=column(shape)))


@given(st.binary())
def test_any_bytes_are_refused(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    path = tmp_path_factory.getbasetemp() / "any.npz"
    path.write_bytes(content)
    with pytest.raises(ValueError):
        read_npz(path)
