"""Puts the engine in the place of the host's ``start_server``, and of nothing else."""

from __future__ import annotations

import logging
import time
from collections import deque
from typing import Any

from ga_ooo.engine.loop.attempts import InterruptedRunError, MoveFailedError
from ga_ooo.engine.loop.collector import collecting_rarely
from ga_ooo.engine.loop.defects import ending_on_defects
from ga_ooo.engine.loop.engine import Engine
from ga_ooo.engine.rules import DependencyRule
from ga_ooo.errors import UsageError
from ga_ooo.host.durable.keeper import Checkpoints
from ga_ooo.host.durable.profile_store import keep_profile
from ga_ooo.host.imported.host_errors import (
    HOST_ERROR_FILE,
    keep_host_traceback,
    name_host_line,
)
from ga_ooo.host.imported.loop_work import refuse_changes
from ga_ooo.host.imported.signatures import steps_asked
from ga_ooo.host.run.idle_work import make_idle_work
from ga_ooo.host.run.run import Run
from ga_ooo.host.run.step_files import StepFiles
from ga_ooo.host.run.stimulus_file import keep_stimulus_log
from ga_ooo.host.run.town_host import StepWork, TownHost
from ga_ooo.host.world.checkpoint import Checkpoint, first_checkpoint
from ga_ooo.host.world.maze_views import MazeViews
from ga_ooo.observer import StretchStart
from ga_ooo.town.rules import ReachRule

logger = logging.getLogger(__name__)


def take_over(run: Run) -> None:
    """From now on ``ReverieServer.start_server`` of the imported host runs out of order.

    Parameters of a fork: see :func:`~ga_ooo.host.imported.signatures.steps_asked`.
    """
    own = run.host.modules.reverie.ReverieServer.start_server

    def start_server(server: Any, *args: Any, **keywords: Any) -> None:
        with run.stopping_on_signals():
            run_steps(run, server, steps_asked(own, server, args, keywords))

    run.host.modules.reverie.ReverieServer.start_server = start_server


def run_steps(run: Run, server: Any, steps: int, start: Checkpoint | None = None) -> None:
    """Do what the host's ``start_server(steps)`` does, out of order.

    If the run ends early, all personas are at one step (``run.end_state``), and the files up to
    that step are written.

    Args:
        start: the state of the server in the middle of such a call; None at its beginning.

    Raises:
        UsageError: a negative number of steps.
        HostError: the user has switched on work that only the host's own loop does.
        GaOooError: the run stopped early.
    """
    if steps < 0:
        raise UsageError(f"{steps} steps cannot be run", "give 0 or more steps")
    run.host.loop_work.refuse_flags(server)
    if steps == 0:
        return
    with run.host.quiet(), collecting_rarely(), run.host.isolation.installed():
        _Stretch(run, server).take_steps(server.step + steps, start)


