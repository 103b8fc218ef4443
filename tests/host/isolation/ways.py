"""Ways of writing, as forks write from inside of moves: each is given a folder and a value."""

from __future__ import annotations

import csv
import json
import logging
import os
import pickle
import shutil
import sqlite3
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

Way = Callable[[Path, int], Any]


def write(root: Path, value: int) -> None:
    """One file, the last one wins."""
    with open(root / "last.txt", "w") as file:
        file.write(f"{value}\n")


def append(root: Path, value: int) -> None:
    """A log."""
    with open(root / "log.txt", "a", encoding="utf-8") as file:
        print("über", value, file=file)


def append_without_closing(root: Path, value: int) -> None:
    """A log whose file is closed when nobody holds it any longer."""
    open(root / "open.txt", "a").write(f"{value} ")


def append_with_header(root: Path, value: int) -> None:
    """A table whose header is written where the file is empty."""
    with open(root / "table.csv", "a", newline="") as file:
        writer = csv.writer(file)
        if file.tell() == 0:
            writer.writerow(["value"])
        writer.writerow([value])


def read_and_write(root: Path, value: int) -> None:
    """A JSON list that grows."""
    path = f"{root}/list.json"
    values = json.load(open(path)) if os.path.exists(path) else []
    values.append([value, len(values)])
    with open(path, "w") as file:
        json.dump(values, file, indent=2)


def update_in_place(root: Path, value: int) -> None:
    """A number at a place in a binary file."""
    path = root / "numbers.bin"
    if not path.exists():
        path.write_bytes(bytes(8))
    with path.open("r+b") as file:
        file.seek(value % 8)
        before = file.read(1)[0]
        file.seek(value % 8)
        file.write(bytes([(before + value) % 256]))


def make_folders(root: Path, value: int) -> None:
    """A file of its own in folders of its own."""
    folder = root / "people" / f"p{value % 3}"
    os.makedirs(folder, exist_ok=True)
    (folder / f"{value}.txt").write_text("here", encoding="utf-8")


def count_files(root: Path, value: int) -> None:
    """What others have left decides about the name."""
    folder = root / "numbered"
    folder.mkdir(exist_ok=True)
    number = len(os.listdir(folder)) + sum(1 for entry in os.scandir(folder) if entry.is_dir())
    (folder / f"{number}").write_text(str(value))


def remove(root: Path, value: int) -> None:
    """A file that is removed if it is there."""
    path = root / "last.txt"
    if path.is_file():
        path.unlink()
    else:
        path.touch()


def rename(root: Path, value: int) -> None:
    """Written aside, then renamed into place."""
    aside = root / "aside.tmp"
    aside.write_text(str(value))
    os.replace(aside, root / "whole.txt")


def copy_tree(root: Path, value: int) -> None:
    """A folder that is copied and removed."""
    folder, copy = root / "people", root / "copy"
    if copy.exists():
        shutil.rmtree(copy)
    elif folder.exists():
        shutil.copytree(folder, copy)


def save_pickle(root: Path, value: int) -> None:
    """A binary file without buffers."""
    with open(root / "state.pickle", "wb", buffering=0) as file:
        pickle.dump({"value": value}, file)


def insert(root: Path, value: int) -> None:
    """A row in a database."""
    connection = sqlite3.connect(root / "rows.sqlite")
    with connection:
        connection.execute("create table if not exists rows (value)")
        connection.execute("insert into rows values (?)", (value,))
    connection.close()


def make_temporary(root: Path, value: int) -> None:
    """A temporary file, the library's way."""
    with tempfile.NamedTemporaryFile("w", dir=root) as file:
        file.write(str(value))


def log(root: Path, value: int) -> None:
    """A record for a logger that a module has made."""
    logging.getLogger(str(root)).warning("value %d", value)


def set_variable(root: Path, value: int) -> None:
    """A variable of the environment, and what it was before."""
    before = os.environ.get("GA_OOO_TEST_VALUE", "")
    os.environ["GA_OOO_TEST_VALUE"] = f"{len(before)}.{value}"
    with open(root / "variables.txt", "a") as file:
        file.write(before + "\n")


WAYS: Final[tuple[Way, ...]] = (
    write,
    append,
    append_without_closing,
    append_with_header,
    read_and_write,
    update_in_place,
    make_folders,
    count_files,
    remove,
    rename,
    copy_tree,
    save_pickle,
    insert,
    make_temporary,
    log,
    set_variable,
)
