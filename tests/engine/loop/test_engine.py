"""The engine on a toy host: order, waiting, barriers, measures."""

from __future__ import annotations

import gc

import pytest

from ga_ooo.engine import stimulus_log
from ga_ooo.engine.graph import explain_all
from ga_ooo.engine.loop.engine import Engine
from ga_ooo.engine.loop.fibers import Move, WaitFor, current_move, suspend
from ga_ooo.engine.protocol import Clear, Reached
from ga_ooo.errors import DeadlockError, ModelError
from ga_ooo.town.reach import Reach
from ga_ooo.town.rules import LockstepRule
from tests.engine.loop.toyhost import (
    FAR,
    NEAR,
    STREET,
    ToyHost,
    ask,
    failing,
    in_virtual_time,
    note,
)


class TestOrder:
    """Which move runs when, in virtual time."""

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

    def test_in_sight_they_run_one_after_another(self) -> None:
        """In each step, moves run one after another in persona order."""
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
        """Ada is twenty times as fast; steps still retire in the host's order."""

        def script(host: ToyHost, move: Move) -> None:
            ask(0.1 if move.persona == 0 else 2.0)
            note(host, move)

        host = ToyHost(script, FAR)
        in_virtual_time(host.engine().run(4))
        assert [step for step, _ in host.retired] == [0, 1, 2, 3]
        assert host.retired[1][1] == ["0 1", "0 1"]
        assert host.committed.index((0, 3)) < host.committed.index((1, 0))

    def test_an_observer_is_notified_in_order(self) -> None:
        """The observer is notified before the engine acts on the persona step."""
        notified: list[tuple[str, str, int]] = []
        host = ToyHost(note, (0,))

        class Listener:
            def issued(self, persona: str, step: int) -> None:
                assert (0, step) not in [begun[:2] for begun in host.begun]
                notified.append(("issued", persona, step))

            def completed(self, persona: str, step: int) -> None:
                assert (0, step) not in host.committed
                notified.append(("completed", persona, step))

            def failed(self, persona: str, step: int, error: str) -> None:
                raise AssertionError(error)

            def committed(self, persona: str, step: int) -> None:
                assert len(host.retired) == step
                notified.append(("committed", persona, step))

        in_virtual_time(Engine(host.scheduler(), host, 3, Listener()).run(2))
        events = ("issued", "completed", "committed")
        assert notified == [(event, "Ada", step) for step in (0, 1) for event in events]

    def test_moves_taken_at_once(self) -> None:
        """They need no fiber and no clean copy; the same steps retire."""
        host = ToyHost(note, FAR)
        host.at_once = lambda persona, step: persona == 0 and step in (1, 2)
        engine = host.engine()
        in_virtual_time(engine.run(4))
        assert host.taken == [(0, 1), (0, 2)]
        assert [step for persona, step, _ in host.begun if persona == 0] == [0, 3]
        assert host.retired[-1] == (3, ["0 3", "0 1 2 3"])
        assert engine.measures.moves == 8

    def test_runs_follow_each_other(self) -> None:
        """``run 2`` and ``run 2`` more."""

        async def twice(engine: Engine[str]) -> None:
            await engine.run(2)
            await engine.run(4)

        host = ToyHost(note, FAR)
        in_virtual_time(twice(host.engine()))
        assert host.retired[-1] == (3, ["0 1 2 3", "0 1 2 3"])

    def test_no_steps(self) -> None:
        """No move begins."""
        host = ToyHost(note)
        in_virtual_time(host.engine().run(0))
        assert not host.begun


class TestWaiting:
    """Moves that wait for other personas."""

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

    def test_a_deadlock_is_explained(self) -> None:
        """A deadlock cannot happen; if it does, the error says who waits for whom."""

        def script(host: ToyHost, move: Move) -> None:
            if move.persona == 0:
                suspend(WaitFor(Reached(1, 99)))
            else:
                suspend(WaitFor(Clear(Reach(STREET, 2).to_tile(0), 99)))

        with pytest.raises(DeadlockError) as caught:
            in_virtual_time(ToyHost(script, FAR).engine().run(3))
        problem = caught.value.problem
        assert "Ada (step 0, running) is held by Bo: read hazard until step 99" in problem
        assert "and so on from Ada: a cycle" in problem

    def test_a_deadlock_carries_the_stimulus_log(self) -> None:
        """The scheduler that is rebuilt from the log is in the same deadlock."""

        def script(host: ToyHost, move: Move) -> None:
            if move.step == 2:
                suspend(WaitFor(Reached(1 - move.persona, 99)))

        engine = ToyHost(script, FAR).engine()
        with pytest.raises(DeadlockError) as caught:
            in_virtual_time(engine.run(3))
        rebuilt = stimulus_log.rebuild(caught.value.stimulus_log)
        assert explain_all(rebuilt) == explain_all(engine.scheduler)
        assert "Bo (step 2, running) is held by Ada: read hazard" in explain_all(rebuilt)


class TestBarrier:
    """Work that needs everybody at one step."""

    def test_everybody_is_brought_to_one_step(self) -> None:
        """Bo is slow; Ada stops and waits for Bo, and both continue afterwards."""

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
        """The work runs in a fiber, outside of any move."""
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
        """The host's own loop, too, looks for requests once more before it returns."""

        def script(host: ToyHost, move: Move) -> None:
            host.wanted = host.wanted or (move.persona, move.step) == (1, 2)

        host = ToyHost(script, NEAR)
        in_virtual_time(host.engine().run(3))
        assert host.barriers == [3]

    def test_a_model_that_fails_there(self) -> None:
        """The run ends with the error; the garbage collector does not revive the suspended work."""
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
    """Two personas, three steps, the calls of the second take twice as long: the sums are known."""

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
