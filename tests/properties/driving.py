"""Runs the synthetic host both ways: by its own loop, and on the engine."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from math import inf
from random import Random
from typing import Any

import numpy as np
from hypothesis import strategies as st

from ga_ooo.engine import invariants
from ga_ooo.engine.ids import NEVER, PersonaIndex, Step, TileIndex
from ga_ooo.engine.loop.clock import VirtualTimeLoop
from ga_ooo.engine.loop.engine import Engine
from ga_ooo.engine.loop.fibers import current_move
from ga_ooo.engine.protocol import Instruction, Stimulus
from ga_ooo.engine.rules import DependencyRule
from ga_ooo.engine.scheduler import Scheduler
from ga_ooo.errors import ModelError
from ga_ooo.host.durable.keeper import Checkpoints
from ga_ooo.host.imported.gateway import Gateway
from ga_ooo.host.run.rehearsal import TownRehearsalHost
from ga_ooo.host.run.town_host import StepWork, TownHost
from ga_ooo.host.world import maze_views
from ga_ooo.host.world.access_times import AccessTimes
from ga_ooo.host.world.checkpoint import Checkpoint
from ga_ooo.host.world.maze_views import MazeViews
from ga_ooo.host.world.news import IdleMoves
from ga_ooo.host.world.snapshot import take_copy, with_accessed
from ga_ooo.model.requests import (
    CallKind,
    ModelAnswer,
    ModelCall,
    ModelClient,
    ModelRequest,
)
from ga_ooo.options import RunOptions
from ga_ooo.runahead.driver import Runahead
from ga_ooo.runahead.questions import LocalQuestions, Prefetching
from ga_ooo.runahead.rehearsal import Rehearsal
from ga_ooo.town.reach import Reach
from ga_ooo.town.rules import make_rule
from ga_ooo.town.tile_versions import Presence
from tests.properties.host import Server, json_copy, state
from tests.properties.maps import Layout, layouts
from tests.properties.persona import Node, Outside, Persona, Temper, digest_of

Movements = list[tuple[int, dict[str, Any]]]

ACCESS_TIMES = AccessTimes(Node)
"""Made before there is any node, as for the real host."""


@dataclass(frozen=True)
class Case:
    """One town, and what happens in it.

    Attributes:
        runs: steps of consecutive runs (``run a``, then ``run b``).
    """

    layout: Layout
    starts: tuple[tuple[int, int], ...]
    temper: Temper
    seed: int
    runs: tuple[int, ...]

    @property
    def radius(self) -> int:
        """The largest sight radius of all personas."""
        return max(self.temper.vision[: len(self.starts)])

    def server(self) -> Server:
        """The town before its first step."""
        return Server(self.layout, list(self.starts), self.temper, self.seed)


@st.composite
def cases(draw: st.DrawFn, people: int = 8, steps: int = 24) -> Case:
    """Random towns with 2 to ``people`` personas, some of whom start in walls."""
    layout = draw(layouts())
    rng = Random(draw(st.integers(0, 2**32)))
    tiles = layout.tiles()
    free = [tile for tile in tiles if layout.free(tile)] or tiles
    count = draw(st.integers(2, people))
    # Often two on one tile, since personas who meet influence each other.
    crowd = [rng.choice(free) for _ in range(max(1, count // 2))]
    starts = [rng.choice((rng.choice(tiles), rng.choice(free), *crowd)) for _ in range(count)]
    chance = st.sampled_from((0.0, 0.1, 0.3, 0.6))
    temper = Temper(
        vision=tuple(draw(st.lists(st.integers(0, 4), min_size=1, max_size=3))),
        act=draw(chance),
        talk=draw(chance),
        look=draw(chance),
        ask_where=draw(chance),
        think=draw(chance),
        path_limit=draw(st.sampled_from((3, 8, 151))),
    )
    runs = draw(st.lists(st.integers(1, steps), min_size=1, max_size=3))
    return Case(layout, tuple(starts), temper, draw(st.integers(0, 2**32)), tuple(runs))


@dataclass(frozen=True)
class Conditions:
    """How the engine is run; the result must not depend on it.

    Attributes:
        latency_seed: determines how long each call takes, and so every order of completion.
        mishaps: chance of a failure in a call or in the middle of a move.
        runahead: steps that a persona is rehearsed ahead.
        budget: the share of tokens that rehearsals may waste.
        idle: takes moves in which nothing happens.
    """

    latency_seed: int = 0
    mishaps: float = 0.0
    rule: str = "reach"
    window: int | None = None
    checkpoint_steps: int = 7
    ignores_far: bool = False
    runahead: int = 0
    budget: float = inf
    idle: IdleMoves | None = None

    @property
    def options(self) -> RunOptions:
        """As options of a run, with many retries, since there are many mishaps."""
        return RunOptions(
            retries=200,
            rule=self.rule,
            window=self.window,
            checkpoint_steps=self.checkpoint_steps,
            runahead=self.runahead,
            runahead_budget=self.budget,
        )

    def prefetching(self, model: ModelClient) -> Prefetching | None:
        """The calls of rehearsals, if there are any."""
        return Prefetching(model, self.budget) if self.runahead else None


conditions = st.builds(
    Conditions,
    latency_seed=st.integers(0, 2**32),
    mishaps=st.sampled_from((0.0, 0.0, 0.1, 0.3)),
    window=st.sampled_from((None, None, 1, 2, 5)),
    checkpoint_steps=st.sampled_from((1, 3, 10, 1000)),
    ignores_far=st.booleans(),
    runahead=st.sampled_from((0, 1, 8, 64)),
    budget=st.sampled_from((0.15, inf)),
)


class MoodyModel:
    """A model that gives the answers of the oracle late, out of order, or not at the first try."""

    def __init__(self, rng: Random, mishaps: float) -> None:
        self.asked = 0
        self._rng = rng
        self._mishaps = mishaps
        self._pace = rng.choice(((0, 1), (1,), (0, 0, 0, 100), (1, 2, 5, 13, 40)))

    async def answer(self, call: ModelCall) -> ModelAnswer:
        """See :class:`~ga_ooo.model.requests.ModelClient`."""
        self.asked += 1
        latency, fails = self._rng.choice(self._pace), self._rng.random() < self._mishaps
        if latency:
            await asyncio.sleep(latency * self._rng.choice((1, 1, self._rng.random())))
        if fails:
            raise ModelError("the model had a mishap", "ask again")
        # So many tokens that a few misses use up a budget.
        text = digest_of("answer", call.request.prompt)
        return ModelAnswer(text=text, prompt_tokens=3000, output_tokens=len(text))

    async def close(self) -> None:
        """See :class:`~ga_ooo.model.requests.ModelClient`."""


class MishapError(Exception):
    """Host code fails this time."""


@contextmanager
def outside(loop: asyncio.AbstractEventLoop, how: Conditions) -> Iterator[Prefetching | None]:
    """While entered, moves ask the model through the gateway, and some moves fail."""
    model = MoodyModel(Random(how.latency_seed), how.mishaps)
    prefetching = how.prefetching(model)
    gateway = Gateway(model if prefetching is None else prefetching.cache, 0, loop)
    Persona.outside = asking(gateway, how)
    try:
        yield prefetching
    finally:
        Persona.outside = Outside()


def asking(gateway: Gateway, how: Conditions) -> Outside:
    """Moves ask through the gateway; some fail, at the same point, until the next attempt."""

    def ask(prompt: str) -> str:
        return gateway.ask(ModelRequest(CallKind.COMPLETION, "model", prompt=prompt)).text

    def trip() -> None:
        move = current_move()
        assert move is not None
        where = (how.latency_seed, move.name, move.step, move.attempt, move.ordinal)
        if Random(digest_of(where)).random() < how.mishaps:
            raise MishapError("a mishap in host code")

    return Outside(ask, trip)


def by_own_loop(case: Case) -> tuple[Movements, list[dict[str, Any]]]:
    """The results of the host's own loop: movement records, and the state after each run."""
    server, moved, after = case.server(), Movements(), []
    for steps in case.runs:
        server.start_server(steps, lambda step, movements: moved.append((step, movements)))
        after.append(state(server))
    return moved, after


