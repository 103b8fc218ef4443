"""After a run that ends early for any reason, the server is at one step, as the host's own loop
would leave it, with the files up to that step; and the run continues from there to the same end."""

from __future__ import annotations

import asyncio
import contextlib
import json
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from math import inf
from pathlib import Path
from random import Random
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import event, given
from hypothesis import strategies as st

from ga_ooo.engine import stimulus_log
from ga_ooo.engine.graph import explain_all
from ga_ooo.engine.hazards import Phase
from ga_ooo.engine.loop.attempts import InterruptedRunError, MoveFailedError
from ga_ooo.engine.loop.fibers import current_move
from ga_ooo.errors import CausalityError, GaOooError, ModelError
from ga_ooo.host.checkout.recipe import HostRecipe
from ga_ooo.host.imported.loop_work import LoopWork
from ga_ooo.host.isolation.isolation import Isolation
from ga_ooo.host.isolation.policy import ReadPolicy
from ga_ooo.host.run.model_stack import ModelStack
from ga_ooo.host.run.run import Run
from ga_ooo.host.run.stimulus_file import STIMULUS_LOG_FILE
from ga_ooo.host.run.takeover import run_steps
from ga_ooo.host.world.maze_views import MazeViews
from ga_ooo.model.requests import ModelAnswer, ModelCall, ModelClient
from ga_ooo.observer import Observer, Observers
from tests.properties.driving import (
    ACCESS_TIMES,
    Case,
    Conditions,
    MishapError,
    MoodyModel,
    asking,
    cases,
    conditions,
    path_limit,
    rule_of,
    town_loop,
)
from tests.properties.host import Server, state
from tests.properties.maps import Layout
from tests.properties.persona import Outside, Persona, Temper

NOTES = "notes"


@dataclass(frozen=True)
class Trouble:
    """What ends the run, at about which step, and how long after this step retires.

    Attributes:
        kind: ``interrupt``, ``model`` (gone), ``host`` (a move that always fails), ``disk`` (a file
            cannot be written), ``observer`` (fails with its own error), ``rule`` (unsound).
    """

    kind: str
    step: int
    delay: float


class MortalModel(MoodyModel):
    """A model that may become unavailable for good."""

    gone = False

    async def answer(self, call: ModelCall) -> ModelAnswer:
        """See :class:`~ga_ooo.model.requests.ModelClient`."""
        if self.gone:
            raise ModelError("the model is gone", "start it again")
        return await super().answer(call)


def no_host_errors(server: Server, doing: str) -> contextlib.AbstractContextManager[None]:
    """The loop of this host does no work of its own."""
    raise AssertionError(doing)


class SyntheticHost:
    """The synthetic host in the place of an imported one, as far as a run needs it."""

    access_times = ACCESS_TIMES

    def __init__(self, case: Case, how: Conditions, storage: Path) -> None:
        self.storage = storage
        self.modules = SimpleNamespace(all=[])
        # The code of the host that errors are named in: that of the synthetic host, beside this.
        self.checkout = SimpleNamespace(root=Path(__file__).parents[1])
        self._ignores_far, self._radius = how.ignores_far, case.radius
        self._views: MazeViews | None = None
        self.loop_work = LoopWork(HostRecipe("synthetic"), pytest, storage, no_host_errors)
        self.isolation = Isolation({}, ReadPolicy(()), [])

    def quiet(self) -> contextlib.AbstractContextManager[None]:
        """See :class:`~ga_ooo.host.run.imported_host.ImportedHost`."""
        return contextlib.nullcontext()

    def maze_views(self, server: Server) -> MazeViews:
        """See :class:`~ga_ooo.host.run.imported_host.ImportedHost`."""
        if self._views is None:
            self._views = MazeViews(
                server.maze, "1", self._radius, ignores_far_events=self._ignores_far
            )
        return self._views

    def idle_moves(self) -> None:
        """See :class:`~ga_ooo.host.run.imported_host.ImportedHost`."""


class StepWatch(Observer):
    """Calls a function of the test for each step that retires."""

    def __init__(self) -> None:
        self.then: Callable[[int], None] = lambda step: None

    def retired(self, step: int, movements: dict[str, Any]) -> None:
        """See :class:`~ga_ooo.observer.Observer`."""
        self.then(step)


