"""Writes a state of a host's server down: in the host's own format, and exactly."""

from __future__ import annotations

import datetime
import random
from collections import defaultdict
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, Final, Protocol

from ga_ooo.disk import OWN_FOLDER, Disk
from ga_ooo.host.durable.host_save import save_aside
from ga_ooo.host.durable.state import dump
from ga_ooo.host.imported.modules import HostModules
from ga_ooo.host.world.checkpoint import Checkpoint
from ga_ooo.host.world.maze_views import MazeViews
from ga_ooo.host.world.snapshot import PersonaCopy, put_back

STATE_FILE: Final = f"{OWN_FOLDER}/state.pickle"


class SavedHost(Protocol):
    """What is needed of a host in order to write down the state of its server."""

    storage: Path
    chance: random.Random
    modules: HostModules

    def quiet(self) -> AbstractContextManager[Any]:
        """While entered, the host's prints do not show."""
        ...

    def maze_views(self, server: Any) -> MazeViews:
        """The engine's side of the server's maze."""
        ...


class HostStateWriter:
    """Writes states of one server.

    Args:
        host: the host in this process.
        server: the host's ``ReverieServer``.
        disk: where the files are written.
    """

    def __init__(self, host: SavedHost, server: Any, disk: Disk) -> None:
        self._host = host
        self._server = server
        self._disk = disk

    def write_past(self, checkpoint: Checkpoint, folder: Path) -> None:
        """See :class:`~ga_ooo.host.durable.keeper.StateWriter`."""
        server = self._server
        town = self._host.maze_views(server).town
        put_everybody(server, checkpoint)
        for name, presence in zip(server.personas, checkpoint.before, strict=True):
            server.personas_tile[name] = town.position(presence.tile)
        with self._host.quiet():
            self.write_current(checkpoint, folder)

    def write_current(self, checkpoint: Checkpoint, folder: Path) -> None:
        """See :class:`~ga_ooo.host.durable.keeper.StateWriter`."""
        host = self._host
        save_aside(self._server, host.storage, folder, self._disk)
        state = dump(self._server, host.modules.all, checkpoint, host.chance)
        self._disk.write(folder / STATE_FILE, state)


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
