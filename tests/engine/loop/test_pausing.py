"""A pause: nothing continues, calls are answered, and the end is the same."""

from __future__ import annotations

import asyncio

import pytest

from ga_ooo.engine.loop.attempts import InterruptedRunError
from ga_ooo.engine.loop.fibers import Move
from ga_ooo.engine.loop.pausing import Pause
from tests.engine.loop.toyhost import NEAR, ToyHost, ask, in_virtual_time, note


def script(host: ToyHost, move: Move) -> None:
    ask(1.0)
    note(host, move)


def test_a_pause_changes_nothing() -> None:
    plain, paused = ToyHost(script, NEAR), ToyHost(script, NEAR)
    in_virtual_time(plain.engine().run(5))
    engine, pause = paused.engine(), Pause()

    async def with_pauses() -> list[int]:
        run = asyncio.ensure_future(pause.around(engine.run(5)))
        reached = []
        for _ in range(3):
            await asyncio.sleep(1.5)
            pause.begin()
            await asyncio.sleep(0)
            before = engine.scheduler.horizon
            await asyncio.sleep(100)
            assert engine.scheduler.horizon == before and not run.done()
            reached.append(before)
            pause.end()
        await run
        return reached

    reached = in_virtual_time(with_pauses())
    assert reached == sorted(reached) and reached[-1] < 5
    assert paused.retired == plain.retired


def test_a_pause_does_not_keep_a_run_from_stopping() -> None:
    engine, pause = ToyHost(script, NEAR).engine(), Pause()

    async def stopped() -> None:
        pause.begin()
        run = asyncio.ensure_future(pause.around(engine.run(5)))
        await asyncio.sleep(3)
        engine.interrupt()
        pause.end()
        await run

    with pytest.raises(InterruptedRunError):
        in_virtual_time(stopped())


def test_cancelling_during_a_pause() -> None:
    pause, ended = Pause(), []

    async def work() -> None:
        try:
            await asyncio.sleep(1)
        finally:
            await asyncio.sleep(0)
            ended.append(True)

    async def cancelled() -> None:
        pause.begin()
        task = asyncio.ensure_future(pause.around(work()))
        await asyncio.sleep(2)
        task.cancel()
        await asyncio.sleep(1)
        pause.end()
        await asyncio.wait([task])
        assert task.cancelled()

    in_virtual_time(cancelled())
    assert ended == [True]


def test_the_time_of_pauses_is_known() -> None:
    now = [0.0]
    pause = Pause(lambda: now[0])
    for begins, lasts in ((5.0, 2.0), (20.0, 3.0)):
        now[0] = begins
        pause.begin()
        pause.begin()
        now[0] += lasts
        pause.end()
        pause.end()
    assert pause.seconds == 5.0
    pause.begin()
    now[0] += 1.0
    assert pause.seconds == 6.0
