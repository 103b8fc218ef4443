"""A rehearsal worker: imports the host, keeps replicas, and rehearses. It knows nothing of Ray."""

from __future__ import annotations

import asyncio
import time
import traceback
from contextlib import ExitStack
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from ga_ooo.cluster.facts import facts_of
from ga_ooo.cluster.frames import (
    Begin,
    Event,
    EventKind,
    Facts,
    FromWorker,
    Setup,
    ToWorker,
    encode,
)
from ga_ooo.cluster.worker_side.absent import Needs, WorkerRehearsalHost
from ga_ooo.cluster.worker_side.asking import RemoteQuestions
from ga_ooo.cluster.worker_side.mirror import MirroredTown
from ga_ooo.engine.ids import PersonaIndex
from ga_ooo.engine.loop.fibers import Move
from ga_ooo.host.checkout.locate import locate
from ga_ooo.host.imported.determinism import order_events
from ga_ooo.host.imported.gateway import Gateway
from ga_ooo.host.imported.modules import use_map
from ga_ooo.host.run.imported_host import ImportedHost
from ga_ooo.host.world.maze_views import MazeViews
from ga_ooo.model.requests import ModelAnswer, ModelCall
from ga_ooo.observer import Observer
from ga_ooo.options import RunOptions
from ga_ooo.plugin import Plugins
from ga_ooo.runahead.driver import Runahead
from ga_ooo.runahead.predictor import HitCount


class RehearsalWorker:
    """All of a worker.

    Args:
        setup: which host it imports.

    Attributes:
        facts: of this process.
        problem: why it can rehearse nothing; None if it can.
    """

    def __init__(self, setup: Setup) -> None:
        plugins = Plugins(setup.plugins)
        checkout = locate(Path(setup.checkout))
        self.facts: Facts = facts_of(checkout)
        self._options = RunOptions(seed=setup.seed, accelerate=setup.accelerate)
        shape = plugins.request_shape(setup.prompts, structured=setup.structured)
        loop = asyncio.get_running_loop()
        gateway = Gateway(_NoModel(), setup.seed, loop, shape)
        self._host = ImportedHost(
            checkout, plugins.recipe(checkout), gateway, plugins.sdks(), self._options, Observer()
        )
        self.problem = self._host.isolation.problem
        self._patches = ExitStack()
        self._patches.enter_context(self._host.quiet())
        self._patches.enter_context(self._host.isolation.installed())
        self._mazes: dict[tuple[str, int], MazeViews] = {}
        self._stretch: _Stretch | None = None
        self._number = 0
        self._seen = 0
        self._used_at = 0.0
        self._moves = 0
        self._error: str | None = None
        self._is_failed = False

    def use(self, frame: ToWorker) -> None:
        """Use a frame of the main process. Frames must be used in their order."""
        self._seen = frame.number
        if frame.begin is not None:
            self._is_failed = False
            self._attempt(lambda: self._begin(frame))
        self._attempt(lambda: self._update(frame))
        self._used_at = time.monotonic()

    def work(self) -> bool:
        """Rehearse some moves. Returns whether there is more to do right now."""
        stretch = self._stretch
        if stretch is None or self._is_failed:
            return False
        return bool(self._attempt(stretch.driver.work))

    @property
    def has_news(self) -> bool:
        """Whether there is something to send."""
        if self._error is not None:
            return True
        return self._stretch is not None and self._stretch.has_news

    def take(self) -> bytes:
        """All that is to be sent, as a frame."""
        self._number += 1
        frame = FromWorker(self._number, self._seen)
        frame.error, self._error = self._error, None
        frame.cpu, frame.kept = time.process_time(), time.monotonic() - self._used_at
        frame.moves = self._moves
        if self._stretch is not None:
            self._stretch.questions.take(frame)
            frame.needs = self._stretch.needs.take()
            frame.moves += self._stretch.driver.rehearsed
        return encode(frame)

    def _attempt(self, work: Any) -> Any:
        """Do some work. An error stays in this worker: the main process is told, and decides."""
        if self._is_failed:
            return None
        try:
            return work()
        except Exception:
            self._error, self._is_failed = traceback.format_exc(), True
            self._leave_stretch()
            return None

    def _begin(self, frame: ToWorker) -> None:
        begin = frame.begin
        assert begin is not None
        if self._stretch is not None:
            self._stretch.driver.drop_all()
        self._leave_stretch()
        self._stretch = _Stretch(self._host, self._views(begin), begin, self._options.seed)

    def _leave_stretch(self) -> None:
        if self._stretch is not None:
            self._moves += self._stretch.driver.rehearsed
        self._stretch = None

    def _update(self, frame: ToWorker) -> None:
        if self._stretch is not None:
            self._stretch.update(frame)

    def _views(self, begin: Begin) -> MazeViews:
        """The views of a map, which is read once."""
        key = (begin.maze_name, begin.radius)
        if key not in self._mazes:
            modules = self._host.modules
            use_map(modules, self._host.checkout.on_map(begin.maze_name).matrix)
            maze = modules.maze.Maze(begin.maze_name)
            order_events(maze)
            person = SimpleNamespace(scratch=SimpleNamespace(vision_r=begin.radius))
            server = SimpleNamespace(maze=maze, personas={"": person})
            self._mazes[key] = self._host.maze_views(server)
        return self._mazes[key]


