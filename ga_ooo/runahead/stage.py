"""What the driver needs of the host's side."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Protocol

from ga_ooo.engine.ids import PersonaIndex, Step, TileIndex
from ga_ooo.engine.loop.fibers import Move
from ga_ooo.runahead.chains import Chain, Scene
from ga_ooo.town.tile_history import Presence


class Stage(Protocol):
    """Where rehearsals play: the host's side."""

    def actor(self, persona: PersonaIndex, accesses: dict[int, tuple[Any, Any]]) -> Any:
        """A copy of the persona as it was right before the step that it takes or took next;
        ``accesses`` are those of its chain, to be filled in."""
        ...

    def cast(self, step: Step, chains: dict[PersonaIndex, Chain]) -> list[Presence]:
        """Everybody's predicted presence at a step."""
        ...

    def known(self, persona: PersonaIndex, step: Step) -> Presence:
        """A persona's real presence at its commit step."""
        ...

    def touched_by(self, persona: PersonaIndex) -> Iterable[PersonaIndex]:
        """Everybody that the persona's real move under way may have changed."""
        ...

    def sees(self, tile: TileIndex, other: TileIndex) -> bool:
        """Whether two tiles are in sight of each other."""
        ...

    def move(self, persona: PersonaIndex, step: Step) -> Move:
        """A move for a rehearsal, with the random stream of the real one."""
        ...

    def play(self, scene: Scene, move: Move) -> Presence:
        """Run the host's own move on the copy. Returns its presence at the next step."""
        ...

    def keep(self, actor: Any) -> Any:
        """A copy of an actor as it is now, to go on from."""
        ...

    def revive(self, persona: PersonaIndex, kept: Any) -> Any:
        """An actor that goes on from such a copy."""
        ...

    def shown(self, persona: PersonaIndex, tile: TileIndex, actor: Any) -> Presence:
        """The presence of an actor at a step that it begins on a tile."""
        ...

    def enter(self, scene: Scene, chains: dict[PersonaIndex, Chain]) -> None:
        """Host code is about to run in this scene."""
        ...

    def leave(self, scene: Scene) -> None:
        """Host code of the scene has stopped: nothing that it wrote may show outside."""
        ...
