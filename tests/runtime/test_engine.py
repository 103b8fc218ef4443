"""The engine on a toy host: order, retries, failures, interruption, barriers; no revival."""

from __future__ import annotations

import asyncio
import gc
from typing import Any

import pytest

from ga_ooo.core.policies import LockstepRule
from ga_ooo.core.protocol import Clear, Commit, Instruction, Issue, Reached, Retire
from ga_ooo.core.reach import Reach
from ga_ooo.errors import CausalityError, GaOooError, ModelError, RunStoppedError
from ga_ooo.runtime.engine import Engine
from ga_ooo.runtime.failures import InterruptedRunError, MoveFailedError
from ga_ooo.runtime.fibers import Abort, Await, Move, WaitFor, current_move, suspend
from tests.runtime.toyhost import STREET, ToyHost, ask, in_virtual_time

FAR, NEAR = (0, 39), (0, 1)


def note(host: ToyHost, move: Move, what: str = "") -> None:
    """Write down that the move was here."""
    host.did[move.persona].append(f"{move.step}{what}")


class TestOrder:
    """Who goes when, in virtual time."""

    def test_far_apart_they_do_not_wait_for_each_other(self) -> None:
        """Ten steps of 1 s each, side by side, take as long as one alone."""

        def script(host: ToyHost, move: Move) -> None:
            ask(1.0)
            note(host, move)

        host = ToyHost(script, FAR)
        engine = host.engine()
        in_virtual_time(engine.run(10))
        assert engine.measures.makespan == 10
        assert engine.measures.moves == 20

    def test_in_sight_they_take_turns(self) -> None:
        """Every step is one move after the other, in persona order."""
        log: list[str] = []

        def script(host: ToyHost, move: Move) -> None:
            log.append(f"{move.name}{move.step} begins")
            ask(1.0)
            log.append(f"{move.name}{move.step} ends")

        engine = ToyHost(script, NEAR).engine()
        in_virtual_time(engine.run(2))
        expected = [
            f"{name}{step} {what}"
            for step in range(2)
            for name in ("Ada", "Bo")
            for what in ("begins", "ends")
        ]
        assert log == expected
        assert engine.measures.makespan == 4

    def test_steps_retire_whole_and_in_order(self) -> None:
        """Ada is twenty times as fast; files would still be written in the host's order."""

        def script(host: ToyHost, move: Move) -> None:
            ask(0.1 if move.persona == 0 else 2.0)
            note(host, move)

        host = ToyHost(script, FAR)
        in_virtual_time(host.engine().run(4))
        assert [step for step, _ in host.retired] == [0, 1, 2, 3]
        assert host.retired[1][1] == ["0 1", "0 1"]
        assert host.committed.index((0, 3)) < host.committed.index((1, 0))

    def test_observers_hear_of_it_in_order(self) -> None:
        """Each instruction, before it is carried out."""
        heard: list[tuple[Instruction, tuple[str, ...]]] = []
        host = ToyHost(note, (0,))

        def observe(instruction: Instruction, names: tuple[str, ...]) -> None:
            assert len(host.retired) == sum(isinstance(i, Retire) for i, _ in heard)
            heard.append((instruction, names))

        in_virtual_time(Engine(host.scheduler(), host, 3, observe).run(1))
        assert heard == [(i, ("Ada",)) for i in (Issue(0, 0), Commit(0, 0), Retire(0))]

    def test_runs_follow_each_other(self) -> None:
        """``run 2`` and ``run 2`` more."""

        async def twice(engine: Engine[str]) -> None:
            await engine.run(2)
            await engine.run(4)

        host = ToyHost(note, FAR)
        in_virtual_time(twice(host.engine()))
        assert host.retired[-1] == (3, ["0 1 2 3", "0 1 2 3"])

    def test_no_steps(self) -> None:
        """Nothing is begun."""
        host = ToyHost(note)
        in_virtual_time(host.engine().run(0))
        assert not host.begun


