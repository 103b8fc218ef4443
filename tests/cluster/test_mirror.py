"""What a worker knows of the past."""

from __future__ import annotations

from datetime import datetime

from ga_ooo.cluster.frames import Begin, PersonaProgress, Shown
from ga_ooo.cluster.worker_side.mirror import MirroredTown
from ga_ooo.engine.hazards import Phase
from ga_ooo.town.tile_versions import Presence
from tests.host.world.test_maze_views import views_of

WALK = ("Ada", "walk", "to", "work")


def presence(persona: int) -> Presence:
    return Presence(persona, persona, WALK, None)


def test_the_past_is_kept_while_a_replica_is_there() -> None:
    """The main process may be further than the frames that have arrived: then its horizon says
    nothing about the replicas."""
    names = ["Ada", "Bo"]
    clock = datetime(2023, 2, 13), 0, 10
    begin = Begin(names, "map", 1, clock, 0, [presence(0), presence(1)], [], 64, 0, [])
    views = views_of("....")
    views.install([0, 1])
    town = MirroredTown(begin, views, {}, {}, None)

    def reach(persona: int, step: int) -> None:
        first = town.scheduler.commit_step(persona) + 1
        town.show(Shown(first, step, presence(persona)))
        town.scheduler.update(PersonaProgress(persona, step, Phase.HELD, persona, persona, []))
        for _ in range(64):
            town.forget_past()

    reach(1, 200)
    assert town.history.presence(1, 0 + 1) == presence(1)
    reach(0, 100)
    assert town.history.presence(1, 1) is None
    assert town.history.presence(1, 100) == presence(1)
