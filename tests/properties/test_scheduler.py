"""The scheduler as a state machine: each stimulus has the effects that brute force finds."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict
from random import Random
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)

from ga_ooo.engine import invariants, stimulus_log
from ga_ooo.engine.hazards import Phase
from ga_ooo.engine.ids import Row
from ga_ooo.engine.protocol import (
    Clear,
    Commit,
    Completed,
    Condition,
    Drain,
    EarlierCompleted,
    HandedOver,
    Instruction,
    Issue,
    Reached,
    Restarted,
    Retire,
    RunUntil,
    Stimulus,
    Waits,
    Wake,
)
from ga_ooo.engine.scheduler import Scheduler
from ga_ooo.engine.scheduler_state import RecentStimuli
from ga_ooo.town.reach import Reach
from tests.properties.driving import rule_of
from tests.properties.maps import Layout, layouts


class BruteForce:
    """The hazards as docs/exactness.md defines them, computed for everybody after every change."""

    def __init__(self, reach: Reach, spelling: str, tiles: list[int], window: int | None) -> None:
        self.rule = rule_of(spelling, reach)
        self.people = range(len(tiles))
        self.window = window
        self.until = 0
        self.step = [0 for _ in tiles]
        self.tile = list(tiles)
        self.next_tile = list(tiles)
        self.phase = [Phase.HELD for _ in tiles]
        self.waits: dict[int, Condition] = {}
        self.pins: set[tuple[int, int]] = set()
        """Pairs of the persona whose move pins, and the persona that is pinned."""

    def matter(self, i: int, j: int) -> int:
        """Steps until j, on its tile, could matter to i, on its tile."""
        return int(self.rule.steps_to_matter(self.tile[i])[self.tile[j]])

    def may_issue(self, i: int) -> bool:
        """There is no lag or order hazard, i is within the window, and no move pins it."""
        s = self.step[i]
        if s >= self.until or (self.window is not None and s >= min(self.step) + self.window):
            return False
        for j in self.people:
            behind = s - self.step[j]
            if j != i and behind > 0 and self.matter(i, j) <= behind:
                return False
            earlier = j < i and behind == 0 and self.phase[j] is not Phase.COMPLETED
            if earlier and self.matter(i, j) == 0:
                return False
        return not self.is_pinned(i)

    def sees_unfinished(self, i: int) -> bool:
        """A persona in sight, at the same step, has not completed it."""
        return any(
            self.step[j] == self.step[i]
            and self.phase[j] is not Phase.COMPLETED
            and self.matter(i, j) == 0
            for j in self.people
            if j != i
        )

    def is_pinned(self, i: int) -> bool:
        """A running move pins i."""
        return any(held == i for _, held in self.pins)

    def holds(self, i: int, condition: Condition) -> bool:
        """Whether the condition of i is true."""
        if isinstance(condition, Reached):
            return self.step[condition.persona] >= condition.step
        for j in self.people:
            behind = condition.step - self.step[j]
            near = condition.row[self.tile[j]] <= behind
            if j == i or not near:
                continue
            if isinstance(condition, Clear):
                if behind > 0 and j >= condition.first:
                    return False
            elif behind > 0 or (j < condition.before and self.phase[j] is not Phase.COMPLETED):
                return False
        return True

    def follow(self) -> Counter[Instruction]:
        """All instructions that follow now."""
        done: Counter[Instruction] = Counter()
        while True:
            found = next(filter(None, map(self._one, self.people)), None)
            if found is None:
                return done
            done.update(found)

    def _one(self, i: int) -> list[Instruction]:
        s = self.step[i]
        if self.phase[i] is Phase.HELD and self.may_issue(i):
            self.phase[i] = Phase.RUNNING
            return [Issue(i, s)]
        if i in self.waits and self.holds(i, self.waits[i]):
            del self.waits[i]
            return [Wake(i)]
        completed = self.phase[i] is Phase.COMPLETED
        if completed and not self.sees_unfinished(i) and not self.is_pinned(i):
            before = min(self.step)
            self.step[i], self.tile[i], self.phase[i] = s + 1, self.next_tile[i], Phase.HELD
            return [Commit(i, s), *map(Retire, range(before, min(self.step)))]
        return []


def comparable(scheduler: Scheduler) -> dict[str, Any]:
    """The state of a scheduler, with its rows at the tiles of personas only."""
    state = asdict(scheduler.state())
    tiles = list(state["tile"])
    for part in ("commit_step", "tile", "next_tile", "phase"):
        state[part] = list(state[part])
    state["conditions"] = {
        persona: (type(condition), condition.step, *_rest_of(condition, tiles))
        for persona, condition in scheduler.conditions.items()
    }
    state["rows"] = [scheduler.row(persona)[tiles].tolist() for persona in range(scheduler.count)]
    state["pinned_by"] = scheduler.scoreboard.pinned_by
    return state


def _rest_of(condition: Condition, tiles: list[int]) -> tuple[object, ...]:
    match condition:
        case Reached(persona, _):
            return (persona,)
        case Clear(row, _, number) | EarlierCompleted(row, _, number):
            return row[tiles].tolist(), number


class SchedulerMachine(RuleBasedStateMachine):
    """Drives the scheduler at random, as an engine with a sound or an unsound rule would."""

    @initialize(
        layout=layouts(most=8),
        people=st.integers(1, 6),
        radius=st.integers(0, 3),
        spelling=st.sampled_from(("reach", "reach", "lockstep", "euclidean:2", "never")),
        window=st.sampled_from((None, None, 1, 3)),
        kept=st.sampled_from((1, 2, 7, 1000)),
        seed=st.integers(0, 2**32),
    )
    def begin(
        self,
        layout: Layout,
        people: int,
        radius: int,
        spelling: str,
        window: int | None,
        kept: int,
        seed: int,
    ) -> None:
        """Each persona may start anywhere."""
        self.rng = Random(seed)
        self.layout, self.reach = layout, Reach(layout.town(), radius)
        tiles = [self.rng.randrange(self.reach.town.size) for _ in range(people)]
        self.brute = BruteForce(self.reach, spelling, tiles, window)
        names = [f"P{i}" for i in range(people)]
        self.scheduler = Scheduler(names, tiles, 0, self.brute.rule, window)
        self.scheduler.recent = RecentStimuli(self.scheduler.state(), kept)
        self.rebuilt: Scheduler | None = None
        self.retired = 0
        self.brute.until = 1
        self.give(RunUntil(1))

    def give(self, stimulus: Stimulus) -> None:
        """Give it to scheduler and brute force; the same instructions must follow."""
        instructions = self.scheduler.handle(stimulus)
        assert Counter(instructions) == self.brute.follow()
        self._give_rebuilt(stimulus, instructions)
        for instruction in instructions:
            if isinstance(instruction, Retire):
                assert instruction.step == self.retired, "steps retire in order"
                self.retired += 1

    def _give_rebuilt(self, stimulus: Stimulus, instructions: list[Instruction]) -> None:
        """The rebuilt scheduler does the same, as long as its log has the rows of the tiles."""
        if self.rebuilt is None:
            return
        try:
            assert self.rebuilt.handle(stimulus) == instructions
        except ValueError as error:
            assert "does not occur in this stimulus log" in str(error)
            self.rebuilt = None

    @rule()
    def rebuild(self) -> None:
        """The log is written now, and the scheduler rebuilt from it."""
        text = stimulus_log.as_text(self.scheduler)
        self.rebuilt = stimulus_log.rebuild(text)

    def going(self) -> list[int]:
        """Personas whose moves run and wait for nothing."""
        brute = self.brute
        return [i for i in brute.people if brute.phase[i] is Phase.RUNNING and i not in brute.waits]

    @precondition(lambda self: self.going())
    @rule(number=st.integers(0, 99), way=st.integers(0, 5))
    def complete(self, number: int, way: int) -> None:
        """A move returns; its persona stays or takes one step to a tile beside it."""
        persona = self.going()[number % len(self.going())]
        town = self.reach.town
        here = self.brute.tile[persona]
        near = [t for t in self.layout.neighbours(town.position(here)) if self.layout.free(t)]
        tile = town.index(*near[way % len(near)]) if near and way < 5 else here
        self.brute.phase[persona] = Phase.COMPLETED
        self.brute.next_tile[persona] = tile
        self.brute.pins = {pin for pin in self.brute.pins if pin[0] != persona}
        self.give(Completed(persona, tile))

    @precondition(lambda self: self.going())
    @rule(number=st.integers(0, 99), other=st.integers(0, 5), kind=st.integers(0, 4))
    def wait(self, number: int, other: int, kind: int) -> None:
        """A running move waits for one of the conditions."""
        persona = self.going()[number % len(self.going())]
        condition = self._condition(persona, other % len(self.brute.people), kind)
        self.brute.waits[persona] = condition
        self.give(Waits(persona, condition))

    def _condition(self, persona: int, other: int, kind: int) -> Condition:
        brute, reach, rng = self.brute, self.reach, self.rng
        step = brute.step[persona]
        if kind == 0:
            return Reached(other, step - rng.choice((0, 1)))
        if kind == 1:
            return Clear(reach.to_sight(brute.tile[persona]), step)
        if kind == 2:
            return Clear(reach.to_tile(rng.randrange(reach.town.size)), step)
        row: Row = reach.to_tiles([rng.randrange(reach.town.size) for _ in range(3)])
        if kind == 3:
            return Clear(row, step - 1, first=other)
        return EarlierCompleted(reach.to_sight(brute.tile[other]), step, before=persona)

    @precondition(lambda self: self.going())
    @rule(number=st.integers(0, 99))
    def hand_over(self, number: int) -> None:
        """A running move is handed a persona in sight, once everybody earlier has completed."""
        persona = self.going()[number % len(self.going())]
        brute, sight = self.brute, self.reach.to_sight(self.brute.tile[persona])
        step = brute.step[persona]
        for other in brute.people:
            if brute.step[other] != step or sight[brute.tile[other]] != 0 or other == persona:
                continue
            turn = Phase.COMPLETED if other < persona else Phase.HELD
            row = self.reach.to_sight(brute.tile[other])
            if brute.phase[other] is turn and brute.holds(
                persona, EarlierCompleted(row, step, persona)
            ):
                brute.pins.add((persona, other))
                self.give(HandedOver(persona, other))

    @precondition(lambda self: Phase.RUNNING in self.brute.phase)
    @rule(number=st.integers(0, 99))
    def restart(self, number: int) -> None:
        """A running move starts again; it may be waiting."""
        running = [i for i in self.brute.people if self.brute.phase[i] is Phase.RUNNING]
        persona = running[number % len(running)]
        self.brute.waits.pop(persona, None)
        self.brute.pins = {pin for pin in self.brute.pins if pin[0] != persona}
        self.give(Restarted(persona))

    @rule(more=st.integers(1, 6))
    def run_on(self, more: int) -> None:
        """More steps are to be taken."""
        self.brute.until = max(self.brute.until, max(self.brute.step) + more)
        self.give(RunUntil(self.brute.until))

    @rule()
    def drain(self) -> None:
        """Everybody is to stop at one step."""
        brute = self.brute
        ahead = max(brute.step[i] + (brute.phase[i] is not Phase.HELD) for i in brute.people)
        brute.until = min(brute.until, ahead)
        self.give(Drain())

    @invariant()
    def incremental_state_is_right(self) -> None:
        """The incremental state equals that of brute force, and there is no deadlock."""
        scheduler, brute = self.scheduler, self.brute
        invariants.check(scheduler)
        for i in brute.people:
            assert scheduler.commit_step(i) == brute.step[i]
            assert scheduler.tile(i) == brute.tile[i]
            assert scheduler.phase(i) is brute.phase[i]
        assert scheduler.conditions == brute.waits
        assert scheduler.horizon == min(brute.step) == self.retired
        assert scheduler.finished == (min(brute.step) >= brute.until)
        assert scheduler.finished or self.going(), "no deadlock"

    @invariant()
    def rebuilt_is_the_same(self) -> None:
        """Every part of the state of the rebuilt scheduler is the same."""
        if self.rebuilt is None:
            return
        invariants.check(self.rebuilt)
        ours, theirs = comparable(self.scheduler), comparable(self.rebuilt)
        for part in ours:
            assert theirs[part] == ours[part], part

    @invariant()
    def pins_add_nothing_to_a_sound_rule(self) -> None:
        """A persona that a pin holds would be held without it."""
        brute = self.brute
        if brute.rule.name != "reach":
            return
        for i, held in brute.pins:
            assert brute.step[held] == brute.step[i]
            if brute.phase[held] is Phase.COMPLETED:
                assert brute.sees_unfinished(held)
            else:
                assert i < held


TestScheduler = SchedulerMachine.TestCase
TestScheduler.settings = settings(stateful_step_count=60)
