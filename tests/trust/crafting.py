"""Makes simulation folders as somebody with bad intentions would: each differs from a sound one in
one place. Checksums are made anew, since whoever writes a file can also compute them."""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from random import Random
from typing import Any, Final

import msgspec

from ga_ooo.host.durable.folder import digest_of
from ga_ooo.host.durable.host_save import STATE_FILE
from ga_ooo.host.durable.record import RECORD_FILE, checksum_of
from ga_ooo.journal._integrity import CONTENT, checksum, link_again

NEWEST: Final = "ga_ooo/checkpoints/6"
MANIFEST: Final = "ga_ooo/manifest.json"
JOURNAL: Final = "ga_ooo/journal.sqlite"

OUTSIDE: Final = "outside"
"""Name of the folder beside the host that nothing may touch."""


def _deep() -> list[Any]:
    value: list[Any] = []
    for _ in range(200):
        value = [value]
    return value


HOSTILE: Final[list[Any]] = [
    *(None, True, -1, 2**31, 10**30, -(10**30), 1.5, 1e308, "", "\0", "\x1b[2J", "²"),
    *("..", "../../../outside/secret", "/etc/passwd", "x" * 100_000, "os", "__import__('os')"),
    *([], {}, [1], {"a": 1}, {"__class__": "os"}, _deep()),
]


@dataclass(frozen=True)
class Crafted:
    """One folder.

    Attributes:
        name: what is different, for reports.
        make: changes a copy of the sound simulation.
        is_refused_early: no host code is imported for it.
    """

    name: str
    make: Callable[[Path], None]
    is_refused_early: bool


def all_crafted(sound: Path, rng: Random) -> Iterator[Crafted]:
    """All folders that are made from a sound one."""
    yield from _odd_files(sound)
    yield from _records(sound)
    yield from _bytes(sound)
    yield from _json_files(sound, rng)
    yield from _states(rng)
    yield from _journals()


# --- kinds of files ------------------------------------------------------------------------------


def _odd_files(sound: Path) -> Iterator[Crafted]:
    kinds: dict[str, Callable[[Path], None]] = {
        "link": partial(_link, "../" * 12 + "etc/passwd"),
        "link to outside": partial(_link, ""),
        "dangling link": partial(_link, "/nowhere/at/all"),
        "endless device": partial(_link, "/dev/zero"),
        "pipe": os.mkfifo,
        "folder": os.mkdir,
        "socket": _socket,
    }
    for path in sorted(sound.rglob("*")):
        name = path.relative_to(sound).as_posix()
        for kind, make in kinds.items():
            if (kind != "folder" and (path.is_file() or kind.startswith(("link", "dang")))) or (
                path.is_file() and kind == "folder" and name in (RECORD_FILE, JOURNAL)
            ):
                yield Crafted(f"{name} is a {kind}", partial(_replace, name, make), True)


def _replace(name: str, make: Callable[[Path], None], simulation: Path) -> None:
    path = simulation / name
    if path.is_dir():
        path.rename(simulation.with_name("moved"))
    else:
        path.unlink()
    make(path)


def _link(to: str, path: Path) -> None:
    host = next(folder for folder in path.parents if folder.name == "host")
    path.symlink_to(to or host.parent / OUTSIDE / "secret")


def _socket(path: Path) -> None:
    os.mknod(path, 0o140600)


# --- content -------------------------------------------------------------------------------------


def _records(sound: Path) -> Iterator[Crafted]:
    values = json.loads((sound / RECORD_FILE).read_text())
    for field in (*values, "settings", "plugin", "model_url"):
        for number, hostile in enumerate(HOSTILE):
            yield Crafted(
                f"run.json: {field} is hostile value {number}",
                partial(_write_record, {**values, field: hostile}),
                True,
            )


def _write_record(values: dict[str, Any], simulation: Path) -> None:
    rest = {name: value for name, value in values.items() if name != "checksum"}
    content = {**rest, "checksum": checksum_of(rest)}
    (simulation / RECORD_FILE).write_text(json.dumps(content))


def _bytes(sound: Path) -> Iterator[Crafted]:
    for name in (RECORD_FILE, JOURNAL, f"{NEWEST}/{MANIFEST}", "ga_ooo/profile.json"):
        if not (sound / name).exists():
            continue
        for number, content in enumerate((b"", b"\0" * 99, b"[" * 100_000, b"\x80\x04.", b"{}")):
            change = partial(_write_bytes, name, content)
            early = name in (RECORD_FILE, JOURNAL)
            yield Crafted(f"{name} has other bytes ({number})", change, early)


def _write_bytes(name: str, content: bytes, simulation: Path) -> None:
    (simulation / name).write_bytes(content)