class _Stretch(StepWork):
    """One call of ``start_server``."""

    def __init__(self, run: Run, server: Any) -> None:
        self._run = run
        self._server = server
        run.minds.people = server.personas
        maze_name = server.maze.maze_name
        self._files = StepFiles(run.simulation(server), maze_name, run.disk, run.step_digests)
        self._views: MazeViews = run.host.maze_views(server)
        self._written: int = server.step
        self._first = self._until = self._written
        self._work_due: deque[int] = deque()

    def take_steps(self, until: int, start: Checkpoint | None) -> None:
        """Take all personas to step ``until``."""
        self._until = until
        environment = {} if start else self._await_environment()
        self._take(self._resume(start) if start else self._fresh_start(environment), until)

    def _take(self, start: Checkpoint, until: int) -> None:
        town: TownHost | None = None
        try:
            self._run.observers.working_on("computing distances on the map")
            rule = self._run.rule(self._views.reach)
            town = self._town_host(start, rule, self, self._run.checkpoints)
            self._run.observers.begun(self._begin(town))
            self._drive(town, until)
        except BaseException as error:
            # No persona may stay in the middle of a step.
            if town is not None:
                # Not to the commit horizon: several steps may retire at once, and the write of one
                # of them may have failed.
                until = self._written
                town.effects.roll_back()
                town = self._rewind(town.checkpoint, until)
                self._run.whispers.given = town.whispers
            keep_stimulus_log(error, self._run.simulation(self._server), self._run.disk)
            if isinstance(error, MoveFailedError):
                self._name_host_line(error)
                self._run.model.reject_answers(error.persona, error.step, error.host_attempts)
            raise
        finally:
            self._views.slot.reader = None
            self._end(start, town, until)

    def _name_host_line(self, error: MoveFailedError) -> None:
        """Name where the host failed, and write its own traceback beside the simulation."""
        root, simulation = self._run.host.checkout.root, self._run.simulation(self._server)
        name_host_line(error, error.cause, root)
        keep_host_traceback(error, error.cause, root, simulation / HOST_ERROR_FILE, self._run.disk)

    def _end(self, start: Checkpoint, town: TownHost | None, until: int) -> None:
        run = self._run
        if town is not None and until > self._server.step:
            self._hand_back(town, until)
            run.end_state = town.checkpoint_at(until)
        else:
            self._views.remove(dict(start.events))
            run.end_state = start
        run.model.memory.forget_before(until)
        self._views.reach.save()
        if run.model.prefetching is not None:
            keep_profile(run.model.prefetching, run.simulation(self._server), run.disk)

    # --- starting -----------------------------------------------------------------------------

    def _await_environment(self) -> dict[str, Any]:
        """Wait for the first environment file, as the host does: the frontend may write it."""
        while True:
            try:
                environment: dict[str, Any] = self._files.read_environment(self._server.step)
                return environment
            except UsageError:
                # The file is missing or incomplete: the frontend writes it in place.
                if not self._run.interactive:
                    raise
            if self._run.stop_asked:
                raise InterruptedRunError
            if not self._files.answer_movement(self._server.step):
                time.sleep(self._server.server_sleep)

    def _resume(self, start: Checkpoint) -> Checkpoint:
        self._views.install([*start.positions, *(p.tile for p in start.before), *start.events])
        return start

    def _fresh_start(self, environment: dict[str, Any]) -> Checkpoint:
        server, views = self._server, self._views
        positions = [
            views.index((environment[name]["x"], environment[name]["y"]))
            for name in server.personas
        ]
        earlier = [views.index(server.personas_tile[name]) for name in server.personas]
        events = views.install([*positions, *earlier])
        return first_checkpoint(server, positions, earlier, events, self._run.whispers.given)

    def _town_host(
        self, start: Checkpoint, rule: DependencyRule, work: StepWork, checkpoints: Checkpoints
    ) -> TownHost:
        options, host = self._run.options, self._run.host
        town = TownHost(
            self._server,
            self._views,
            rule,
            options,
            start,
            work,
            checkpoints,
            host.idle_moves(),
            host.isolation.new_order,
        )
        self._views.slot.reader = town.reads
        return town

    def _begin(self, town: TownHost) -> StretchStart:
        step, views = town.checkpoint.step, self._views
        return StretchStart(
            town.scheduler,
            views.town,
            views.reach.radius,
            str(views.maze.maze_name),
            town.time_at(step),
            town.time_at(step + 1) - town.time_at(step),
            self._run.loop.time,
        )

    # --- running ------------------------------------------------------------------------------

    def _drive(self, town: TownHost, until: int) -> None:
        run = self._run
        engine: Engine[dict[str, Any]] = Engine(
            town.scheduler,
            town,
            run.options.retries,
            run.observers,
            run.order,
            make_idle_work(run, self._server, town, self._views),
        )
        run.engine = engine
        if run.stop_asked:
            engine.interrupt()
        first = town.checkpoint.step
        self._work_due = deque(run.host.loop_work.due(first, until))
        stops = sorted({*self._work_due, *run.whispers.steps(first, until), until})
        try:
            with ending_on_defects(run.loop, engine.stop):
                run.loop.run_until_complete(run.pause.around(engine.run(*stops)))
        finally:
            run.engine = None
            run.measures.add(engine.measures)

    def _rewind(self, checkpoint: Checkpoint, until: int) -> TownHost:
        """Replay the steps from the last checkpoint to ``until``, with the answers in memory."""
        run = self._run
        with run.model.replaying():
            # An unsound rule may have ended the run, and must not end this replay too.
            rule, kept = ReachRule(self._views.reach), Checkpoints(lambda step: None)
            town = self._town_host(checkpoint, rule, StepWork(), kept)
            engine: Engine[dict[str, Any]] = Engine(town.scheduler, town, run.options.retries)
            run.loop.run_until_complete(engine.run(until))
        return town

    # --- at the end of steps (see StepWork) -----------------------------------------------------

    def retired(self, step: int, movements: dict[str, Any]) -> None:
        """Write the files of the step."""
        self._files.write_step(step, movements)
        self._written = step + 1
        self._run.observers.retired(step, movements)

    def wants_barrier(self) -> bool:
        """Whether whispers, or the loop of the fork, need all personas at one step."""
        work = self._run.host.loop_work
        if self._run.whispers.are_due(self._written, self._until):
            return True
        is_due = bool(self._work_due) and self._written >= self._work_due[0]
        return is_due or work.is_pending(self._server)

    def at_barrier(self, town: TownHost, step: int) -> None:
        """Whisper, or let the fork do the work of its loop, on a server as its loop finds it."""
        self._move_server(town, step)
        whispers = self._run.whispers
        if whispers.are_due(step, self._until):
            whispers.give(self._server, step)
            town.whispers = whispers.given
            return
        last_time = town.time_at(step - 1) if step > self._first else None
        work = self._run.host.loop_work
        work.do(self._server, self._files.environment(step), last_time)
        refuse_changes(town.changed_events(step), step)
        while self._work_due and self._work_due[0] <= step:
            self._work_due.popleft()

    # --- ending -------------------------------------------------------------------------------

    def _hand_back(self, town: TownHost, step: int) -> None:
        """Leave server and maze as the host's own loop leaves them."""
        self._move_server(town, step)
        self._views.remove(dict(town.history.all_events(step - 1)))

    def _move_server(self, town: TownHost, step: int) -> None:
        server = self._server
        server.step, server.curr_time = step, town.time_at(step)
        for persona, name in enumerate(town.names):
            server.personas_tile[name] = town.history.position_at(persona, step - 1)