def on_engine(case: Case, how: Conditions) -> tuple[Movements, list[dict[str, Any]]]:
    """The results of the engine, in the same form.

    Raises:
        CausalityError: the rule was unsound, and the engine noticed it.
    """
    server, moved, after = case.server(), Movements(), []
    with path_limit(case.temper.path_limit), town_loop() as loop, outside(loop, how) as prefetching:
        views = MazeViews(server.maze, "1", case.radius, ignores_far_events=how.ignores_far)
        for steps in case.runs:
            _run(server, views, how, prefetching, steps, loop, moved)
            after.append(state(server))
    return moved, after


def _run(
    server: Server,
    views: MazeViews,
    how: Conditions,
    prefetching: Prefetching | None,
    steps: int,
    loop: asyncio.AbstractEventLoop,
    moved: Movements,
) -> None:
    work = _Recording(server.step, moved)
    start, until = fresh_start(server, views), server.step + steps
    run = TownHost(
        server,
        views,
        rule_of(how.rule, views.reach),
        how.options,
        start,
        work,
        Checkpoints(lambda step: None),
        idle=how.idle,
    )
    views.slot.reader = run.reads
    if not how.rule.endswith(":0.5"):
        # A rule that assumes personas to be slower than they are breaks its own invariant.
        watch(run.scheduler)
    idle_work = None
    if prefetching is not None:
        rehearsals = _CheckedRehearsals(run, views, ACCESS_TIMES, 0)
        questions = LocalQuestions(prefetching, run.names)
        idle_work = Runahead(run.scheduler, rehearsals, questions, how.runahead)
    engine = Engine(run.scheduler, run, how.options.retries, work, idle_work=idle_work)
    loop.run_until_complete(engine.run(until))
    assert not asyncio.all_tasks(loop), "no call outlives its run"
    assert views.slot.reader is run.reads, "rehearsals give the map back"
    views.slot.reader = None
    server.step, server.curr_time = until, run.time_at(until)
    for persona, name in enumerate(run.names):
        server.personas_tile[name] = run.history.position_at(persona, until - 1)
        server.positions[name] = run.history.position_at(persona, until)
    views.remove(dict(run.history.all_events(until - 1)))


