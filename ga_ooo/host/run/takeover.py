"""Replaces the host's ``start_server`` by the engine; everything else of the host stays."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Any

from ga_ooo.engine.loop.collector import collecting_rarely
from ga_ooo.engine.loop.engine import Engine
from ga_ooo.engine.rules import DependencyRule
from ga_ooo.errors import UsageError
from ga_ooo.host.accelerators import HostIdleMoves
from ga_ooo.host.durable.profile_store import keep_profile
from ga_ooo.host.imported.gateway import CallObserver
from ga_ooo.host.run.bug_report import keep_stimulus_log
from ga_ooo.host.run.rehearsal import TownRehearsalHost
from ga_ooo.host.run.session import Session
from ga_ooo.host.run.step_files import StepFiles
from ga_ooo.host.run.stop_signal import StopSignal
from ga_ooo.host.run.town_run import TownRun
from ga_ooo.host.world.checkpoint import Checkpoint
from ga_ooo.host.world.maze_views import MazeViews
from ga_ooo.host.world.snapshot import take_copy, with_accessed
from ga_ooo.journal.records import JournalMode
from ga_ooo.runahead.driver import Runahead
from ga_ooo.town.rules import ReachRule
from ga_ooo.town.tile_history import Presence


def take_over(session: Session) -> None:
    """From now on ``ReverieServer.start_server`` of the imported host runs out of order."""

    def start_server(server: Any, int_counter: int) -> None:
        run_steps(session, server, int_counter)

    session.modules.reverie.ReverieServer.start_server = start_server


def run_steps(session: Session, server: Any, steps: int, start: Checkpoint | None = None) -> None:
    """Do what the host's ``start_server(steps)`` does, out of order.

    Whatever ends the run early, the server then stands at a consistent step: everybody at the
    same one, files written up to it (``session.standing``).

    Args:
        start: where the server stands in the middle of such a call; None at its beginning.

    Raises:
        UsageError: a negative number of steps.
        GaOooError: the run stopped early.
    """
    if steps < 0:
        raise UsageError(f"{steps} steps cannot be run", "give 0 or more steps")
    if steps == 0:
        return
    files = StepFiles(session.storage / server.sim_code, server.maze.maze_name, session.disk)
    views = session.maze_views(server)
    with session.quiet(), collecting_rarely():
        _Takeover(session, server, files, views).run(server.step + steps, start)


class _Takeover:
    """One call of ``start_server``."""

    def __init__(self, session: Session, server: Any, files: StepFiles, views: MazeViews) -> None:
        self._session = session
        self._server = server
        self._files = files
        self._views = views
        self._written: int = server.step
        self._current: TownRun | None = None
        self._worked_between = False

    def run(self, until: int, start: Checkpoint | None) -> None:
        environment = {} if start else self._await_environment()
        # Over the way back to a consistent step too: host code runs there as well, and its bare
        # excepts would swallow a KeyboardInterrupt.
        with StopSignal(self._interrupt, self._session.loop):
            self._run(self._resume(start) if start else self._fresh_start(environment), until)

    def _run(self, start: Checkpoint, until: int) -> None:
        server, session = self._server, self._session
        run: TownRun | None = None
        try:
            rule = session.rule(self._views.reach)
            run = self._current = self._town_run(start, self._retire, rule, self._pass)
            for tell in session.on_begun:
                tell(self._views, run)
            self._drive(run, until)
        except BaseException as error:
            keep_stimulus_log(error, session.storage / server.sim_code, session.disk)
            # Whatever it was, nobody may be left in the middle of a step.
            if run is not None:
                # Not the horizon: of several steps that retire at once, a write may have failed.
                until = self._written
                run = self._rewind(run.checkpoint, until)
            raise
        finally:
            self._views.slot.reader = None
            if run is not None and until > server.step:
                self._hand_back(run, until)
                session.standing = run.stand(until)
            else:
                self._views.remove(dict(start.events))
                session.standing = start
            session.recent.forget_before(until)
            self._views.reach.save()
            if session.prefetching is not None:
                keep_profile(session.prefetching, session.storage / server.sim_code, session.disk)

    # --- starting -----------------------------------------------------------------------------

    def _await_environment(self) -> dict[str, Any]:
        """Wait for the first environment file, as the host does; the frontend may write it."""
        while True:
            try:
                environment: dict[str, Any] = self._files.read_environment(self._server.step)
                return environment
            except UsageError:
                # Not there, or only in part: the frontend writes it in place.
                if not self._session.interactive:
                    raise
            if not self._files.answer_movement(self._server.step):
                time.sleep(self._server.server_sleep)

    def _resume(self, start: Checkpoint) -> Checkpoint:
        self._views.install([*start.positions, *(p.tile for p in start.before), *start.events])
        return start

    def _fresh_start(self, environment: dict[str, Any]) -> Checkpoint:
        server, views = self._server, self._views
        names = list(server.personas)
        positions = [
            views.index((environment[name]["x"], environment[name]["y"])) for name in names
        ]
        earlier = [views.index(server.personas_tile[name]) for name in names]
        return Checkpoint(
            step=server.step,
            copies=[with_accessed(take_copy(p), p) for p in server.personas.values()],
            positions=positions,
            before=[
                Presence(i, tile, (names[i], None, None, None), None)
                for i, tile in enumerate(earlier)
            ],
            events=views.install([*positions, *earlier]),
            curr_tiles=[persona.scratch.curr_tile for persona in server.personas.values()],
        )

    def _town_run(
        self,
        start: Checkpoint,
        on_step: Callable[[int, dict[str, Any]], None],
        rule: DependencyRule,
        on_checkpoint: Callable[[Checkpoint], None],
    ) -> TownRun:
        session, server = self._session, self._server
        run = TownRun(
            server,
            self._views,
            rule,
            session.options,
            start,
            on_step,
            on_checkpoint,
            lambda: session.loop_work_pending(server),
            lambda step: self._barrier(run, step),
            HostIdleMoves(session.modules) if session.is_accelerated("idle") else None,
        )
        self._views.slot.reader = run
        return run

    # --- running ------------------------------------------------------------------------------

    def _drive(self, run: TownRun, until: int) -> None:
        session = self._session
        engine: Engine[dict[str, Any]] = Engine(
            run.scheduler,
            run,
            session.options.retries,
            session.on_instruction,
            session.order,
            self._ahead(run),
        )
        session.engine = engine
        try:
            session.loop.run_until_complete(engine.run(until))
        finally:
            session.engine = None
            session.measures.add(engine.measures)

    def _ahead(self, run: TownRun) -> Runahead | None:
        """What to do in idle moments, if anything."""
        session = self._session
        if session.prefetching is None:
            return None
        journal, first = session.journal, 0
        if journal is not None:
            if journal.journal.mode is JournalMode.REPLAY:
                return None
            # What is recorded is not to be asked again, and comes at once anyway.
            first = journal.journal.steps_recorded()
        options = session.options
        stage = TownRehearsalHost(run, self._views, session.access_times, options.seed)
        return Runahead(run.scheduler, stage, session.prefetching, options.runahead, first)

    def _interrupt(self) -> None:
        if self._session.engine is not None:
            self._session.engine.interrupt()

    def _retire(self, step: int, movements: dict[str, Any]) -> None:
        self._files.write_step(step, movements)
        self._written = step + 1
        keeper = self._session.checkpoints
        if keeper is not None:
            keeper.look()
            if keeper.is_due():
                assert self._current is not None
                self._current.mark_checkpoint()
        for tell in self._session.on_retired:
            tell(step, movements)

    def _pass(self, checkpoint: Checkpoint) -> None:
        # Nobody goes back behind a checkpoint.
        self._session.recent.forget_before(checkpoint.step)
        if self._session.checkpoints is not None:
            self._session.checkpoints.passed(checkpoint, wait=self._worked_between)
        self._worked_between = False

    def _rewind(self, checkpoint: Checkpoint, until: int) -> TownRun:
        """Take everybody from the last checkpoint to exactly ``until``, from remembered answers."""
        session = self._session
        session.recent.replaying = True
        # Nothing is asked: observers have heard of these calls already.
        observer, session.gateway.observer = session.gateway.observer, CallObserver()
        try:
            # An unsound rule may be why the run ended; it must not stop the way back as well.
            rule = ReachRule(self._views.reach)
            run = self._town_run(
                checkpoint, lambda step, movements: None, rule, lambda checkpoint: None
            )
            engine: Engine[dict[str, Any]] = Engine(run.scheduler, run, session.options.retries)
            loop: asyncio.AbstractEventLoop = session.loop
            loop.run_until_complete(engine.run(until))
            return run
        finally:
            session.recent.replaying = False
            session.gateway.observer = observer

    def _barrier(self, run: TownRun, step: int) -> None:
        """Let a fork do the work of its own loop, with the server as it would find it."""
        self._place_server(run, step)
        self._session.do_loop_work(self._server)
        # It is not done again: what it did must be durable before the run goes on.
        self._worked_between = True

    # --- ending -------------------------------------------------------------------------------

    def _hand_back(self, run: TownRun, step: int) -> None:
        """Leave server and maze as the host's own loop would."""
        self._place_server(run, step)
        self._views.remove(dict(run.all_events(step - 1)))

    def _place_server(self, run: TownRun, step: int) -> None:
        server = self._server
        curr_time = run.time_at(step)
        server.step, server.curr_time = step, curr_time
        for persona, name in enumerate(run.names):
            server.personas_tile[name] = run.position_at(persona, step - 1)