class SyntheticRun(Run):
    """A run of the synthetic host."""

    def __init__(
        self, host: SyntheticHost, client: ModelClient, how: Conditions, loop: Any, **more: Any
    ) -> None:
        self.rule_name = how.rule
        self.watch = StepWatch()
        observers = Observers([self.watch])
        super().__init__(
            host,  # type: ignore[arg-type]  # the synthetic host
            ModelStack(client, how.options, loop, observers),
            how.options,
            loop,
            observers,
            lambda spelling, reach: rule_of(self.rule_name, reach),
            **more,
        )

    def interrupt(self) -> None:
        """Do what a signal does."""
        assert self.engine is not None
        self.engine.interrupt()


class Town:
    """A synthetic host with its files, run by the takeover."""

    def __init__(self, case: Case, how: Conditions, loop: Any, storage: Path) -> None:
        self.server = case.server()
        self.how = how
        self.folder = storage / self.server.sim_code
        (self.folder / "environment").mkdir(parents=True)
        first = {
            name: {"maze": self.server.maze.maze_name, "x": x, "y": y}
            for name, (x, y) in self.server.positions.items()
        }
        (self.folder / "environment" / "0.json").write_text(json.dumps(first, indent=2))
        self.client = MortalModel(Random(how.latency_seed), how.mishaps)
        self.run = SyntheticRun(SyntheticHost(case, how, storage), self.client, how, loop)

    def take(self, steps: int) -> None:
        """Do what the host's ``run`` command does."""
        usual = asking(self.run.model.gateway, self.how)
        Persona.outside = replace(usual, note=notes_in(self.folder / NOTES))
        try:
            run_steps(self.run, self.server, steps)
        finally:
            assert not asyncio.all_tasks(self.run.loop), "no call outlives its run"

    @contextlib.contextmanager
    def trouble(self, trouble: Trouble) -> Iterator[None]:
        """While entered, the trouble ends the run sooner or later."""
        run, where = self.run, trouble.step
        blocked = self.folder / "movement" / f"{where}.json"
        if trouble.kind == "disk":
            # A folder in the place of the file makes the real call fail with its real error.
            (blocked / "in the way").mkdir(parents=True)
        elif trouble.kind == "host":
            self._break_host(where)
        elif trouble.kind == "rule":
            run.rule_name = "never"

        def retired(step: int) -> None:
            if step != where:
                return
            if trouble.kind == "observer":
                raise ZeroDivisionError("an observer's own mistake")
            if trouble.kind == "model":
                self.client.gone = True
            elif trouble.kind == "interrupt":
                later.append(run.loop.call_later(trouble.delay, run.interrupt))

        later: list[asyncio.TimerHandle] = []
        run.watch.then = retired
        try:
            yield
        finally:
            for handle in later:
                handle.cancel()
            run.watch.then = lambda step: None
            self.client.gone = False
            run.rule_name = self.how.rule
            run.options = self.how.options
            if trouble.kind == "disk":
                (blocked / "in the way").rmdir()
                blocked.rmdir()

    def _break_host(self, step: int) -> None:
        usual = Persona.outside.trip

        def trip() -> None:
            usual()
            move = current_move()
            if move is not None and move.step == step and self.broken:
                raise MishapError("host code fails for good")

        self.broken = True
        Persona.outside = replace(Persona.outside, trip=trip)

    broken = False


def notes_in(folder: Path) -> Callable[[str], None]:
    """Moves write files, in ways of which some depend on what other moves have written."""

    def note(text: str) -> None:
        folder.mkdir(exist_ok=True)
        name = text.split()[0]
        way = Random(text).randrange(4)
        if way == 0:
            with (folder / "log.txt").open("a") as file:
                file.write(f"{text}\n")
        elif way == 1:
            path = folder / "list.json"
            noted = json.loads(path.read_text()) if path.exists() else []
            path.write_text(json.dumps([*noted, text]))
        elif way == 2:
            (folder / name).write_text(text)
        elif (folder / name).exists():
            (folder / name).rename(folder / f"{name}-before")

    return note


def tree(folder: Path) -> dict[str, bytes]:
    """Every file in a folder."""
    return {path.name: path.read_bytes() for path in folder.glob("*")}


def assert_stands(town: Town, case: Case, runs: list[int]) -> None:
    """Server and files are as the host's own loop leaves them after these runs."""
    own = case.server()
    moved: dict[int, Any] = {}
    with tempfile.TemporaryDirectory() as notes:
        Persona.outside = Outside(note=notes_in(Path(notes)))
        for steps in runs:
            own.start_server(steps, moved.__setitem__)
        assert tree(town.folder / NOTES) == tree(Path(notes))
    assert town.server.step == own.step
    ours, theirs = state(town.server), state(own)
    for part in theirs:
        assert ours[part] == theirs[part], part
    files = {int(path.stem): path for path in (town.folder / "movement").glob("*.json")}
    assert set(files) == set(moved)
    for step, movements in moved.items():
        assert files[step].read_text() == json.dumps(movements, indent=2)
        after = json.loads((town.folder / "environment" / f"{step + 1}.json").read_text())
        tiles = {name: (place["x"], place["y"]) for name, place in after.items()}
        assert tiles == {n: tuple(p["movement"]) for n, p in movements["persona"].items()}
    assert len(list((town.folder / "environment").iterdir())) == own.step + 1


