"""The main process's side of rehearsal workers: the idle work of the engine.

It describes the real town to the workers, admits the calls that they
find, and sends their answers. Frames are gathered: one per worker when the engine is idle, and at
most one per millisecond while answers arrive.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final

from ga_ooo.cluster.auto import AutoWorkers
from ga_ooo.cluster.channel import Channel
from ga_ooo.cluster.desk import QuestionDesk
from ga_ooo.cluster.exchange import Exchange
from ga_ooo.cluster.frames import Event, EventKind, FromWorker, ToWorker
from ga_ooo.cluster.news import TownNews
from ga_ooo.cluster.own_rehearsals import OwnRehearsals
from ga_ooo.cluster.placement import Assignment
from ga_ooo.cluster.pool import Pool
from ga_ooo.cluster.states.subscription import Subscriptions
from ga_ooo.engine.ids import PersonaIndex, Step
from ga_ooo.engine.loop.fibers import Move
from ga_ooo.errors import GaOooError
from ga_ooo.host.run.town_host import TownHost
from ga_ooo.host.world.maze_views import MazeViews
from ga_ooo.runahead.worker_counts import serving

logger = logging.getLogger(__name__)

_BATCH: Final = 0.001
"""Seconds for which answers are gathered."""


class WorkerRehearsals:
    """Implements :class:`~ga_ooo.engine.loop.idle.IdleWork` on the workers of a pool. Whom none of
    them rehearses, this process does.

    Args:
        pool: the workers.
        town: the real personas.
        views: of the map.
        news: what has changed in the town.
        desk: answers the questions of workers.
        own: rehearses in this process.
        begin: describes the town to workers that begin, but for its people.
        loop: of the engine.
        is_auto: workers are started and ended as they pay.
        is_virtual: the loop's time jumps; then workers are waited for, as they take no time.
    """

    def __init__(
        self,
        pool: Pool,
        town: TownHost,
        views: MazeViews,
        news: TownNews,
        desk: QuestionDesk,
        own: OwnRehearsals,
        begin: Callable[[], Any],
        loop: asyncio.AbstractEventLoop,
        *,
        is_virtual: bool,
        is_auto: bool = False,
    ) -> None:
        self.exchange = Exchange(pool, loop, self)
        self.channels = self.exchange.channels
        self.own = own
        self._wake: Callable[[], None] = lambda: None
        self._town = town
        self._news = news
        self._desk = desk
        self._begin = begin
        self._loop = loop
        self._is_virtual = is_virtual
        assignment = Assignment(town, views.tiles_in_sight)
        self._subscriptions = Subscriptions(self.channels, assignment, news, len(town.names))
        self._is_closed = False
        self._flush_due = False
        desk.on_news = self._flush_soon
        self._auto = AutoWorkers(self.exchange, own, loop) if is_auto else None
        own.rehearse(self._subscriptions.unassigned)

    @property
    def wake(self) -> Callable[[], None]:
        """See :class:`~ga_ooo.engine.loop.idle.IdleWork`."""
        return self._wake

    @wake.setter
    def wake(self, wake: Callable[[], None]) -> None:
        self._wake = self.own.runahead.wake = wake

    @property
    def _is_served(self) -> bool:
        """Whether a worker works."""
        return any(channel.is_up for channel in self.channels)

    # --- events of the engine (see IdleWork) ------------------------------------------------------

    def waits(self, move: Move) -> None:
        """See :class:`~ga_ooo.engine.loop.idle.IdleWork`."""
        if self.own.is_on:
            self.own.runahead.waits(move)
        if self._is_served:
            self._news.moved(move.persona)
            self._news.happened(Event(EventKind.WAITS, move.persona))

    def completed(self, move: Move) -> None:
        """See :class:`~ga_ooo.engine.loop.idle.IdleWork`."""
        if self.own.is_on:
            self.own.runahead.completed(move)
        if self._is_served:
            persona, handed = move.persona, list(self._town.handed_to(move.persona))
            self._news.moved(persona)
            self._news.changed(handed)
            calls = dict(move.occurrences)
            self._news.happened(Event(EventKind.COMPLETED, persona, move.step, handed, calls))

    def committed(self, persona: PersonaIndex, step: Step) -> None:
        """See :class:`~ga_ooo.engine.loop.idle.IdleWork`."""
        if self.own.is_on:
            self.own.runahead.committed(persona, step)
        else:
            self._desk.committed(persona, step)
        if self._is_served:
            for channel in self.channels:
                channel.forget_calls(persona, step)
            self._news.moved(persona)
            self._news.committed(persona, step)
            self._news.happened(Event(EventKind.COMMITTED, persona, step))

    def restarted(self, persona: PersonaIndex) -> None:
        """See :class:`~ga_ooo.engine.loop.idle.IdleWork`."""
        if self.own.is_on:
            self.own.runahead.restarted(persona)
        if self._is_served:
            self._news.moved(persona)
            self._news.changed([persona])
            self._news.happened(Event(EventKind.RESTARTED, persona))

    def drop_all(self) -> None:
        """See :class:`~ga_ooo.engine.loop.idle.IdleWork`."""
        if self.own.is_on:
            self.own.runahead.drop_all()
        if self._is_served:
            people = range(len(self._town.names))
            self._news.changed(people)
            for persona in people:
                self._news.moved(persona)
            self._news.happened(Event(EventKind.DROP_ALL))

    def work(self) -> bool:
        """See :class:`~ga_ooo.engine.loop.idle.IdleWork`: describe what has changed. There is more
        to do while this process rehearses, or has states to send."""
        if self._is_closed:
            return False
        if self._is_served:
            self._describe()
            if self._is_virtual:
                self._wait_for_workers()
            else:
                self._flush()
        has_more = self.own.is_on and self.own.work()
        return has_more or self._subscriptions.has_more

    async def close(self) -> None:
        """See :class:`~ga_ooo.engine.loop.idle.IdleWork`."""
        self._is_closed = True
        if self._auto is not None:
            self._auto.close()
        self.exchange.close()
        self.own.rehearse(())
        self._news.close()
        await self._desk.close()

    # --- frames -----------------------------------------------------------------------------------

    def _describe(self) -> None:
        """Put all that has changed into the next frames."""
        served = [channel for channel in self.channels if channel.is_up]
        with serving(*(channel.worker.counts for channel in served)), self._or_give_up():
            if all(channel.needs_begin for channel in served):
                self._news.restart()
            self._inform(served)
            self._move_personas()

    def _move_personas(self) -> None:
        if self._subscriptions.move_personas():
            self.own.rehearse(self._subscriptions.unassigned)

    def _inform(self, served: list[Channel]) -> None:
        news = self._news
        changes = news.take_changes(self._subscriptions.is_held, self._subscriptions.is_outlined)
        whole = news.whole() if any(each.needs_begin for each in served) else None
        shown, progress = news.take_shown(), news.take_progress()
        events = news.take_events()
        for channel in served:
            if channel.needs_begin and whole is not None:
                channel.begin_with(self._begin(), *whole)
                continue
            channel.add_events(*events)
            channel.add_changes(*changes)
            channel.shown += shown
            channel.progress.update((each.persona, each) for each in progress)

    def _flush_soon(self) -> None:
        """There is an answer to send."""
        if self._is_virtual:
            self.wake()
        elif not self._flush_due:
            self._flush_due = True
            self._loop.call_later(_BATCH, self._flush)

    def _flush(self) -> None:
        self._flush_due = False
        if self._is_closed:
            return
        for channel in self.channels:
            if not channel.is_up or channel.needs_begin:
                continue
            if channel.is_free and (channel.has_content or not channel.outstanding):
                self.exchange.send(channel, self._frame(channel))

    def _frame(self, channel: Channel) -> ToWorker:
        return channel.take(self._town.scheduler.until, waits=self._is_virtual)

    def _wait_for_workers(self) -> None:
        """In virtual time: wait until no worker finds another question."""
        while busy := [each for each in self.channels if each.is_up and each.has_content]:
            self.exchange.send_and_wait([(channel, self._frame(channel)) for channel in busy])
            with self._or_give_up():
                self._move_personas()

    # --- workers (see Listener) -------------------------------------------------------------------

    def heard(self, channel: Channel, frame: FromWorker) -> None:
        """See :class:`~ga_ooo.cluster.exchange.Listener`."""
        with serving(channel.worker.counts):
            self._desk.take(channel, frame)
        channel.needs.update(frame.needs)
        if self._subscriptions.is_waiting(channel):
            self.wake()
        if not self._is_virtual:
            self._flush()

    def lost(self, channel: Channel) -> None:
        """See :class:`~ga_ooo.cluster.exchange.Listener`: others rehearse its personas."""
        self._subscriptions.lost(channel)
        self._rehearse_rest()

    def joined(self, channel: Channel) -> None:
        """See :class:`~ga_ooo.cluster.exchange.Listener`: it gets the town. Until it has the town,
        which takes seconds, others rehearse."""
        self.wake()

    def informed(self, channel: Channel) -> None:
        """See :class:`~ga_ooo.cluster.exchange.Listener`: it gets personas."""
        self._subscriptions.assign_again()
        self.wake()

    def _rehearse_rest(self) -> None:
        """A worker is lost: rehearse its personas until another one has them."""
        if not self._is_served:
            self._news.close()
        self.own.rehearse(self._subscriptions.unassigned)
        self.wake()

    @contextmanager
    def _or_give_up(self) -> Iterator[None]:
        """No worker can be sent what a persona holds: then this process rehearses."""
        try:
            yield
        except GaOooError as error:
            self._give_up(error.problem)

    def _give_up(self, problem: str) -> None:
        for channel in self.channels:
            channel.is_up = False
            channel.forget()
            channel.worker.counts.state = "off"
            self._subscriptions.lost(channel)
        logger.warning("this process rehearses, and no worker: %s", problem)
        self._rehearse_rest()
