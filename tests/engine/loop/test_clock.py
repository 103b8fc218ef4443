"""Virtual time: it jumps where the loop would sleep, and passes in no other way."""

from __future__ import annotations

import asyncio

import pytest

from ga_ooo.engine.loop.clock import VirtualTimeLoop, make_loop
from tests.engine.loop.toyhost import in_virtual_time


@pytest.mark.parametrize("days", [1, 90, 150, 365, 36_500])
def test_years_take_no_time(days: int) -> None:
    """A loop that sleeps would not end this test. Neither would a loop that loses a nanosecond, its
    resolution, in a sum (beyond 2**24 seconds)."""

    async def sleep_long() -> float:
        loop = asyncio.get_running_loop()
        started = loop.time()
        await asyncio.sleep(days * 86_400)
        return loop.time() - started

    assert in_virtual_time(sleep_long()) == pytest.approx(days * 86_400, rel=1e-12)


def test_computing_takes_no_virtual_time() -> None:
    """Iterations of the loop take none either."""

    async def work() -> float:
        for _ in range(100):
            sum(range(1000))
            await asyncio.sleep(0)
        return asyncio.get_running_loop().time()

    assert in_virtual_time(work()) == 0


def test_sleepers_wake_in_the_order_of_their_times() -> None:
    """Each wakes at its own time; ties wake in the order in which they went to sleep."""

    async def sleep_in(order: list[tuple[float, str]], seconds: float, name: str) -> None:
        await asyncio.sleep(seconds)
        order.append((asyncio.get_running_loop().time(), name))

    async def everybody() -> list[tuple[float, str]]:
        order: list[tuple[float, str]] = []
        times = ((3.0, "c"), (1.0, "a"), (3.0, "d"), (0.5, "first"), (1.0, "b"))
        await asyncio.gather(*(sleep_in(order, seconds, name) for seconds, name in times))
        return order

    assert in_virtual_time(everybody()) == [
        (0.5, "first"),
        (1.0, "a"),
        (1.0, "b"),
        (3.0, "c"),
        (3.0, "d"),
    ]


def test_the_outside_world_can_wake_the_loop() -> None:
    """With nothing scheduled the loop really waits, here for a thread."""

    async def wait_for_thread() -> str:
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(None, lambda: "from outside")

    async def work() -> str:
        answer = await wait_for_thread()
        await asyncio.get_running_loop().shutdown_default_executor()
        return answer

    assert in_virtual_time(work()) == "from outside"


def test_make_loop() -> None:
    """Virtual time only on request."""
    for virtual in (True, False):
        loop = make_loop(virtual)
        assert isinstance(loop, VirtualTimeLoop) == virtual
        loop.close()
