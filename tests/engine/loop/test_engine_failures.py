"""The engine on a toy host: retries, failures, interruption; no abandoned move is revived."""

from __future__ import annotations

import asyncio
import gc

import pytest

from ga_ooo.engine import stimulus_log
from ga_ooo.engine.loop.attempts import InterruptedRunError, MoveFailedError
from ga_ooo.engine.loop.engine import Engine
from ga_ooo.engine.loop.fibers import Abort, Await, Move, suspend
from ga_ooo.errors import CausalityError, GaOooError, ModelError, RunStoppedError
from tests.engine.loop.toyhost import FAR, NEAR, ToyHost, ask, failing, in_virtual_time, note


class TestRetries:
    """A move that fails is started again on a clean copy."""

    @pytest.mark.parametrize("tiles", [FAR, NEAR])
    def test_transient_failures_leave_no_trace(self, tiles: tuple[int, ...]) -> None:
        """Half-done work is undone; the result is the same as without failures."""
        failures = {(0, 1): 2, (1, 0): 1, (1, 3): 3}

        def script(host: ToyHost, move: Move) -> None:
            note(host, move, "a")
            ask(1.0)
            left = failures.get((move.persona, move.step), 0)
            if left and host is troubled:
                failures[move.persona, move.step] = left - 1
                raise ValueError("a failure")
            note(host, move, "b")

        smooth, troubled = ToyHost(script, tiles), ToyHost(script, tiles)
        in_virtual_time(smooth.engine().run(5))
        engine = troubled.engine()
        in_virtual_time(engine.run(5))
        assert troubled.retired == smooth.retired
        assert engine.measures.retried == 6
        assert [begun for begun in troubled.begun if begun[:2] == (1, 3)] == [
            (1, 3, attempt) for attempt in range(4)
        ]

    def test_permanent_failure(self) -> None:
        """The error names persona, step, cause and the number of attempts."""

        def script(host: ToyHost, move: Move) -> None:
            note(host, move)
            if (move.name, move.step) == ("Bo", 2):
                raise KeyError("no such arena")

        host = ToyHost(script, FAR)
        with pytest.raises(MoveFailedError) as caught:
            in_virtual_time(host.engine(retries=2).run(5))
        error = caught.value
        assert (error.persona, error.step) == ("Bo", 2)
        assert isinstance(error.cause, KeyError)
        assert error.problem == (
            "Bo cannot take step 2: KeyError: 'no such arena' (3 attempts, each from a clean copy)"
        )
        assert host.did[1] == ["0", "1"], "left as it was before the step"
        assert [step for step, _ in host.retired] == [0, 1]

    def test_no_retries(self) -> None:
        """The first failure ends the run."""

        def script(host: ToyHost, move: Move) -> None:
            raise ValueError("never works")

        host = ToyHost(script, (0,))
        with pytest.raises(MoveFailedError, match="1 attempts"):
            in_virtual_time(host.engine(retries=0).run(1))
        assert host.begun == [(0, 0, 0)]

    def test_attempts_are_counted_for_each_step(self) -> None:
        """Three failures in each of many steps are allowed."""

        def script(host: ToyHost, move: Move) -> None:
            if move.attempt < 3:
                raise ValueError("three times")
            note(host, move)

        host = ToyHost(script, FAR)
        in_virtual_time(host.engine(retries=3).run(6))
        assert host.retired[-1] == (5, ["0 1 2 3 4 5"] * 2)


class TestModel:
    """Failures of the model never reach host code."""

    def test_host_code_never_sees_the_error(self) -> None:
        """The host's bare except would turn the error into a memory."""
        seen: list[str] = []
        fails = [2]

        def script(host: ToyHost, move: Move) -> None:
            try:
                if fails[0]:
                    fails[0] -= 1
                    failing(1.0, ModelError("overloaded", "wait"))
                note(host, move)
            except:  # noqa: E722 - what hosts do
                seen.append("ChatGPT ERROR")

        host = ToyHost(script, (0,))
        in_virtual_time(host.engine().run(2))
        assert seen == []
        assert host.retired[-1] == (1, ["0 1"])
        assert host.begun == [(0, 0, 0)] * 3 + [(0, 1, 0)], "not an attempt of the host's code"

    def test_the_error_of_a_model_that_is_gone(self) -> None:
        """The run ends with that error, whose remedy is better than that of a failed move."""
        gone = ModelError("no server answers", "start it")

        def script(host: ToyHost, move: Move) -> None:
            failing(1.0, gone)

        with pytest.raises(ModelError) as caught:
            in_virtual_time(ToyHost(script, FAR).engine(retries=1).run(2))
        assert caught.value is gone

    @pytest.mark.parametrize(
        "again", [RunStoppedError, type("Final", (ModelError,), {"retry_move": False})]
    )
    def test_errors_that_no_retry_can_fix(self, again: type[GaOooError]) -> None:
        """For example, a full disk under the journal."""
        final = again("the disk is full", "make room")

        def script(host: ToyHost, move: Move) -> None:
            failing(1.0, final)

        host = ToyHost(script, (0,))
        with pytest.raises(GaOooError) as caught:
            in_virtual_time(host.engine(retries=3).run(2))
        assert caught.value is final
        assert host.begun == [(0, 0, 0)]


