"""The tile history equals the host's edits, in any order of publishing and reading."""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from ga_ooo.town.events import Event, event_order
from ga_ooo.town.tile_history import SharedKey, TileHistory
from ga_ooo.town.tile_versions import Presence

NAMES = ("Ada", "Bo", "Cy", "Di", "Ed")
TILES = 4


def object_events(rng: Random) -> Event | None:
    """Few different ones, so that they are often shared; some inert; none while on the way."""
    kind = rng.random()
    if kind < 0.2:
        return None
    address = rng.choice(("t:a:b:bed", "t:a:b:desk", "t:a:b:<random>", ""))
    if kind < 0.35 or not address:
        return (address, None, None, None)
    return (address, "is", "used", rng.choice(("used", "used", None)))


@dataclass
class Town:
    """The presence of everybody at each step, and the result of the host's own edits."""

    rng: Random
    people: int
    steps: int
    first: int
    start: dict[int, set[Event]] = field(default_factory=dict)
    shown: list[list[Presence]] = field(default_factory=list)
    after: list[dict[int, set[Event]]] = field(default_factory=list)

    def __post_init__(self) -> None:
        rng = self.rng
        for tile in range(TILES):
            known = (("t:a:b:bed", None, None, None), ("t:a:b:desk", "is", "used", "used"))
            self.start[tile] = {event for event in known if rng.random() < 0.5}
        before = [self._presence(i, None) for i in range(self.people)]
        # As at the start of the host's start_server, which has no events to clean up yet.
        before = [Presence(p.persona, p.tile, p.event, None) for p in before]
        for presence in before:
            self.start[presence.tile].add(presence.event)
        self.shown = [before]
        for _ in range(self.steps):
            last = self.shown[-1]
            self.shown.append([self._presence(i, last[i]) for i in range(self.people)])
        self._replay()

    def _presence(self, persona: int, last: Presence | None) -> Presence:
        rng = self.rng
        if last is not None and rng.random() < 0.4:
            return last
        event = (NAMES[persona], "is", rng.choice("ab"), None)
        return Presence(persona, rng.randrange(TILES), event, object_events(rng))

    def _replay(self) -> None:
        """The host's own loop: see ``ReverieServer.start_server``."""
        world = {tile: set(events) for tile, events in self.start.items()}
        cleanup: dict[Event, int] = {}
        for before, now in zip(self.shown, self.shown[1:], strict=False):
            for event, tile in cleanup.items():
                if event in world[tile]:
                    world[tile].remove(event)
                    world[tile].add((event[0], None, None, None))
            cleanup = {}
            for was, presence in zip(before, now, strict=True):
                world[was.tile] = {e for e in world[was.tile] if e[0] != NAMES[presence.persona]}
                here = world[presence.tile]
                here.add(presence.event)
                if presence.object_event is not None:
                    cleanup[presence.object_event] = presence.tile
                    here.add(presence.object_event)
                    here.discard((presence.object_event[0], None, None, None))
            self.after.append({tile: set(events) for tile, events in world.items()})

    def events(self, tile: int, step: int) -> tuple[Event, ...]:
        """The events of a tile at a step, in the fixed order."""
        return tuple(sorted(self.after[step - self.first][tile], key=event_order))

    def history(self) -> TileHistory:
        """A tile history that has the start only."""
        return TileHistory(NAMES[: self.people], self.start, self.shown[0], self.first)

    def presence(self, persona: int, step: int) -> Presence:
        """The presence of a persona at a step."""
        return self.shown[step - self.first + 1][persona]


@st.composite
def towns(draw: st.DrawFn) -> Town:
    """Random towns of up to five personas on four tiles."""
    rng = Random(draw(st.integers(0, 2**32)))
    first = draw(st.sampled_from((0, 3)))
    return Town(rng, draw(st.integers(1, 5)), draw(st.integers(1, 8)), first)


@given(towns(), st.integers(0, 2**32))
def test_any_order_of_reads(town: Town, seed: int) -> None:
    """Everything is published; then tiles are read in any order, some of them twice."""
    rng, history = Random(seed), town.history()
    last = town.first + town.steps
    everything = [(step, p) for step in range(town.first, last) for p in range(town.people)]
    rng.shuffle(everything)
    for step, persona in everything:
        history.publish(step, town.presence(persona, step))
    reads = [(tile, step) for tile in range(TILES) for step in range(town.first, last)] * 2
    rng.shuffle(reads)
    for tile, step in reads:
        assert history.events(tile, step, lambda _: True) == town.events(tile, step), (tile, step)


@given(towns(), st.integers(0, 2**32))
def test_growing_history(town: Town, seed: int) -> None:
    """Personas publish at their own pace; tiles are read when possible, and old steps forgotten.

    A tile can be read at a step when everybody who is ever on it up to that step has published. A
    shared key is clear when everybody who ever shows its event at its step has published.
    """
    rng, history = Random(seed), town.history()
    last = town.first + town.steps
    reached = [town.first] * town.people
    horizon = town.first

    def published(presence: Presence, step: int) -> bool:
        return step < reached[presence.persona]

    def is_complete(tile: int, step: int) -> bool:
        return all(
            published(presence, u)
            for u in range(town.first, step + 1)
            for presence in (town.presence(i, u) for i in range(town.people))
            if presence.tile == tile
        )

    def is_clear(key: SharedKey) -> bool:
        users = [town.presence(i, key.step) for i in range(key.after + 1, town.people)]
        return all(published(p, key.step) for p in users if p.object_event == key.object_event)

    while horizon < last:
        behind = [i for i in range(town.people) if reached[i] < last]
        persona = rng.choice(behind)
        history.publish(reached[persona], town.presence(persona, reached[persona]))
        reached[persona] += 1
        horizon = min(reached)
        if horizon > town.first and rng.random() < 0.2:
            history.forget(horizon)
        for _ in range(rng.randint(0, 3)):
            tile, step = rng.randrange(TILES), rng.randrange(max(town.first, horizon - 1), last)
            if is_complete(tile, step):
                events = history.events(tile, step, is_clear)
                if isinstance(events, SharedKey):
                    assert not is_clear(events), "a clear shared key is not asked about"
                else:
                    assert events == town.events(tile, step), (tile, step)
    for tile in range(TILES):
        assert history.events(tile, last - 1, lambda _: True) == town.events(tile, last - 1)