class _Stretch:
    """The rehearsals of one stretch of steps."""

    def __init__(self, host: ImportedHost, views: MazeViews, begin: Begin, seed: int) -> None:
        tiles = [tile for tile, _ in begin.events]
        views.install([*(presence.tile for presence in begin.before), *tiles])
        own = {"maze": views.maze}
        self._town = MirroredTown(begin, views, own, host.modules.all, host.idle_moves())
        self.needs = Needs()
        views.slot.reader = self._town.reads
        # Rehearsals wait for nothing, and nothing that they do takes effect.
        host.isolation.new_order(lambda move: None)
        self.questions = RemoteQuestions({name: i for i, name in enumerate(begin.names)})
        self.questions.forecast_rates.load([HitCount(*count) for count in begin.rates])
        self._rehearsals = WorkerRehearsalHost(
            *(self._town, views, host.access_times, seed),
            replicas=self._town.replicas,
            needs=self.needs,
        )
        self._mine: set[PersonaIndex] = set()
        progress, ahead, first = self._town.scheduler, begin.ahead, begin.first
        self.driver = Runahead(progress, self._rehearsals, self.questions, ahead, first)
        self.driver.rehearses = self._mine.__contains__
        self._seed = seed

    @property
    def has_news(self) -> bool:
        """Whether there is something to send."""
        return not (self.questions.is_empty and self.needs.is_empty)

    def update(self, frame: ToWorker) -> None:
        """Use a frame. First all that is known, then what has happened: events are about a past
        that is known in full."""
        town = self._town
        town.scheduler.until = frame.until
        for shown in frame.shown:
            town.show(shown)
        changed = {shown.presence.persona for shown in frame.shown}
        changed.update(town.replicas.apply(bytes(state)) for state in frame.states)
        for progress in frame.progress:
            town.scheduler.update(progress)
        changed.update(progress.persona for progress in frame.progress)
        for persona in changed:
            self._rehearsals.changed(persona)
            if town.replicas.has(persona):
                for waiting in self.needs.arrived(persona):
                    self.driver.waits(self._move(waiting))
        if frame.mine is not None:
            self._assign(set(frame.mine))
        if frame.events or frame.answers or frame.findable:
            self.questions.something_happened()
        for event in frame.events:
            self._handle(event)
        for reply in frame.replies:
            self.questions.replied(reply)
        for answer in frame.answers:
            self.questions.answered(answer)
        for question, persona in frame.findable:
            self.questions.findable(question)
            self.driver.waits(self._move(persona))
        town.forget_past()

    def _assign(self, mine: set[PersonaIndex]) -> None:
        for persona in self._mine - mine:
            self.driver.restarted(persona)
        arrived = mine - self._mine
        self._mine.clear()
        self._mine.update(mine)
        for persona in sorted(arrived):
            self.driver.waits(self._move(persona))

    def _handle(self, event: Event) -> None:
        persona = event.persona
        match event.kind:
            case EventKind.WAITS:
                self.driver.waits(self._move(persona))
            case EventKind.COMPLETED:
                move = self._move(persona, event.step)
                move.occurrences.update(event.calls)
                self._town.completing(persona, event.handed)
                self.driver.completed(move)
                self._town.handled()
                self.questions.used_calls(self._town.names[persona], event.calls)
            case EventKind.COMMITTED:
                self.driver.committed(persona, event.step)
                self.questions.forget_calls(self._town.names[persona], event.step)
            case EventKind.RESTARTED:
                self.driver.restarted(persona)
            case EventKind.DROP_ALL:
                self.driver.drop_all()

    def _move(self, persona: PersonaIndex, step: int = 0) -> Move:
        return Move(self._seed, persona, self._town.names[persona], step)


class _NoModel:
    """Only rehearsals run in a worker, and they never reach the client of the gateway."""

    async def answer(self, call: ModelCall) -> ModelAnswer:
        raise AssertionError("a rehearsal worker asks no model")

    async def close(self) -> None:
        """Nothing is open."""