class TestWaiting:
    """Moves that wait for the world."""

    def test_a_read_waits_for_a_straggler(self) -> None:
        """Ada at step 3 wants to know where Bo is at step 2."""
        known: list[int] = []

        def script(host: ToyHost, move: Move) -> None:
            if move.persona == 1:
                ask(5.0)
            elif move.step == 3:
                suspend(WaitFor(Reached(1, 2)))
                known.append(engine.scheduler.commit_step(1))

        engine = ToyHost(script, FAR).engine()
        in_virtual_time(engine.run(5))
        assert known == [2]

    def test_a_deadlock_is_told(self) -> None:
        """It cannot happen; if it does, the message says who waits for whom."""

        def script(host: ToyHost, move: Move) -> None:
            if move.persona == 0:
                suspend(WaitFor(Reached(1, 99)))
            else:
                suspend(WaitFor(Clear(Reach(STREET, 2).to_tile(0), 99)))

        with pytest.raises(AssertionError, match="deadlock") as caught:
            in_virtual_time(ToyHost(script, FAR).engine().run(3))
        assert "Ada (step 0, running) is held by Bo: read hazard until step 99" in str(caught.value)
        assert "and so on from Ada: a cycle" in str(caught.value)


class TestRetries:
    """A move that fails is started over on a clean copy."""

    @pytest.mark.parametrize("tiles", [FAR, NEAR])
    def test_transient_failures_leave_no_trace(self, tiles: tuple[int, ...]) -> None:
        """Half-done work is undone; the result is that of a run without failures."""
        failures = {(0, 1): 2, (1, 0): 1, (1, 3): 3}

        def script(host: ToyHost, move: Move) -> None:
            note(host, move, "a")
            ask(1.0)
            left = failures.get((move.persona, move.step), 0)
            if left and host is troubled:
                failures[move.persona, move.step] = left - 1
                raise ValueError("for once")
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
        """The error names persona, step and cause, and how often it was tried."""

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
            "Bo cannot take step 2: KeyError: 'no such arena' "
            "(tried 3 times, each from a clean copy)"
        )
        assert host.did[1] == ["0", "1"], "left as it was before the step"
        assert [step for step, _ in host.retired] == [0, 1]

    def test_no_retries(self) -> None:
        """The first failure is the last."""

        def script(host: ToyHost, move: Move) -> None:
            raise ValueError("never works")

        host = ToyHost(script, (0,))
        with pytest.raises(MoveFailedError, match="tried 1 times"):
            in_virtual_time(host.engine(retries=0).run(1))
        assert host.begun == [(0, 0, 0)]

    def test_tries_are_counted_for_each_step(self) -> None:
        """Three failures in each of many steps are not too many."""

        def script(host: ToyHost, move: Move) -> None:
            if move.attempt < 3:
                raise ValueError("three times")
            note(host, move)

        host = ToyHost(script, FAR)
        in_virtual_time(host.engine(retries=3).run(6))
        assert host.retired[-1] == (5, ["0 1 2 3 4 5"] * 2)


def failing(latency: float, error: Exception) -> Any:
    """In a fiber: a call that fails."""

    async def fail() -> None:
        await asyncio.sleep(latency)
        raise error

    return suspend(Await(fail()))


class TestModel:
    """A model that fails: host code never sees it."""

    def test_host_code_never_sees_the_error(self) -> None:
        """Its bare except would make a memory of it."""
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

    def test_a_model_that_is_gone_speaks_for_itself(self) -> None:
        """Its remedy is better than ours."""
        gone = ModelError("no server answers", "start it")

        def script(host: ToyHost, move: Move) -> None:
            failing(1.0, gone)

        with pytest.raises(ModelError) as caught:
            in_virtual_time(ToyHost(script, FAR).engine(retries=1).run(2))
        assert caught.value is gone

    @pytest.mark.parametrize(
        "again", [RunStoppedError, type("Final", (ModelError,), {"retry_move": False})]
    )
    def test_what_no_second_try_mends(self, again: type[GaOooError]) -> None:
        """A full disk under the journal, say."""
        final = again("the disk is full", "make room")

        def script(host: ToyHost, move: Move) -> None:
            failing(1.0, final)

        host = ToyHost(script, (0,))
        with pytest.raises(GaOooError) as caught:
            in_virtual_time(host.engine(retries=3).run(2))
        assert caught.value is final
        assert host.begun == [(0, 0, 0)]


