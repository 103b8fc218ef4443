"""The versioned world in stories: what the host's own edits leave on a tile."""

from __future__ import annotations

from ga_ooo.town.events import Event
from ga_ooo.town.tile_history import Presence, SharedKey, TileHistory

BED = "home:room:bed"
USED: Event = (BED, "is", "used", "used")
BLANK: Event = (BED, None, None, None)
ADA, BO = 0, 1
HERE, THERE, AWAY = 0, 1, 2


def doing(persona: int, what: str | None = "is") -> Event:
    """What a persona shows of itself."""
    return (("Ada", "Bo")[persona], what, None, None)


def at(persona: int, tile: int, obj: Event | None = None) -> Presence:
    """A persona on a tile, using an object or on the way."""
    return Presence(persona, tile, doing(persona), obj)


def world(*steps: list[Presence], events: dict[int, set[Event]] | None = None) -> TileHistory:
    """A world in which all of these steps, from 0 on, are published."""
    before = [at(p.persona, AWAY) for p in steps[0]]
    made = TileHistory(["Ada", "Bo"], events or {HERE: {BLANK}}, before, 0)
    for step, presences in enumerate(steps):
        for presence in presences:
            made.publish(step, presence)
    return made


def yes(key: SharedKey) -> bool:
    """Every far read is settled."""
    return True


def test_an_object_is_used_and_idle_again() -> None:
    """The blank goes when the object is used, and comes back when its user has gone."""
    town = world([at(ADA, HERE, USED)], [at(ADA, THERE)], [at(ADA, AWAY)])
    assert town.events(HERE, 0, yes) == (doing(ADA), USED)
    assert town.events(HERE, 1, yes) == (BLANK,)
    assert town.events(THERE, 1, yes) == (doing(ADA),)
    assert town.events(THERE, 2, yes) == ()


def test_past_and_future_lie_side_by_side() -> None:
    """The furthest is read first; a straggler still finds what was."""
    town = world([at(ADA, HERE, USED)], [at(ADA, THERE)], [at(ADA, HERE)])
    assert town.events(HERE, 2, yes) == (doing(ADA), BLANK)
    assert town.events(HERE, 0, yes) == (doing(ADA), USED)
    assert town.events(HERE, 1, yes) == (BLANK,)


def test_residue_stays_for_good() -> None:
    """Used from a tile that is not its own, the object leaves an idle event there."""
    town = world([at(ADA, THERE, USED)], [at(ADA, AWAY)], [at(ADA, AWAY)])
    assert town.events(THERE, 2, yes) == (BLANK,)


def test_a_shared_key_is_cleaned_on_the_last_tile_only() -> None:
    """Both use the bed, Bo from elsewhere: only Bo's tile is cleaned, Ada's event stays on."""
    town = world([at(ADA, HERE, USED), at(BO, THERE, USED)], [at(ADA, AWAY), at(BO, AWAY)])
    assert town.events(HERE, 1, yes) == (USED,)
    assert town.events(THERE, 1, yes) == (BLANK,)


def test_a_shared_key_is_a_far_read() -> None:
    """Whether Ada's event is cleaned depends on Bo, wherever Bo is: first wait for it."""
    town = world([at(ADA, HERE, USED)], [at(ADA, AWAY)])
    question = town.events(HERE, 1, lambda key: False)
    assert question == SharedKey(USED, step=0, after=ADA)
    town.publish(0, at(BO, THERE, USED))
    assert town.events(HERE, 1, lambda key: False) == (USED,)


def test_using_it_again_needs_no_far_read() -> None:
    """On or cleaned, it ends up on."""
    town = world([at(ADA, HERE, USED)], [at(ADA, HERE, USED)])
    assert town.events(HERE, 1, lambda key: False) == (doing(ADA), USED)


def test_an_inert_object_event_takes_the_blank_away() -> None:
    """Waiting and talking show an object event that is blank itself: added, then removed."""
    town = world([at(ADA, HERE, BLANK)], [at(ADA, AWAY)])
    assert town.events(HERE, 0, yes) == (doing(ADA),)
    assert town.events(HERE, 1, lambda key: False) == ()


def test_forgetting_keeps_what_is_still_needed() -> None:
    """The step before the horizon stays, and all that builds on it."""
    steps = [[at(ADA, HERE, USED), at(BO, AWAY)] for _ in range(5)]
    town = world(*steps, [at(ADA, THERE), at(BO, AWAY)])
    town.forget(5)
    assert town.events(HERE, 4, yes) == (doing(ADA), USED)
    assert town.events(HERE, 5, yes) == (BLANK,)
    assert set(town.tiles) == {HERE, THERE, AWAY}


def test_forgetting_tiles_that_are_empty() -> None:
    """Whoever comes there later finds nothing, and leaves what it would have left."""
    town = world([at(ADA, THERE)], [at(ADA, HERE)], [at(ADA, HERE)], [at(ADA, AWAY, USED)])
    assert town.forget(3) == [THERE]
    assert set(town.tiles) == {HERE, AWAY}
    town.publish(4, at(ADA, THERE))
    assert town.events(THERE, 3, yes) == ()
    assert town.events(THERE, 4, yes) == (doing(ADA),)
    assert town.forget(5) == []
    assert town.events(AWAY, 4, yes) == (BLANK,)
    assert set(town.tiles) == {HERE, AWAY, THERE}
