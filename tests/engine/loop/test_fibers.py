"""Fibers: host code that waits in the middle of plain functions, and the move it belongs to."""

from __future__ import annotations

from functools import partial

from ga_ooo.engine.loop.fibers import (
    Fiber,
    Move,
    WaitFor,
    current_move,
    in_fiber,
    move_without_fiber,
    suspend,
)
from ga_ooo.engine.protocol import Reached


def test_suspend_and_continue() -> None:
    """The reason comes out and the result goes in, in the middle of nested calls."""
    request = WaitFor(Reached(0, 1))

    def inner() -> str:
        return f"got {suspend(request)}"

    fiber = Fiber(lambda: inner() + "!", None)
    assert fiber.switch() is request
    assert not fiber.dead
    assert fiber.switch("it") == "got it!"
    assert fiber.dead


def test_each_fiber_knows_its_move() -> None:
    """Fibers that alternate each have their own move; outside of fibers there is none."""
    seen: list[tuple[str, str]] = []

    def body(name: str) -> None:
        for _ in range(2):
            move = current_move()
            assert move is not None
            assert in_fiber()
            seen.append((name, move.name))
            suspend(WaitFor(Reached(0, 0)))

    fibers = [
        Fiber(partial(body, name), Move(0, index, name, 7))
        for index, name in enumerate(("Ada", "Bo"))
    ]
    for _ in range(3):
        for fiber in fibers:
            fiber.switch()
            assert current_move() is None
            assert not in_fiber()
    assert seen == [("Ada", "Ada"), ("Bo", "Bo")] * 2
    assert all(fiber.dead for fiber in fibers)


def test_a_move_without_a_fiber() -> None:
    """In the lockstep reference the move is known, but it cannot be suspended."""
    move = Move(0, 0, "Ada", 3)
    with move_without_fiber(move):
        assert current_move() is move
        assert not in_fiber()
    assert current_move() is None


def test_streams_depend_on_seed_persona_and_step_only() -> None:
    """They depend neither on the persona order nor on the number of attempts."""

    def drawn(seed: int, persona: int, name: str, step: int, attempt: int = 0) -> list[float]:
        stream = Move(seed, persona, name, step, attempt).stream
        return [stream.random() for _ in range(3)]

    first = drawn(0, 0, "Ada", 5)
    assert drawn(0, 4, "Ada", 5, attempt=2) == first
    others = [drawn(1, 0, "Ada", 5), drawn(0, 0, "Bo", 5), drawn(0, 0, "Ada", 6)]
    assert all(other != first for other in others)