def assert_reported(error: Exception, town: Town) -> None:
    """Errors of host code name its line; causality errors leave a log to rebuild the scheduler."""
    if isinstance(error, MoveFailedError) and isinstance(error.cause, MishapError):
        assert "driving.py, line " in error.problem
    path = town.folder / STIMULUS_LOG_FILE
    if not isinstance(error, CausalityError):
        assert not path.exists()
        return
    assert str(path) in error.remedy
    rebuilt = stimulus_log.rebuild(path.read_text())
    assert explain_all(rebuilt) == explain_all(stimulus_log.rebuild(error.stimulus_log))
    # The move that found the error is still running: it never returns.
    assert any(rebuilt.phase(persona) is Phase.RUNNING for persona in range(rebuilt.count))


def meadow(seed: int) -> Case:
    """Four personas who see and think much, and seldom change what others see."""
    layout = Layout([[False] * 6] * 3, [[("", "")] * 6] * 3, [[""] * 6] * 3)
    temper = Temper(vision=(4,), act=0.1, talk=0.1, look=0.0, ask_where=0.0, think=0.3)
    return Case(layout, ((0, 0), (2, 1), (5, 2), (4, 0)), temper, seed, (60,))


@pytest.mark.parametrize("budget", [0.15, inf])
def test_rehearsals_are_of_use(budget: float, tmp_path: Path) -> None:
    """Otherwise the properties might hold only because no call was ever prefetched."""
    case = meadow(5)
    # A seed under which every call takes a second or less.
    how = Conditions(latency_seed=1, runahead=8, budget=budget)
    with town_loop() as loop:
        town = Town(case, how, loop, tmp_path)
        town.take(60)
        assert_stands(town, case, [60])
        assert town.run.model.prefetching is not None
        admission = town.run.model.prefetching.admission
    assert 10 < admission.hits <= admission.prefetched
    assert admission.used_tokens <= admission.prefetched_tokens
    assert admission.used_tokens <= admission.real_tokens


@pytest.mark.parametrize("seed", range(8))
def test_the_end_of_a_run_asks_nothing_more(seed: int, tmp_path: Path) -> None:
    """Not even for moves that wait for a prefetch, which is cancelled now."""
    how = Conditions(latency_seed=1, runahead=8)
    asked: list[int] = []

    def interrupt(town: Town) -> None:
        asked.append(town.client.asked)
        town.run.interrupt()

    with town_loop() as loop:
        town = Town(meadow(seed), how, loop, tmp_path)
        loop.call_at(5.05 + seed / 10, interrupt, town)
        with pytest.raises(InterruptedRunError):
            town.take(60)
        assert asked == [town.client.asked]


troubles = st.builds(
    Trouble,
    kind=st.sampled_from(("interrupt", "model", "host", "disk", "observer", "rule")),
    step=st.integers(0, 14),
    delay=st.sampled_from((0.0, 0.5, 3.0, 20.0)),
)


@given(cases(people=5, steps=16), conditions, troubles)
def test_trouble_leaves_one_step(case: Case, how: Conditions, trouble: Trouble) -> None:
    """Run, have trouble, continue."""
    steps = case.runs[0]
    with (
        path_limit(case.temper.path_limit),
        tempfile.TemporaryDirectory() as folder,
        town_loop() as loop,
    ):
        town = Town(case, how, loop, Path(folder))
        try:
            with town.trouble(trouble):
                if trouble.kind in ("host", "model"):
                    # A move that always fails need not be tried so often.
                    town.run.options = replace(how.options, retries=3)
                town.take(steps)
        except (GaOooError, ZeroDivisionError) as error:
            event(f"{trouble.kind}: {type(error).__name__}")
            assert_reported(error, town)
        stood = town.server.step
        assert stood <= steps
        assert_stands(town, case, [stood])
        town.take(steps - stood)
        assert_stands(town, case, [stood, steps - stood])
        town.take(2)
        assert_stands(town, case, [stood, steps - stood, 2])
