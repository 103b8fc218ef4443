"""Which worker has the state of whom, without a worker."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from ga_ooo.cluster.channel import Channel
from ga_ooo.cluster.states.subscription import Subscriptions
from ga_ooo.engine.ids import PersonaIndex
from ga_ooo.runahead.worker_counts import WorkerCounts


@dataclass
class _Worker:
    counts: WorkerCounts = field(default_factory=lambda: WorkerCounts("w"))


@dataclass
class _News:
    """A state is ``+3``, an outline ``-3``. All states are ``size`` bytes large."""

    size: int = 2
    forgotten: list[PersonaIndex] = field(default_factory=list)

    def state(self, persona: PersonaIndex) -> bytes:
        return f"+{persona}".ljust(self.size).encode()

    def outline(self, persona: PersonaIndex) -> bytes:
        return f"-{persona}".encode()

    def forget(self, persona: PersonaIndex) -> None:
        self.forgotten.append(persona)


@dataclass
class _Assignment:
    """Places personas where the test says."""

    placed: list[list[PersonaIndex]] | None = None
    together: dict[PersonaIndex, set[PersonaIndex]] = field(default_factory=dict)

    def assign(self, channels: Sequence[Channel]) -> dict[Channel, list[PersonaIndex]] | None:
        placed, self.placed = self.placed, None
        return None if placed is None else dict(zip(channels, placed, strict=True))

    def near(self) -> list[set[PersonaIndex]]:
        return [self.together.get(persona, set()) for persona in range(6)]

    def assign_again(self) -> None:
        """The test does."""


class _Town:
    """Six personas and two workers."""

    def __init__(self, size: int = 2) -> None:
        self.news, self.assignment = _News(size), _Assignment()
        workers: list[Any] = [_Worker(), _Worker()]
        self.channels = [Channel(worker, is_up=True, needs_begin=False) for worker in workers]
        parts: tuple[Any, Any] = self.assignment, self.news
        self.subscriptions = Subscriptions(self.channels, *parts, 6)

    def place(self, *placed: list[PersonaIndex]) -> list[list[str]]:
        """Place personas; returns what each worker gets in its next frame."""
        self.assignment.placed = list(placed)
        return self.move()

    def move(self) -> list[list[str]]:
        """The same without new places."""
        self.subscriptions.move_personas()
        frames = [channel.take(0, waits=True) for channel in self.channels]
        return [[bytes(state).decode().strip() for state in frame.states] for frame in frames]


def test_a_worker_gets_the_states_of_its_own_personas() -> None:
    town = _Town()
    assert town.place([0, 1, 2], [3, 4, 5]) == [["+0", "+1", "+2"], ["+3", "+4", "+5"]]
    assert [channel.assigned for channel in town.channels] == [{0, 1, 2}, {3, 4, 5}]
    first, second = town.channels
    for channel in (first, second):
        channel.add_changes({0: b"0 changed", 4: b"4 changed"}, {0: b"0 seen", 4: b"4 seen"})
    assert first.states == [b"0 changed", b"4 seen"]
    assert second.states == [b"4 changed", b"0 seen"]


def test_nobody_is_rehearsed_before_its_state_is_there() -> None:
    town = _Town(size=2_500_000)
    assert town.subscriptions.unassigned == set(range(6))
    assert town.place([0, 1, 2, 3, 4, 5], []) == [["+0", "+1"], []]
    assert town.channels[0].assigned == {0, 1}
    assert town.subscriptions.unassigned == {2, 3, 4, 5}
    assert town.subscriptions.is_waiting(town.channels[0])
    assert [town.move(), town.move()] == [[["+2", "+3"], []], [["+4", "+5"], []]]
    assert not town.subscriptions.has_more
    assert not town.subscriptions.unassigned


def test_a_persona_that_moves_leaves_its_worker_when_its_state_is_sent_to_the_other() -> None:
    town = _Town(size=2_500_000)
    town.place([0, 1, 2, 3], [4, 5])
    town.move()
    assert town.place([0], [1, 2, 3, 4, 5]) == [["-1", "-2"], ["+1", "+2"]]
    assert [channel.assigned for channel in town.channels] == [{0, 3}, {1, 2, 4, 5}]
    assert town.move() == [["-3"], ["+3"]]
    # Some worker always had them.
    assert not town.news.forgotten


def test_who_was_met_is_known_as_long_as_it_is_near() -> None:
    town = _Town()
    town.place([0, 1, 2], [3, 4, 5])
    first = town.channels[0]
    first.needs = {3}
    assert town.subscriptions.is_waiting(first)
    assert town.move() == [["+3"], []]
    assert not town.subscriptions.has_more
    # It has asked again before the state arrived.
    first.needs = {3}
    assert town.move() == [[], []]
    town.assignment.together = {2: {3}}
    assert town.place([0, 1, 2], [3, 4, 5]) == [[], []]
    town.assignment.together = {4: {3}}
    assert town.place([0, 1, 2], [3, 4, 5]) == [["-3"], []]
    assert first.replicas == {0, 1, 2}


def test_a_state_that_no_worker_has_is_kept_no_more() -> None:
    town = _Town()
    town.place([0, 1, 2], [3, 4, 5])
    first, second = town.channels
    second.needs = {0}
    town.move()
    first.is_up = False
    first.forget()
    town.subscriptions.lost(first)
    assert town.subscriptions.unassigned == {0, 1, 2}
    assert town.news.forgotten == [1, 2]
    held = town.subscriptions.is_held
    assert [persona for persona in range(6) if held(persona)] == [0, 3, 4, 5]


def test_who_has_no_state_has_an_outline() -> None:
    town = _Town()
    town.place([0, 1, 2, 3, 4, 5], [])
    assert all(map(town.subscriptions.is_outlined, range(6)))
    town.channels[1].needs_begin = True
    assert not any(map(town.subscriptions.is_outlined, range(6)))