class TestEnd:
    """Events that end a run, and what the run leaves."""

    def test_interrupt(self) -> None:
        """The run ends at once; retired steps stay, and calls in flight are cancelled."""
        ended: list[str] = []

        async def call() -> None:
            try:
                await asyncio.sleep(100)
            finally:
                ended.append("ended")

        def script(host: ToyHost, move: Move) -> None:
            note(host, move)
            if move.step == 2:
                suspend(Await(call()))

        async def work(engine: Engine[str]) -> float:
            loop = asyncio.get_running_loop()
            loop.call_later(7, engine.interrupt)
            with pytest.raises(InterruptedRunError):
                await engine.run(5)
            assert ended == ["ended", "ended"]
            return loop.time()

        host = ToyHost(script, FAR)
        assert in_virtual_time(work(host.engine())) == 7
        assert [step for step, _ in host.retired] == [0, 1]

    def test_interrupt_of_a_busy_engine(self) -> None:
        """Moves that never wait are interrupted too."""

        def script(host: ToyHost, move: Move) -> None:
            note(host, move)
            if len(host.did[0]) == 50:
                engine.interrupt()

        host = ToyHost(script, FAR)
        engine = host.engine()
        with pytest.raises(InterruptedRunError):
            in_virtual_time(engine.run(1_000_000))
        assert 45 <= len(host.retired) <= 60

    def test_abort(self) -> None:
        """A move that must not continue ends the run with its error, and no except catches it."""
        error = CausalityError("Ada needs Bo", "another rule")
        seen: list[str] = []

        def script(host: ToyHost, move: Move) -> None:
            note(host, move)
            try:
                if (move.persona, move.step) == (0, 3):
                    suspend(Abort(error))
            except:  # noqa: E722 - what hosts do
                seen.append("swallowed")

        host = ToyHost(script, NEAR)
        with pytest.raises(CausalityError) as caught:
            in_virtual_time(host.engine().run(9))
        assert caught.value is error
        assert stimulus_log.rebuild(error.stimulus_log).is_running(0, 3)
        gc.collect()
        assert seen == []
        assert [step for step, _ in host.retired] == [0, 1, 2]

    def test_abandoned_moves_are_not_revived(self) -> None:
        """A collected greenlet gets GreenletExit; a bare except would catch it and continue."""
        revived: list[str] = []

        def script(host: ToyHost, move: Move) -> None:
            try:
                ask(1000.0)
            except BaseException as error:
                revived.append(repr(error))

        async def work(engine: Engine[str]) -> None:
            asyncio.get_running_loop().call_later(1, engine.interrupt)
            with pytest.raises(InterruptedRunError):
                await engine.run(2)

        in_virtual_time(work(ToyHost(script, FAR).engine()))
        gc.collect()
        assert revived == []

    def test_an_error_of_the_host_side(self) -> None:
        """An error in retire (a full disk) ends the run unchanged, and no move continues."""

        class FullDisk(ToyHost):
            def retire(self, step: int, results: list[str]) -> None:
                super().retire(step, results)
                if step == 1:
                    raise OSError(28, "No space left on device")

        host = FullDisk(note, FAR)
        with pytest.raises(OSError, match="No space"):
            in_virtual_time(host.engine().run(9))
        assert [step for step, _ in host.retired] == [0, 1]

    def test_many_failures_at_once_leave_nothing_behind(
        self, caplog: pytest.LogCaptureFixture
    ) -> None:
        """Every call fails at the same time; asyncio finds no exception that nobody retrieved."""

        def script(host: ToyHost, move: Move) -> None:
            failing(1.0, ModelError("gone", "start it"))

        host = ToyHost(script, (0, 20, 39))
        with pytest.raises(ModelError):
            in_virtual_time(host.engine(retries=0).run(1))
        gc.collect()
        assert not caplog.records
