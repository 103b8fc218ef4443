"""The record of a run, written into the simulation before the first step: needed to resume it.

A simulation may come from somebody else. So the record holds only what decides the results of the
run, and is read by a schema. The servers to ask, keys, plugins and other files come from the user.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated, Any, Final

import msgspec
from msgspec import Meta

from ga_ooo._version import __version__
from ga_ooo.disk import (
    DISK,
    OWN_FOLDER,
    RESUME_REMEDY,
    Disk,
    is_inner_path,
    naming_file,
    write_whole,
)
from ga_ooo.errors import UsageError
from ga_ooo.host.checkout.checkout import Checkout
from ga_ooo.host.checkout.fingerprints import UTILS
from ga_ooo.host.checkout.foreign_files import has_foreign_part
from ga_ooo.host.checkout.scenarios import check_name
from ga_ooo.host.durable.folder import digest_of
from ga_ooo.host.durable.model_identity import read_model_text
from ga_ooo.host.durable.whispers import Whisper

RECORD_FILE: Final = f"{OWN_FOLDER}/run.json"
_FORMAT: Final = 2
_NEW: Final = "remove the folder of the simulation and begin it again with `ga-ooo run`"

_Digest = Annotated[str, Meta(pattern=r"\A([0-9a-f]{32})?\Z")]
_Text = Annotated[str, Meta(max_length=100_000)]
_Count = Annotated[int, Meta(ge=1, le=10**9)]


class RunRecord(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """All facts that a resumed run must share with the run that began.

    Attributes:
        run_id: random; the notes of the user who began the run have the same.
        seed: run seed.
        revision: of the host, for messages and for the journal.
        code: fingerprint of the host's Python files.
        map: fingerprint of the map's files.
        scenario: the scenario that was forked.
        scenario_content: fingerprint of the scenario's files.
        model: all settings that determine the model's answers, as text.
        hash_seed: ``PYTHONHASHSEED``.
        first: the first step.
        steps: steps of each call of ``start_server``.
        plugins: modules that the user loaded as plugins. They are never loaded because of this
            record, only asked for.
        journal: path of the journal, relative to the simulation; None for none in there.
        has_outer_journal: the journal is a file outside the simulation.
        whispers: to personas, in the order in which they are given.
    """

    run_id: _Digest
    seed: Annotated[int, Meta(ge=-(2**63), le=2**63 - 1)]
    revision: Annotated[str, Meta(max_length=200)]
    code: _Digest
    map: _Digest
    scenario: Annotated[str, Meta(min_length=1, max_length=200)]
    scenario_content: _Digest
    model: _Text
    hash_seed: Annotated[str, Meta(pattern=r"\A(random|0|[1-9][0-9]{0,9})\Z")]
    first: Annotated[int, Meta(ge=0, le=10**9)]
    steps: Annotated[tuple[_Count, ...], Meta(min_length=1, max_length=100_000)]
    plugins: Annotated[tuple[_Text, ...], Meta(max_length=100)] = ()
    journal: Annotated[str, Meta(min_length=1, max_length=1000)] | None = None
    has_outer_journal: bool = False
    whispers: Annotated[tuple[Whisper, ...], Meta(max_length=100_000)] = ()

    @property
    def ends(self) -> list[int]:
        """The first step, and the step after each call of ``start_server``."""
        ends = [self.first]
        for steps in self.steps:
            ends.append(ends[-1] + steps)
        return ends

    def digest(self) -> str:
        """Digest of all that the run's states depend on, as 32 hex digits.

        The number of steps is not included: a run may be made longer.
        """
        facts = [self.seed, self.code, self.map, self.scenario_content, self.model, self.hash_seed]
        text = json.dumps([*facts, self.first])
        return digest_of(text.encode())

    def with_steps(self, steps: Iterable[int], reached: int) -> RunRecord:
        """The same run with other calls of ``start_server``.

        Args:
            steps: steps of each call, from the beginning of the run.
            reached: the next step to be taken.

        Raises:
            UsageError: the calls that have ended already are others, or the run has taken more
                steps than that.
        """
        changed = msgspec.structs.replace(self, steps=tuple(steps))
        ended = [end for end in self.ends if end < reached]
        if [end for end in changed.ends if end < reached] != ended or changed.ends[-1] < reached:
            given = "+".join(map(str, changed.steps))
            raise UsageError(
                f"--steps {given} does not continue this run: it began at step {self.first} with "
                f"{'+'.join(map(str, self.steps))} steps, and its next step is {reached}",
                "leave --steps out, or give all steps from the beginning of the run, such as "
                f"{max(changed.ends[-1], reached) - self.first + 360}",
            )
        return changed


def fingerprint_of_code(checkout: Checkout) -> str:
    """The host's code as 32 hex digits, without ``utils.py``, which holds the user's paths."""
    prints = {name: text for name, text in checkout.fingerprints.items() if name != UTILS}
    return digest_of(json.dumps(prints, sort_keys=True).encode())


def fingerprint_of_files(folder: Path, names: Iterable[str], disk: Disk = DISK) -> str:
    """Some files and folders of a folder, by path and content, as 32 hex digits.

    Raises:
        UsageError: a file cannot be read.
    """
    found = hashlib.blake2b(digest_size=16)
    for name in names:
        top = folder / name
        for path in disk.tree(top) if disk.is_folder(top) else [top]:
            if has_foreign_part(path.relative_to(folder).parts):
                continue
            try:
                digest = digest_of(disk.read(path))
            except OSError as error:
                raise UsageError(
                    f"{path} cannot be read: {error.strerror}", "restore it, or make it readable"
                ) from error
            found.update(f"{path.relative_to(folder).as_posix()}\0{digest}\0".encode())
    return found.hexdigest()


def fingerprint_of_scenario(folder: Path, first: int, disk: Disk = DISK) -> str:
    """The part of a scenario that a run depends on: its personas, and where they start."""
    names = ("reverie", "personas", f"environment/{first}.json")
    return fingerprint_of_files(folder, names, disk)


def fingerprint_of_map(checkout: Checkout) -> str:
    """The map's matrix files as 32 hex digits."""
    return fingerprint_of_files(checkout.matrix.parent, (checkout.matrix.name,))


