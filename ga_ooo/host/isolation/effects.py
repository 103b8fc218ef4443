"""What one move does besides what its persona remembers: files, and whatever else lasts.

A real move keeps its effects until its turn has come, which is when every move before it, in the
order of steps and then of personas, has completed. The effects of a rehearsal are thrown away.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterator
from typing import Any, NoReturn, Protocol

from ga_ooo.engine.loop.fibers import Abort, Move, current_move, suspend
from ga_ooo.errors import GaOooError, HostError
from ga_ooo.host.isolation.files.overlay import BeforeChange, Overlay
from ga_ooo.host.isolation.files.undo import UndoLog


class Order(Protocol):
    """Lets real moves take effect in order; see :mod:`ga_ooo.host.isolation.commit_order`."""

    undo: UndoLog

    def reading(self, effects: Effects, resource: str) -> None:
        """A real move is about to look at something."""
        ...

    def writing(self, effects: Effects, resource: str) -> None:
        """A real move is about to change something; the change becomes visible in order."""
        ...

    def take_turn(self, effects: Effects) -> None:
        """Wait in a real move until all moves before it have completed and taken effect."""
        ...


class OpenFile(Protocol):
    """A file that a move has opened for writing; see :mod:`ga_ooo.host.isolation.files.handles`."""

    owner: Effects | None
    closed: bool

    def flush_now(self) -> None:
        """Empty the buffers, whoever asks."""
        ...

    def move_to_disk(self) -> None:
        """What was written in memory is on disk now."""
        ...


class Shelf(Protocol):
    """Copies of something shared; see :mod:`ga_ooo.host.isolation.memory.guards`."""

    def swap(self) -> None:
        """Exchange what is in place with what is kept here."""
        ...


class Effects:
    """The effects of one move.

    Args:
        move: real or rehearsed.
        order: of the run; asked by real moves only.

    Attributes:
        overlay: its files.
        later: what is to be done when its turn has come, after its files are written.
        undo: puts back what was changed at once, the last first, if the move starts over.
        private: what a rehearsal has of its own in place of something shared, by identity.
    """

    __slots__ = (
        "_files",
        "_shelves",
        "is_rehearsed",
        "later",
        "move",
        "order",
        "overlay",
        "private",
        "undo",
    )

    def __init__(self, move: Move, order: Order) -> None:
        self.move = move
        self.order = order
        self.is_rehearsed = move.rehearsal is not None
        self.overlay = Overlay(self.reading, self.writing)
        self.later: list[Callable[[BeforeChange], Any]] = []
        self.undo: list[Callable[[], Any]] = []
        self.private: dict[int, Any] = {}
        self._files: list[weakref.ref[OpenFile]] = []
        self._shelves: list[Shelf] = []

    # --- what host code does ------------------------------------------------------------------

    def reading(self, resource: str) -> None:
        """Something that other moves may change is about to be looked at."""
        if not self.is_rehearsed:
            self.order.reading(self, resource)

    def writing(self, resource: str) -> None:
        """Something that other moves may look at is about to be changed."""
        if not self.is_rehearsed:
            self.order.writing(self, resource)

    def opened(self, file: OpenFile) -> None:
        """The move has opened a file for writing."""
        file.owner = self
        self._files.append(weakref.ref(file))

    def act_now(self, reason: str) -> None:
        """Something is about to be done that must happen in order and cannot be kept.

        A real move waits until its turn has come, and its files are written, to be put back if it
        starts over. A rehearsal ends.

        Args:
            reason: such as ``it starts a process``.
        """
        if self.is_rehearsed:
            self.end_rehearsal(reason)
        self.order.take_turn(self)
        with at_work():
            before = UndoLog()
            self.undo.append(before.roll_back)
            self.take_effect(_Both(self.order.undo, before))

    def end_rehearsal(self, reason: str) -> NoReturn:
        """The rehearsal cannot continue without changing something outside."""
        self.pause()
        try:
            stop_here(HostError(f"a rehearsal ended: {reason}", "nothing needs to be done"))
        finally:
            self.resume()

    # --- what a rehearsal has of its own ------------------------------------------------------

    def shelve(self, shelf: Shelf) -> None:
        """A rehearsal gets copies of something shared, which are put in place right now."""
        self._shelves.append(shelf)
        shelf.swap()

    def pause(self) -> None:
        """Other code is about to run: put what is shared back in place."""
        for shelf in reversed(self._shelves):
            shelf.swap()

    def resume(self) -> None:
        """The rehearsal is about to run: put what it has of its own in place."""
        for shelf in self._shelves:
            shelf.swap()

    # --- what becomes of it -------------------------------------------------------------------

    def take_effect(self, keep: BeforeChange) -> None:
        """Make the changes of files on disk, then do what was kept; files stay open.

        Raises:
            OSError: the disk refuses.
        """
        self.flush_files()
        self.overlay.apply(keep)
        for file in self._open_files():
            file.move_to_disk()
        later, self.later = self.later, []
        for do in later:
            do(keep)

    def flush_files(self) -> None:
        """Empty the buffers of the files that are still open."""
        for file in self._open_files():
            file.flush_now()

    def over(self) -> None:
        """The move is over: files that it left open belong to nobody."""
        for file in self._open_files():
            file.owner = None
        self._files.clear()

    def _open_files(self) -> Iterator[OpenFile]:
        for reference in self._files:
            file = reference()
            if file is not None and not file.closed:
                yield file


class _Both:
    """Notes in two logs how a change is taken back."""

    def __init__(self, *logs: UndoLog) -> None:
        self._logs = logs

    def about_to_change(self, path: str, *, only_append: bool = False) -> None:
        """See :class:`~ga_ooo.host.isolation.files.overlay.BeforeChange`."""
        for log in self._logs:
            log.about_to_change(path, only_append=only_append)

    def about_to_do(self, undo: Callable[[], Any]) -> None:
        """See :class:`~ga_ooo.host.isolation.files.overlay.BeforeChange`."""
        for log in self._logs:
            log.about_to_do(undo)


class _Switch:
    """Whether moves are isolated in this process now, and by whom.

    Attributes:
        order: of the run that is under way; None while there is none.
        inside: code of this package is running, whose own use of files is no move's.
    """

    order: Order | None = None
    inside = False


switch = _Switch()


def effects_here() -> Effects | None:
    """The effects of the move that is running here; None outside of moves."""
    order = switch.order
    if order is None or switch.inside:
        return None
    move = current_move()
    if move is None:
        return None
    effects = move.effects
    if effects is None:
        effects = move.effects = Effects(move, order)
    assert isinstance(effects, Effects)
    return effects


def stop_here(error: GaOooError) -> NoReturn:
    """End the run, or the rehearsal, that host code is running for.

    Raised, the error would meet the host's bare ``except:`` and become a memory.
    """
    switch.inside = False
    suspend(Abort(error))
    raise AssertionError("an aborted move does not continue")


class at_work:  # noqa: N801 - a context manager reads as a verb
    """While entered, files are used by this package and not by host code."""

    def __enter__(self) -> None:
        self._before = switch.inside
        switch.inside = True

    def __exit__(self, *exc_info: object) -> None:
        switch.inside = self._before
