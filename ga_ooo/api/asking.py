"""Asks a persona of a simulation a question, without changing the simulation or its run."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Final

from ga_ooo.api.execution import open_on_loop
from ga_ooo.api.requests import check_options
from ga_ooo.disk import DISK, OWN_FOLDER, is_being_run
from ga_ooo.errors import UsageError
from ga_ooo.host.checkout.locate import locate
from ga_ooo.host.checkout.scenarios import maze_name_of
from ga_ooo.host.durable.folder import CheckpointFolder
from ga_ooo.host.durable.record import RECORD_FILE, read_record
from ga_ooo.host.run.own_prompts.interview import Answer, Interview
from ga_ooo.options import JournalOptions, Options

_STEPS: Final = ("movement", "environment")
_TRIES: Final = 3
"""A run may remove a checkpoint while it is copied."""


def ask(
    host: Path, simulation: Path, persona: str, questions: Sequence[str], options: Options
) -> list[Answer]:
    """Interview a persona as it is in the newest checkpoint of a simulation, or at its end.

    Args:
        host: checkout of the host.
        simulation: its folder.
        options: ``model`` and ``run.seed`` hold; no journal and no record is written.

    Raises:
        UsageError: nobody has this name, or the simulation has no state that can be asked.
        HostError: the host has no interview.
        GaOooError: the model did not answer, or host code failed.
    """
    with tempfile.TemporaryDirectory(prefix="ga-ooo-ask-") as folder:
        storage = Path(folder) / "storage"
        copy = storage / simulation.name
        copy_state(simulation, copy)
        run_options = replace(options.run, checkpoints=False, record=False, runahead=0, mode="ooo")
        files = replace(options.files, storage=storage, temp_storage=Path(folder) / "shared")
        options = replace(options, run=run_options, files=files, journal=JournalOptions(keep=False))
        checkout = locate(host)
        maze_name = maze_name_of(copy)
        interview = Interview(questions)
        with _same_folder():
            run = open_on_loop(
                check_options(options),
                checkout if maze_name is None else checkout.on_map(maze_name),
                options,
                print_sink=interview.print_sink,
            )
            try:
                return interview.hold(run, simulation.name, f"{simulation.name}-asked", persona)
            finally:
                run.close()


def copy_state(simulation: Path, copy: Path) -> None:
    """Copy the newest state of a simulation: its newest checkpoint, or its own files at its end.

    Raises:
        UsageError: it is being run, and has no checkpoint yet.
    """
    for last in (False,) * (_TRIES - 1) + (True,):
        try:
            _copy(_state_of(simulation), copy)
            return
        except (OSError, shutil.Error):
            shutil.rmtree(copy, ignore_errors=True)
            if last:
                raise


def _state_of(simulation: Path) -> Path:
    if (simulation / RECORD_FILE).is_file():
        digest = read_record(simulation).digest()
        checkpoints = CheckpointFolder(simulation, digest, DISK)
        step = checkpoints.newest_whole()
        if step is not None:
            return checkpoints.at(step)
        if is_being_run(simulation):
            raise UsageError(
                f"the run of {simulation} has no checkpoint yet",
                "ask again later; --checkpoint-every and --checkpoint-seconds say how often a run "
                "writes one",
            )
    return simulation


def _copy(state: Path, copy: Path) -> None:
    """Without the step files, of which the host reads the one of the next step only."""

    def ignored(folder: str, names: list[str]) -> list[str]:
        return [name for name in names if Path(folder) == state and name in (OWN_FOLDER, *_STEPS)]

    shutil.copytree(state, copy, ignore=ignored, symlinks=True)
    for name in _STEPS:
        (copy / name).mkdir()
    newest = max(
        (state / "environment").glob("*.json"),
        key=lambda path: int(path.stem) if path.stem.isdecimal() else -1,
        default=None,
    )
    if newest is not None:
        shutil.copy2(newest, copy / "environment" / newest.name, follow_symlinks=False)


@contextmanager
def _same_folder() -> Iterator[None]:
    """The host changes the working folder."""
    before = Path.cwd()
    try:
        yield
    finally:
        os.chdir(before)