def write_record(simulation: Path, record: RunRecord, disk: Disk = DISK) -> None:
    """Write a run's record into its simulation. It is durable when this returns.

    Raises:
        RunStoppedError: the file cannot be written.
    """
    path = simulation / RECORD_FILE
    values: dict[str, Any] = {"format": _FORMAT, "package": __version__}
    values |= msgspec.to_builtins(record)
    values["checksum"] = checksum_of(values)
    with naming_file(path, RESUME_REMEDY):
        disk.make_private_folder(path.parent)
        content = json.dumps(values, indent=1).encode()
        write_whole(disk, path, content, durable=True, private=True)
        disk.sync(simulation)


def read_record(simulation: Path, disk: Disk = DISK) -> RunRecord:
    """The record of the run that made a simulation.

    Raises:
        UsageError: there is no record, or another version of this package wrote it.
    """
    path = simulation / RECORD_FILE
    if not disk.is_file(path):
        raise UsageError(
            f"{simulation} holds no run that can be resumed: there is no {path}",
            "correct the name; a simulation of the host itself, or of a run with --no-checkpoints, "
            "can only be forked",
        )
    try:
        return _read(disk.read(path), path)
    except (OSError, ValueError, RecursionError) as error:
        raise UsageError(f"{path} cannot be read: {error}", _NEW) from error


class _Version(msgspec.Struct):
    """The keys that the record has in every version of this package."""

    format: Annotated[int, Meta(ge=0, le=10**6)]
    package: Annotated[str, Meta(max_length=40)]


def _read(content: bytes, path: Path) -> RunRecord:
    """Parse a record and check it.

    Raises:
        UsageError: another version of this package wrote it, or a name cannot be a name.
        ValueError: it is no record.
    """
    made = msgspec.json.decode(content, type=_Version)
    if made.format != _FORMAT:
        raise UsageError(
            f"{path} has format {made.format}, made by ga-ooo {made.package}; ga-ooo "
            f"{__version__} reads format {_FORMAT}",
            "resume with the version of ga-ooo that began the run, if the simulation is your own; "
            "else begin it again with `ga-ooo run`",
        )
    values = msgspec.json.decode(content, type=dict[str, Any])
    checksum = values.pop("checksum", None)
    is_changed = checksum != checksum_of(values)
    del values["format"], values["package"]
    record = msgspec.convert(values, RunRecord)
    if is_changed:
        raise ValueError("its content does not have its checksum")
    check_name(record.scenario)
    if record.hash_seed != "random" and int(record.hash_seed) >= 2**32:
        raise ValueError(f"{record.hash_seed} is no hash seed")
    read_model_text(record.model)
    if record.journal is not None and not is_inner_path(record.journal):
        raise ValueError(f"the journal {record.journal!r} is no path inside the simulation")
    return record


def checksum_of(values: Mapping[str, Any]) -> str:
    """The checksum of a record's other values, as 32 hex digits. It finds damage by accident."""
    return digest_of(json.dumps(values, sort_keys=True).encode())


def hash_seed() -> str:
    """``PYTHONHASHSEED`` of this process."""
    return os.environ.get("PYTHONHASHSEED", "random")
