"""A watchdog: an unexpected error in a callback or a task of the loop ends the run in order."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Callable

import pytest

from ga_ooo.engine.loop.clock import VirtualTimeLoop
from ga_ooo.engine.loop.defects import ending_on_defects
from ga_ooo.engine.loop.fibers import Await, Move, suspend
from ga_ooo.errors import ModelError, RunStoppedError
from tests.engine.loop.toyhost import FAR, ToyHost, note


def fail() -> None:
    raise KeyError("odd")


async def fail_later() -> None:
    await asyncio.sleep(1.0)
    fail()


def as_callback(loop: asyncio.AbstractEventLoop) -> None:
    loop.call_soon(fail)


def as_timer(loop: asyncio.AbstractEventLoop) -> None:
    loop.call_later(2.0, fail)


def as_callback_of_a_task(loop: asyncio.AbstractEventLoop) -> None:
    loop.create_task(asyncio.sleep(1.0)).add_done_callback(lambda task: fail())


def as_task(loop: asyncio.AbstractEventLoop) -> None:
    loop.create_task(fail_later())
    # Nobody reads its error; asyncio reports it when the task is collected.
    loop.call_later(3.0, gc.collect)


def run(begin: Callable[[asyncio.AbstractEventLoop], None]) -> ToyHost:
    """A run of which the answers never come, since something else has failed."""
    loop = VirtualTimeLoop()

    def script(host: ToyHost, move: Move) -> None:
        note(host, move)
        if move.step == 2:
            begin(loop)
            # So long is a hang: the loop of a test has nothing else to wait for.
            suspend(Await(asyncio.sleep(1e6)))

    host = ToyHost(script, FAR)
    engine = host.engine()
    try:
        with ending_on_defects(loop, engine.stop):
            loop.run_until_complete(engine.run(5))
    finally:
        assert loop.time() < 1e5
        assert loop.get_exception_handler() is None
        assert not asyncio.all_tasks(loop)
        loop.close()
    return host


@pytest.mark.parametrize("begin", [as_callback, as_timer, as_callback_of_a_task, as_task])
def test_an_error_that_nobody_waits_for_ends_the_run(
    begin: Callable[[asyncio.AbstractEventLoop], None],
) -> None:
    with pytest.raises(RunStoppedError, match="KeyError: 'odd'") as raised:
        run(begin)
    assert isinstance(raised.value.__cause__, KeyError)
    assert "report" in raised.value.remedy


def test_an_error_with_a_remedy_is_kept() -> None:
    def gone() -> None:
        raise ModelError("the model is gone", "start it")

    def begin(loop: asyncio.AbstractEventLoop) -> None:
        loop.call_soon(gone)

    with pytest.raises(ModelError, match="the model is gone"):
        run(begin)


def test_a_broken_connection_is_left_to_its_request(caplog: pytest.LogCaptureFixture) -> None:
    stopped: list[BaseException] = []
    loop = VirtualTimeLoop()
    with ending_on_defects(loop, stopped.append):
        context = {"message": "Fatal error on transport", "exception": ConnectionResetError()}
        loop.call_exception_handler(context)
    loop.close()
    assert stopped == []
    assert "Fatal error on transport" in caplog.text
