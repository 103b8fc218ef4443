"""The tile history in short stories: what the host's own edits leave on a tile."""

from __future__ import annotations

import random

from ga_ooo.town.events import Event
from ga_ooo.town.tile_history import SharedKey, TileHistory
from ga_ooo.town.tile_versions import Presence

BED = "home:room:bed"
USED: Event = (BED, "is", "used", "used")
BLANK: Event = (BED, None, None, None)
ADA, BO = 0, 1
HERE, THERE, AWAY = 0, 1, 2


def doing(persona: int, what: str | None = "is") -> Event:
    """The event of a persona."""
    return (("Ada", "Bo")[persona], what, None, None)


def at(persona: int, tile: int, obj: Event | None = None) -> Presence:
    """A persona on a tile, using an object or on the way."""
    return Presence(persona, tile, doing(persona), obj)


def history(*steps: list[Presence], events: dict[int, set[Event]] | None = None) -> TileHistory:
    """A history in which all of these steps, from 0 on, are published."""
    before = [at(p.persona, AWAY) for p in steps[0]]
    made = TileHistory(["Ada", "Bo"], events or {HERE: {BLANK}}, before, 0)
    for step, presences in enumerate(steps):
        for presence in presences:
            made.publish(step, presence)
    return made


def yes(key: SharedKey) -> bool:
    """Every shared key is clear."""
    return True


def test_an_object_is_used_and_idle_again() -> None:
    """The blank event is removed when the object is used, and returns when its user has left."""
    tiles = history([at(ADA, HERE, USED)], [at(ADA, THERE)], [at(ADA, AWAY)])
    assert tiles.events(HERE, 0, yes) == (doing(ADA), USED)
    assert tiles.events(HERE, 1, yes) == (BLANK,)
    assert tiles.events(THERE, 1, yes) == (doing(ADA),)
    assert tiles.events(THERE, 2, yes) == ()


def test_past_and_future_exist_side_by_side() -> None:
    """The latest step is read first; a straggler still reads the earlier ones."""
    tiles = history([at(ADA, HERE, USED)], [at(ADA, THERE)], [at(ADA, HERE)])
    assert tiles.events(HERE, 2, yes) == (doing(ADA), BLANK)
    assert tiles.events(HERE, 0, yes) == (doing(ADA), USED)
    assert tiles.events(HERE, 1, yes) == (BLANK,)


def test_residue_stays_for_good() -> None:
    """An object that is used from a tile that is not its own leaves an idle event there."""
    tiles = history([at(ADA, THERE, USED)], [at(ADA, AWAY)], [at(ADA, AWAY)])
    assert tiles.events(THERE, 2, yes) == (BLANK,)


def test_a_shared_key_is_cleaned_on_the_last_tile_only() -> None:
    """Both use the bed, Bo from another tile: only Bo's tile is cleaned, and Ada's event stays."""
    tiles = history([at(ADA, HERE, USED), at(BO, THERE, USED)], [at(ADA, AWAY), at(BO, AWAY)])
    assert tiles.events(HERE, 1, yes) == (USED,)
    assert tiles.events(THERE, 1, yes) == (BLANK,)


def test_a_shared_key_must_be_clear_first() -> None:
    """Whether Ada's event is cleaned depends on Bo, who may be anywhere."""
    tiles = history([at(ADA, HERE, USED)], [at(ADA, AWAY)])
    question = tiles.events(HERE, 1, lambda key: False)
    assert question == SharedKey(USED, step=0, after=ADA)
    tiles.publish(0, at(BO, THERE, USED))
    assert tiles.events(HERE, 1, lambda key: False) == (USED,)


def test_using_it_again_needs_no_shared_key() -> None:
    """Whether the event was cleaned or not, it is shown again."""
    tiles = history([at(ADA, HERE, USED)], [at(ADA, HERE, USED)])
    assert tiles.events(HERE, 1, lambda key: False) == (doing(ADA), USED)


def test_an_inert_object_event_takes_the_blank_away() -> None:
    """Waiting and talking show an object event that is blank itself: it is added, then removed."""
    tiles = history([at(ADA, HERE, BLANK)], [at(ADA, AWAY)])
    assert tiles.events(HERE, 0, yes) == (doing(ADA),)
    assert tiles.events(HERE, 1, lambda key: False) == ()


def test_forgetting_keeps_what_is_still_needed() -> None:
    """The step before the horizon stays, and everything that builds on it."""
    steps = [[at(ADA, HERE, USED), at(BO, AWAY)] for _ in range(5)]
    tiles = history(*steps, [at(ADA, THERE), at(BO, AWAY)])
    tiles.forget(5)
    assert tiles.events(HERE, 4, yes) == (doing(ADA), USED)
    assert tiles.events(HERE, 5, yes) == (BLANK,)
    assert set(tiles.tiles) == {HERE, THERE, AWAY}


def test_forgetting_tiles_that_are_empty() -> None:
    """A persona that comes there later finds nothing, and leaves what it would have left."""
    tiles = history([at(ADA, THERE)], [at(ADA, HERE)], [at(ADA, HERE)], [at(ADA, AWAY, USED)])
    assert tiles.forget(3) == [THERE]
    assert set(tiles.tiles) == {HERE, AWAY}
    tiles.publish(4, at(ADA, THERE))
    assert tiles.events(THERE, 3, yes) == ()
    assert tiles.events(THERE, 4, yes) == (doing(ADA),)
    assert tiles.forget(5) == []
    assert tiles.events(AWAY, 4, yes) == (BLANK,)
    assert set(tiles.tiles) == {HERE, AWAY, THERE}


def test_a_prediction_follows_what_is_published() -> None:
    """Predictions are kept, but not beyond the next presence that may change them: on the tile
    itself, or of another user of the same object elsewhere."""
    tiles = history([at(ADA, HERE, USED)])
    assert tiles.predicted(HERE, 5, ()) == (BLANK,)
    tiles.publish(1, at(ADA, HERE, USED))
    assert tiles.predicted(HERE, 1, ()) == (doing(ADA), USED)
    assert tiles.predicted(HERE, 5, ()) == (BLANK,)
    tiles.publish(1, at(BO, THERE, USED))
    assert tiles.predicted(HERE, 5, ()) == (USED,)


def test_predictions_are_those_of_a_new_history() -> None:
    """Tiles are asked for in any order, and often more than once."""
    rng = random.Random(7)
    published: list[tuple[int, Presence]] = []
    tiles = history([at(ADA, HERE), at(BO, HERE)])
    for step in range(1, 60):
        for persona in (ADA, BO):
            published.append((step, at(persona, rng.randrange(3), rng.choice((None, USED)))))
            tiles.publish(*published[-1])
            again = history([at(ADA, HERE), at(BO, HERE)])
            for known in published:
                again.publish(*known)
            for _ in range(4):
                tile, then = rng.randrange(3), step + rng.randrange(4)
                arrivals = [at(BO, tile, USED)] if rng.random() < 0.3 else []
                assert tiles.predicted(tile, then, arrivals) == again.predicted(
                    tile, then, arrivals
                )
