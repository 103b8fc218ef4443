"""Makes simulation folders as somebody with bad intentions would: each differs from a sound one in
one place. Checksums are made anew, since whoever writes a file can also compute them."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from functools import partial
from itertools import cycle
from pathlib import Path
from random import Random
from typing import Any, Final

import msgspec

from ga_ooo.host.durable.folder import digest_of
from ga_ooo.host.durable.host_save import STATE_FILE
from ga_ooo.host.durable.record import RECORD_FILE, checksum_of
from tests.trust.crafted import (
    CHECK,
    FORKING,
    HOSTILE,
    JOURNAL,
    OUTSIDE,
    RESUME,
    RUN_RECORD,
    VIEWS,
    Crafted,
    places_in,
    replaced,
)
from tests.trust.crafting_databases import journals, rollback_journals, run_records

NEWEST: Final = "ga_ooo/checkpoints/6"
MANIFEST: Final = "ga_ooo/manifest.json"


def all_crafted(sound: Path, rng: Random) -> Iterator[Crafted]:
    """All folders that are made from a sound one."""
    yield from _odd_files(sound)
    yield from rollback_journals()
    yield from _records(sound)
    yield from _bytes(sound)
    yield from _own_json_files(sound)
    yield from _json_files(sound, rng)
    yield from _files_of_the_host(sound, rng)
    yield from _states(rng)
    yield from journals()
    yield from run_records()


# --- kinds of files ------------------------------------------------------------------------------


def _odd_files(sound: Path) -> Iterator[Crafted]:
    kinds: dict[str, Callable[[Path], None]] = {
        "link": partial(_link, "../" * 12 + "etc/passwd"),
        "link to outside": partial(_link, ""),
        "dangling link": partial(_link, "/nowhere/at/all"),
        "link to an endless device": partial(_link, "/dev/zero"),
        "device": _device,
        "pipe": os.mkfifo,
        "socket": _socket,
    }
    for path in sorted(sound.rglob("*")):
        name = path.relative_to(sound).as_posix()
        commands = cycle((RESUME, FORKING, *VIEWS))
        for kind, make in kinds.items():
            change = partial(_replace, name, make)
            yield Crafted(f"{name} is a {kind}", change, True, next(commands))
        if path.is_file():
            is_cheap = name in (RECORD_FILE, JOURNAL)
            yield Crafted(f"{name} is a folder", partial(_replace, name, os.mkdir), is_cheap)


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


def _device(path: Path) -> None:
    """A device file of ``/dev/zero``, where this user may make one."""
    try:
        os.mknod(path, 0o020600, os.makedev(1, 5))
    except PermissionError:
        os.mkfifo(path)


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
    """Other bytes in each of our own files, also in those that this run has not written."""
    names = {path.relative_to(sound).as_posix() for path in (sound / "ga_ooo").glob("*")}
    names |= {path.relative_to(sound).as_posix() for path in (sound / NEWEST / "ga_ooo").glob("*")}
    names |= {f"ga_ooo/{name}" for name in ("cost.json", "embeddings.json", "stimulus_log.jsonl")}
    names |= {f"{name}{end}" for name in (JOURNAL, RUN_RECORD) for end in ("-wal", "-shm")}
    for name in sorted(names - {"ga_ooo/checkpoints"}):
        commands = cycle((RESUME, FORKING, *VIEWS))
        for number, content in enumerate((b"", b"\0" * 99, b"[" * 100_000, b"\x80\x04.", b"{}")):
            change = partial(_write_bytes, name, content)
            is_cheap = name in (RECORD_FILE, JOURNAL)
            yield Crafted(f"{name} has other bytes ({number})", change, is_cheap)
            yield Crafted(
                *(f"{name} has other bytes ({number}), seen", change, False, next(commands))
            )


def _write_bytes(name: str, content: bytes, simulation: Path) -> None:
    (simulation / name).write_bytes(content)


def _own_json_files(sound: Path) -> Iterator[Crafted]:
    """Each field of the manifest and of the profile."""
    for name in (f"{NEWEST}/{MANIFEST}", "ga_ooo/profile.json"):
        values = json.loads((sound / name).read_text())
        for field in (*values, "more"):
            for number, hostile in enumerate(HOSTILE):
                content = json.dumps({**values, field: hostile}).encode()
                yield Crafted(
                    f"{name}: {field} is hostile value {number}",
                    partial(_write_bytes, name, content),
                    False,
                    CHECK if number % 2 else RESUME,
                )


def _files_of_the_host(sound: Path, rng: Random) -> Iterator[Crafted]:
    """Each JSON file that the host reads and writes, for those who fork or read the simulation."""
    commands = cycle((FORKING, RESUME, *VIEWS[6:], FORKING))
    for path in sorted(sound.rglob("*.json")):
        name = path.relative_to(sound).as_posix()
        if name.startswith("ga_ooo/"):
            continue
        value = json.loads(path.read_text())
        places = list(places_in(value))
        for place in rng.sample(places, min(6, len(places))):
            hostile = rng.choice(HOSTILE)
            content = json.dumps(replaced(value, place, hostile)).encode()
            yield Crafted(
                f"{name} at {place} is {str(hostile)[:30]!r}",
                partial(_write_bytes, name, content),
                False,
                next(commands),
            )


def _json_files(sound: Path, rng: Random) -> Iterator[Crafted]:
    """Each kind of JSON file in the newest checkpoint, at some of its values."""
    for path in sorted((sound / NEWEST).rglob("*.json")):
        name = path.relative_to(sound / NEWEST).as_posix()
        if name == MANIFEST:
            continue
        value = json.loads(path.read_text())
        places = list(places_in(value))
        for place in rng.sample(places, min(4, len(places))):
            hostile = rng.choice(HOSTILE)
            text = json.dumps(replaced(value, place, hostile))
            yield Crafted(
                f"{name} at {place} is {str(hostile)[:30]!r}", partial(_seal, name, text), False
            )


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
    places = [place for place in places_in(state) if place]
    hostile = rng.choice([value for value in HOSTILE if not _is_large(value)])
    changed = replaced(state, rng.choice(places), hostile)
    _seal(STATE_FILE, msgspec.msgpack.encode(changed), simulation)


def _is_large(value: Any) -> bool:
    return isinstance(value, int) and abs(value) > 2**63