def _json_files(sound: Path, rng: Random) -> Iterator[Crafted]:
    """Each kind of JSON file in the newest checkpoint, at some of its values."""
    for path in sorted((sound / NEWEST).rglob("*.json")):
        name = path.relative_to(sound / NEWEST).as_posix()
        if name == MANIFEST:
            continue
        value = json.loads(path.read_text())
        places = list(_places(value))
        for place in rng.sample(places, min(4, len(places))):
            hostile = rng.choice(HOSTILE)
            text = json.dumps(_with(value, place, hostile))
            yield Crafted(
                f"{name} at {place} is {str(hostile)[:30]!r}", partial(_seal, name, text), False
            )


def _places(value: Any, before: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield before
    items: list[tuple[Any, Any]] = []
    if isinstance(value, dict):
        items = list(value.items())
    elif isinstance(value, list):
        items = list(enumerate(value))[:3]
    for key, inner in items:
        yield from _places(inner, (*before, key))


def _with(value: Any, place: tuple[Any, ...], new: Any) -> Any:
    if not place:
        return new
    changed = value.copy()
    changed[place[0]] = _with(value[place[0]], place[1:], new)
    return changed


def _seal(name: str, content: str | bytes, simulation: Path) -> None:
    """Replace a file of the newest checkpoint, and its digest in the manifest."""
    path, manifest = simulation / NEWEST / name, simulation / NEWEST / MANIFEST
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    values = json.loads(manifest.read_text())
    values["files"][name] = digest_of(path.read_bytes())
    manifest.write_text(json.dumps(values))


def _states(rng: Random) -> Iterator[Crafted]:
    for number in range(150):
        yield Crafted(
            f"state.msgpack, change {number}", partial(_change_state, rng.getrandbits(32)), False
        )


def _change_state(seed: int, simulation: Path) -> None:
    rng = Random(seed)
    state = msgspec.msgpack.decode((simulation / NEWEST / STATE_FILE).read_bytes())
    places = [place for place in _places(state) if place]
    hostile = rng.choice([value for value in HOSTILE if not _is_large(value)])
    changed = _with(state, rng.choice(places), hostile)
    _seal(STATE_FILE, msgspec.msgpack.encode(changed), simulation)


def _is_large(value: Any) -> bool:
    return isinstance(value, int) and abs(value) > 2**63


def _journals() -> Iterator[Crafted]:
    statements = [
        "CREATE TRIGGER evil AFTER INSERT ON calls BEGIN DELETE FROM calls; END",
        "CREATE VIEW evil AS SELECT load_extension('/tmp/evil')",
        "DROP TABLE commits",
        "ALTER TABLE commits ADD COLUMN more TEXT",
        "DELETE FROM run",
        "UPDATE run SET value = 'x' WHERE name = 'seed'",
        "UPDATE run SET value = '{' WHERE name = 'model'",
        "INSERT OR REPLACE INTO run VALUES ('compacted_below', 'x')",
        "INSERT OR REPLACE INTO run VALUES ('compacted_below', '99999999999999999999')",
        "INSERT INTO commits VALUES ('../x', 'many')",
        "INSERT INTO failed_moves VALUES (x'00', 1, 1)",
    ]
    for statement in statements:
        yield Crafted(f"journal: {statement}", partial(_execute, statement), False)
    for table, columns in CONTENT.items():
        for column in columns.split(", "):
            for hostile in (None, "x", b"\xff\xfe", 2**62, -1, "../../x"):
                change = partial(_change_row, table, column, hostile)
                yield Crafted(f"journal: {table}.{column} is {hostile!r}", change, False)


def _execute(statement: str, simulation: Path) -> None:
    with closing(sqlite3.connect(simulation / JOURNAL, isolation_level=None)) as connection:
        connection.execute(statement)


def _change_row(table: str, column: str, hostile: Any, simulation: Path) -> None:
    """Change the newest row, with a checksum that fits."""
    with closing(sqlite3.connect(simulation / JOURNAL, isolation_level=None)) as connection:
        connection.text_factory = bytes
        (row,) = connection.execute(f"SELECT max(rowid) FROM {table}").fetchone()
        try:
            connection.execute(f"UPDATE {table} SET {column} = ? WHERE rowid = ?", (hostile, row))
        except sqlite3.IntegrityError:
            return
        query = f"SELECT {CONTENT[table]} FROM {table} WHERE rowid = ?"
        values = connection.execute(query, (row,)).fetchone()
        update = f"UPDATE {table} SET checksum = ? WHERE rowid = ?"
        connection.execute(update, (checksum(values), row))
        link_again(connection)
