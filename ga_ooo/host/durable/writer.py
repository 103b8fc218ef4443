"""Writes a state of a host's server down: in the host's own format, and exactly."""

from __future__ import annotations

import datetime
from collections import defaultdict
from pathlib import Path
from typing import Any, Final

from ga_ooo.disk import OWN_FOLDER
from ga_ooo.host.durable.host_save import save_aside
from ga_ooo.host.durable.state import dump
from ga_ooo.host.run.session import Session
from ga_ooo.host.world.checkpoint import Checkpoint
from ga_ooo.host.world.snapshot import PersonaCopy, put_back

STATE_FILE: Final = f"{OWN_FOLDER}/state.pickle"


class HostStateWriter:
    """Writes states of a session's server.

    Args:
        server: the host's ``ReverieServer``.
    """

    def __init__(self, session: Session, server: Any) -> None:
        self._session = session
        self._server = server

    def write_passed(self, checkpoint: Checkpoint, folder: Path) -> None:
        """See :class:`~ga_ooo.host.durable.keeper.StateWriter`."""
        session, server = self._session, self._server
        town = session.maze_views(server).town
        put_everybody(server, checkpoint)
        for name, presence in zip(server.personas, checkpoint.before, strict=True):
            server.personas_tile[name] = town.position(presence.tile)
        with session.quiet():
            self.write_standing(checkpoint, folder)

    def write_standing(self, checkpoint: Checkpoint, folder: Path) -> None:
        """See :class:`~ga_ooo.host.durable.keeper.StateWriter`."""
        session, server = self._session, self._server
        save_aside(server, session.storage, folder, session.disk)
        state = dump(server, session.modules.all, checkpoint, session.chance)
        session.disk.write(folder / STATE_FILE, state)


def put_everybody(server: Any, checkpoint: Checkpoint) -> None:
    """Make people and clock of a server what they were at a checkpoint."""
    people = list(server.personas.values())
    for persona, clean in zip(people, checkpoint.copies, strict=True):
        put_back(persona, clean)
    _share_again(people, checkpoint.copies)
    seconds = server.sec_per_step * (checkpoint.step - server.step)
    server.curr_time += datetime.timedelta(seconds=seconds)
    server.step = checkpoint.step


def _share_again(people: list[Any], copies: list[PersonaCopy]) -> None:
    """What several people held in common when they were copied is one object again: two who talk
    share one list of what was said."""
    holders: defaultdict[int, list[tuple[Any, str]]] = defaultdict(list)
    for persona, clean in zip(people, copies, strict=True):
        for part, (attributes, _) in clean.parts.items():
            for name, value in attributes.items():
                if isinstance(value, (list, dict, set)):
                    holders[id(value)].append((getattr(persona, part), name))
    for sharing in holders.values():
        first_part, first_name = sharing[0]
        shared = getattr(first_part, first_name)
        for part, name in sharing[1:]:
            if getattr(part, name) == shared:
                setattr(part, name, shared)
