"""The simulation that is watched: its record, opened when it is there, and its files."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from ga_ooo.disk import is_being_run
from ga_ooo.errors import GaOooError
from ga_ooo.record import RecordReader, record_file
from ga_ooo.watch.views import town
from ga_ooo.watch.views.tiles import TownMap, read_town_map

T = TypeVar("T")


@dataclass
class Simulation:
    """A simulation that may still be running, or about to begin.

    All methods may be called in any thread.

    Attributes:
        host: the checkout, as the user has named it.
        folder: of the simulation; a run that is about to begin makes it.
        assets: folder of the host's maps and pictures.
    """

    host: str
    folder: Path
    assets: Path
    _lock: threading.RLock = field(default_factory=threading.RLock)
    _map_lock: threading.Lock = field(default_factory=threading.Lock)
    _reader: RecordReader | None = None
    _map: TownMap | None = None

    def read(self, view: Callable[[RecordReader], T]) -> T | None:
        """What a view makes of the record; None before there is a record.

        Raises:
            UsageError: the record cannot be read.
        """
        with self._lock:
            if self._reader is None and record_file(self.folder).is_file():
                self._reader = RecordReader(record_file(self.folder))
            return None if self._reader is None else view(self._reader)

    def version(self) -> int | None:
        """Changes whenever the run has written to its record; None before there is a record."""
        return self.read(lambda reader: int(reader.query("PRAGMA data_version")[0][0]))

    def about(self) -> dict[str, Any] | None:
        """The run as a whole."""
        found = self.read(town.about_run)
        return found and {**found, "simulation": self.folder.name, "host": self.host}

    def progress(self) -> dict[str, Any] | None:
        """How far the run is, and whether a process takes its steps now."""
        found = self.read(town.progress)
        return found and {**found, "running": is_being_run(self.folder)}

    def map(self) -> TownMap | None:
        """What the town looks like; None before there is a record."""
        # A lock of its own: reading a map takes a while, and the record is read meanwhile.
        with self._map_lock:
            facts = None if self._map is not None else self.read(_map_facts)
            if facts is not None:
                self._map = read_town_map(self.assets, *facts)
            return self._map

    def prepare(self) -> None:
        """Begin to read the map, in a thread: the first browser waits for it."""

        def read() -> None:
            # A damaged record is reported to the browser that asks for it.
            with suppress(GaOooError):
                self.map()

        threading.Thread(target=read, name="map of the town", daemon=True).start()

    def name(self, persona: int) -> str | None:
        """The name of a persona; None if there is no such persona."""
        names = self.read(lambda reader: reader.names) or ()
        return names[persona] if 0 <= persona < len(names) else None

    def close(self) -> None:
        """Close the record."""
        with self._lock:
            if self._reader is not None:
                self._reader.close()
                self._reader = None


def _map_facts(reader: RecordReader) -> tuple[str, tuple[int, int], tuple[str, ...]]:
    facts = reader.facts
    return facts.map_name, (facts.width, facts.height), reader.names