class TestEnd:
    """What ends a run, and what it leaves."""

    def test_interrupt(self) -> None:
        """At once; what has retired stays; calls in flight are gone."""
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
        """A move that must never go on ends the run with its error, and no except sees it."""
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
        gc.collect()
        assert seen == []
        assert [step for step, _ in host.retired] == [0, 1, 2]

    def test_abandoned_moves_are_not_revived(self) -> None:
        """A collected greenlet gets GreenletExit, and a bare except would run on from there."""
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
        """What retire raises (a full disk) comes out as it is, and nothing runs on."""

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
        """Every call fails in one instant; asyncio has no lost exception to complain of."""

        def script(host: ToyHost, move: Move) -> None:
            failing(1.0, ModelError("gone", "start it"))

        host = ToyHost(script, (0, 20, 39))
        with pytest.raises(ModelError):
            in_virtual_time(host.engine(retries=0).run(1))
        gc.collect()
        assert not caplog.records


class TestBarrier:
    """Work that must find everybody at one step."""

    def test_everybody_is_brought_to_one_step(self) -> None:
        """Bo is slow; Ada stops, and all go on afterwards."""

        def script(host: ToyHost, move: Move) -> None:
            ask(1.0 if move.persona == 0 else 3.0)
            note(host, move)
            if (move.persona, move.step) == (0, 4):
                host.wanted = True

        host = ToyHost(script, FAR)
        seen: list[tuple[int, list[int]]] = []
        engine = host.engine()
        host.barrier = lambda step: seen.append(
            (step, [engine.scheduler.commit_step(persona) for persona in (0, 1)])
        )
        in_virtual_time(engine.run(8))
        ((step, steps),) = seen
        assert steps == [step, step]
        assert step >= 5
        assert len(host.retired) == 8

    def test_it_may_ask_the_model(self) -> None:
        """In a fiber, outside of any move."""
        answers: list[object] = []

        def script(host: ToyHost, move: Move) -> None:
            note(host, move)
            host.wanted = host.wanted or (move.persona, move.step) == (0, 1)

        def work(step: int) -> None:
            assert current_move() is None
            answers.extend((ask(3.0, "one"), ask(4.0, "two")))

        host = ToyHost(script, FAR)
        host.barrier = work
        in_virtual_time(host.engine().run(4))
        assert answers == ["one", "two"]
        assert len(host.barriers) == 1
        assert len(host.retired) == 4

    def test_at_the_last_step_too(self) -> None:
        """As the host's own loop looks for requests once more before it returns."""

        def script(host: ToyHost, move: Move) -> None:
            host.wanted = host.wanted or (move.persona, move.step) == (1, 2)

        host = ToyHost(script, NEAR)
        in_virtual_time(host.engine().run(3))
        assert host.barriers == [3]

    def test_a_model_that_fails_there(self) -> None:
        """The run ends with the error; the suspended work is not revived by the collector."""
        revived: list[str] = []

        def work(step: int) -> None:
            try:
                failing(1.0, ModelError("gone", "start it"))
            except BaseException as error:
                revived.append(repr(error))

        host = ToyHost(note, FAR)
        host.wanted, host.barrier = True, work
        with pytest.raises(ModelError):
            in_virtual_time(host.engine().run(2))
        gc.collect()
        assert revived == []


def test_measures() -> None:
    """Two personas, three steps, the second asks twice as long: known sums."""

    def script(host: ToyHost, move: Move) -> None:
        if move.step == 1:
            return
        seconds = 1.0 if move.persona == 0 else 2.0
        ask(seconds)
        move.ordinal += 1
        move.seconds += seconds

    host = ToyHost(script, FAR)
    scheduler = host.scheduler(LockstepRule(STREET))
    engine = Engine(scheduler, host)
    in_virtual_time(engine.run(3))
    measures = engine.measures
    assert (measures.moves, measures.moves_with_calls, measures.calls) == (6, 4, 4)
    assert measures.model_seconds == measures.makespan == 6
    assert measures.parallel_sync_seconds == 4
    assert measures.calls_in_flight == 1
