"""The options that a user's own runs began with, so that ``ga-ooo resume`` needs none of them.

They lie in the user's state folder and never in the simulation: a simulation may come from
somebody else, and these options name programs, servers and files.
"""

from __future__ import annotations

import hashlib
import logging
import os
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from ga_ooo.disk import DISK, state_folder, write_whole
from ga_ooo.host.durable.run_journal import JournalPlan

logger = logging.getLogger(__name__)


class _Notes(msgspec.Struct, frozen=True):
    """One file.

    Attributes:
        run_id: the same as in the record of the run.
        options: values by id, as JSON.
    """

    run_id: str
    options: dict[str, Any]


def new_run_id() -> str:
    """A random name of a run, as 32 hex digits."""
    return secrets.token_hex(16)


def notes_file(simulation: Path) -> Path:
    """The file with the notes of a simulation."""
    name = hashlib.blake2b(os.fsencode(simulation.resolve()), digest_size=16).hexdigest()
    return state_folder() / "runs" / f"{name}.json"


def write_notes(simulation: Path, run_id: str, options: Mapping[str, Any]) -> None:
    """Keep the options of a run. Without them, resuming the run asks for some of them."""
    content = msgspec.json.encode(_Notes(run_id, dict(options)))
    try:
        path = notes_file(simulation)
        for folder in (state_folder(), path.parent):
            # Notes name plugins, which are programs: nobody else may put any there.
            DISK.make_private_folder(folder)
        write_whole(DISK, path, content, durable=True, private=True)
    except (OSError, RuntimeError) as error:
        logger.warning(
            "the options of this run cannot be kept (%s); resuming it needs the same flags", error
        )


def read_notes(simulation: Path, run_id: str) -> dict[str, Any] | None:
    """The options of a run of this user; None if there are no notes of this very run."""
    try:
        notes = msgspec.json.decode(notes_file(simulation).read_bytes(), type=_Notes)
    except (OSError, ValueError, RuntimeError):
        return None
    return notes.options if run_id and notes.run_id == run_id else None


def journal_notes(plan: JournalPlan | None) -> dict[str, Any]:
    """The option that names the journal of a run, where the journal has a file of its own."""
    if plan is None or plan.file is None:
        return {}
    return {"journal.replay" if plan.replay else "journal.file": str(plan.file)}
