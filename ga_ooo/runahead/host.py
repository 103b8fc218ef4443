"""What runahead needs of a host that runs rehearsed moves."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Protocol

from ga_ooo.engine.ids import PersonaIndex, Step, TileIndex
from ga_ooo.engine.loop.fibers import Move
from ga_ooo.runahead.rehearsal import AssumedWorld, NodeAccessTimes, Rehearsal
from ga_ooo.town.cells import Cells
from ga_ooo.town.tile_versions import Presence


class RehearsalHost(Protocol):
    """Runs rehearsed moves of host code, and knows the real presences."""

    @property
    def cells(self) -> Cells:
        """Of the map."""
        ...

    def start_copy(self, persona: PersonaIndex, access_times: NodeAccessTimes) -> Any:
        """A copy of the persona as it was right before its current or next real move.
        ``access_times`` are filled in."""
        ...

    def changed(self, persona: PersonaIndex | None) -> None:
        """A persona or its rehearsal may have changed; None: any of them. :meth:`presences` may
        keep what it has said of all others."""
        ...

    def presences(
        self, step: Step, tile: TileIndex, rehearsals: Mapping[PersonaIndex, Rehearsal]
    ) -> dict[PersonaIndex, Presence]:
        """The known or assumed presence of each persona in sight of a tile at a step, in persona
        order."""
        ...

    def known_presence(self, persona: PersonaIndex, step: Step) -> Presence:
        """The real presence of a persona at its commit step."""
        ...

    def handed_to(self, persona: PersonaIndex) -> Iterable[PersonaIndex]:
        """The personas that the real move in flight of a persona may have changed."""
        ...

    def new_move(self, persona: PersonaIndex, step: Step) -> Move:
        """A move to be rehearsed, with the random stream of the real move."""
        ...

    def take_at_once(self, world: AssumedWorld, before: AssumedWorld | None) -> Presence | None:
        """Take a move in which nothing happens, without host code; return the presence of the
        replica at the next step. None, with nothing changed, for any other move. ``before`` is the
        world of the move before, if that move was rehearsed."""
        ...

    def run_move(self, world: AssumedWorld, move: Move) -> Presence:
        """Run the host's own move on the replica; return its presence at the next step."""
        ...

    def copy(self, replica: Any, last: Any = None) -> Any:
        """A copy of a replica as it is now. It may share parts with the last copy of it."""
        ...

    def make_replica(self, persona: PersonaIndex, copy: Any) -> Any:
        """A replica that starts as the copy."""
        ...

    def presence_of(self, persona: PersonaIndex, tile: TileIndex, replica: Any) -> Presence:
        """The presence of a replica at a step that it begins on a tile."""
        ...

    def enter(self, world: AssumedWorld, rehearsals: Mapping[PersonaIndex, Rehearsal]) -> None:
        """Host code is about to run in this world."""
        ...

    def leave(self) -> None:
        """Host code has stopped: nothing that it wrote may be seen outside of its world."""
        ...
