"""The record of a run, written into the simulation before the first step: needed to resume it."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, Final

from ga_ooo._version import __version__
from ga_ooo.disk import DISK, OWN_FOLDER, RESUME_REMEDY, Disk, naming_file, write_whole
from ga_ooo.errors import UsageError
from ga_ooo.host.checkout.checkout import Checkout
from ga_ooo.host.checkout.fingerprints import UTILS
from ga_ooo.host.durable.folder import digest_of

RECORD_FILE: Final = f"{OWN_FOLDER}/run.json"
_FORMAT: Final = 1
_NEW: Final = "remove the folder of the simulation and begin it again with `ga-ooo run`"


@dataclass(frozen=True)
class RunRecord:
    """All facts that a resumed run must share with the run that began.

    Attributes:
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
        journal: path of the journal, relative to the simulation or absolute; None for none.
        settings: options of the command line, to resume with the same ones.
    """

    seed: int
    revision: str
    code: str
    map: str
    scenario: str
    scenario_content: str
    model: str
    hash_seed: str
    first: int
    steps: tuple[int, ...]
    journal: str | None = None
    settings: Mapping[str, Any] = field(default_factory=dict)

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
        changed = replace(self, steps=tuple(steps))
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
    values = {"format": _FORMAT, "package": __version__, **asdict(record)}
    with naming_file(path, RESUME_REMEDY):
        disk.make_folder(path.parent)
        write_whole(disk, path, json.dumps(values, indent=1).encode(), durable=True)
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
        values = json.loads(disk.read(path))
        made = values.pop("format"), values.pop("package")
    except (OSError, ValueError, KeyError) as error:
        raise UsageError(f"{path} cannot be read: {error}", _NEW) from error
    if made[0] != _FORMAT:
        raise UsageError(
            f"{path} has format {made[0]}, made by ga-ooo {made[1]}; ga-ooo {__version__} reads "
            f"format {_FORMAT}",
            "resume with the version of ga-ooo that began the run",
        )
    return RunRecord(**{**values, "steps": tuple(values["steps"])})


def hash_seed() -> str:
    """``PYTHONHASHSEED`` of this process."""
    return os.environ.get("PYTHONHASHSEED", "random")