class _CheckedRehearsals(TownRehearsalHost):
    """Checks that no presence is kept that is out of date."""

    def presences(
        self, step: Step, tile: TileIndex, rehearsals: Mapping[PersonaIndex, Rehearsal]
    ) -> dict[PersonaIndex, Presence]:
        kept, fresh = super().presences(step, tile, rehearsals), self._assumptions.presence
        personas = range(len(self._run.names))
        all_of_them = {persona: fresh(persona, step, rehearsals) for persona in personas}
        seen = self._views.reach.tiles_in_sight(tile)
        assert kept == {p: shown for p, shown in all_of_them.items() if shown.tile in seen}
        assert list(kept) == sorted(kept)
        return kept


def fresh_start(server: Server, views: MazeViews) -> Checkpoint:
    """The start of a run, as the takeover of the real host makes it."""
    positions = [views.index(tile) for tile in server.positions.values()]
    earlier = [views.index(tile) for tile in server.personas_tile.values()]
    names = list(server.personas)
    return Checkpoint(
        step=server.step,
        copies=[with_accessed(take_copy(p), p) for p in server.personas.values()],
        positions=positions,
        before=[
            Presence(i, tile, (names[i], None, None, None), None) for i, tile in enumerate(earlier)
        ],
        events=views.install([*positions, *earlier]),
        curr_tiles=[persona.scratch.curr_tile for persona in server.personas.values()],
    )


def rule_of(spelling: str, reach: Reach) -> DependencyRule:
    """A rule by its spelling."""
    if spelling == "never":
        return NeverRule(reach)
    rule = make_rule(spelling, reach)
    assert rule is not None
    return rule


class NeverRule:
    """The least sound rule: nobody ever matters to anybody."""

    name = "never"

    def __init__(self, reach: Reach) -> None:
        self._row = far_row(reach)

    def steps_to_matter(self, tile: int) -> Any:
        """See :class:`~ga_ooo.engine.rules.DependencyRule`."""
        return self._row


def far_row(reach: Reach) -> Any:
    """A row in which nothing is near."""
    return np.full(reach.town.size, NEVER, dtype=np.uint16)


def watch(scheduler: Scheduler) -> None:
    """Check the invariants after every stimulus from now on."""
    handle = scheduler.handle

    def handle_and_check(stimulus: Stimulus) -> list[Instruction]:
        instructions = handle(stimulus)
        invariants.check(scheduler)
        return instructions

    scheduler.handle = handle_and_check  # type: ignore[method-assign]  # wrapped for a test


class _Recording(StepWork):
    """Records movements, and checks that every persona step is committed and retired once."""

    def __init__(self, step: int, moved: Movements) -> None:
        self._next = step
        self._committed: set[tuple[str, int]] = set()
        self._moved = moved

    def issued(self, persona: str, step: int) -> None:
        """See :class:`~ga_ooo.engine.loop.observer.EngineObserver`."""

    def completed(self, persona: str, step: int) -> None:
        """See :class:`~ga_ooo.engine.loop.observer.EngineObserver`."""

    def failed(self, persona: str, step: int, error: str) -> None:
        """See :class:`~ga_ooo.engine.loop.observer.EngineObserver`."""

    def committed(self, persona: str, step: int) -> None:
        """See :class:`~ga_ooo.engine.loop.observer.EngineObserver`."""
        assert (persona, step) not in self._committed
        self._committed.add((persona, step))

    def retired(self, step: int, movements: dict[str, Any]) -> None:
        """See :class:`~ga_ooo.host.run.town_host.StepWork`."""
        assert step == self._next
        self._next += 1
        self._moved.append((step, json_copy(movements)))


@contextmanager
def town_loop() -> Iterator[asyncio.AbstractEventLoop]:
    """A loop in virtual time; tasks that are left on it are cancelled when it is closed."""
    loop = VirtualTimeLoop()
    try:
        yield loop
    finally:
        left = asyncio.all_tasks(loop)
        for task in left:
            task.cancel()
        if left:
            loop.run_until_complete(asyncio.gather(*left, return_exceptions=True))
        loop.close()


@contextmanager
def path_limit(moves: int) -> Iterator[None]:
    """While entered, the maze views assume a path finder that gives up after so many moves."""
    usual = maze_views.PATH_LIMIT
    maze_views.PATH_LIMIT = moves - 1  # type: ignore[misc]  # a constant, changed for a test
    try:
        yield
    finally:
        maze_views.PATH_LIMIT = usual  # type: ignore[misc]  # a constant, changed for a test


def with_runs(case: Case, *runs: int) -> Case:
    """The same town with other runs."""
    return replace(case, runs=runs)
