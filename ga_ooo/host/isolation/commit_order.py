"""Effects of real moves take effect in the order of the host's own loop.

A move that only writes waits for nothing: what it wrote is kept, and written when all moves before
it have completed. A move that looks at something that moves change, or does something that cannot
be kept, waits until that holds, and then sees what the host's own loop would show it.
Everything that such a move waits for comes before it in the order, as with every other wait, so
that no wait is circular.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final, TypeAlias

from ga_ooo.disk import naming_file
from ga_ooo.engine.ids import PersonaIndex, Step
from ga_ooo.engine.loop.fibers import Move
from ga_ooo.errors import RunStoppedError
from ga_ooo.host.isolation.effects import Effects, at_work, stop_here, switch
from ga_ooo.host.isolation.files.undo import UndoLog
from ga_ooo.host.isolation.policy import ReadPolicy

CommitPoint: TypeAlias = tuple[Step, PersonaIndex]
"""Where a move comes in the order of the host's own loop."""

_REMEDY: Final = "free space or correct the permissions, then continue with `ga-ooo resume`"
_LOCKSTEP: Final = "run this host with --mode lockstep, and report it"


class CommitOrder:
    """The order of one run.

    Args:
        wait_for_turn: called in a real move; returns once all moves before it have completed.
        policy: what moves may read without waiting; None: nothing.
    """

    def __init__(
        self, wait_for_turn: Callable[[Move], None], policy: ReadPolicy | None = None
    ) -> None:
        self.undo = UndoLog()
        self._wait_for_turn = wait_for_turn
        self._policy = policy or ReadPolicy(())
        self._read_at_once: dict[str, CommitPoint] = {}
        self._kept: dict[CommitPoint, Effects] = {}

    # --- for moves under way ------------------------------------------------------------------

    def reading(self, effects: Effects, resource: str) -> None:
        """See :class:`~ga_ooo.host.isolation.effects.Order`."""
        if not self._policy.may_read_at_once(resource):
            self.take_turn(effects)
            return
        point = _commit_point(effects.move)
        if self._read_at_once.get(resource, point) <= point:
            self._read_at_once[resource] = point

    def writing(self, effects: Effects, resource: str) -> None:
        """See :class:`~ga_ooo.host.isolation.effects.Order`."""
        self._policy.written.add(resource)
        move = effects.move
        read = self._read_at_once.get(resource)
        if read is not None and read > _commit_point(move):
            stop_here(
                RunStoppedError(
                    f"{move.name} writes {resource} at step {move.step}, which a later move has "
                    "read already, because it seemed to be written by no move",
                    _LOCKSTEP,
                )
            )

    def take_turn(self, effects: Effects) -> None:
        """See :class:`~ga_ooo.host.isolation.effects.Order`."""
        before, switch.inside = switch.inside, False
        self._wait_for_turn(effects.move)
        switch.inside = before
        self._apply_before(_commit_point(effects.move))

    # --- for the run --------------------------------------------------------------------------

    def completed(self, move: Move) -> None:
        """A real move is done: keep its effects until its turn has come."""
        effects: Effects | None = move.effects
        if effects is not None:
            with at_work():
                effects.flush_files()
            self._kept[_commit_point(move)] = effects

    def starts_over(self, move: Move) -> None:
        """A real move starts over: nothing of its first try lasts.

        Raises:
            OSError: the disk refuses.
        """
        effects: Effects | None = move.effects
        if effects is not None:
            with at_work():
                for undo in reversed(effects.undo):
                    undo()

    def retire(self, step: Step) -> None:
        """Everybody has completed ``step``: its moves take effect.

        Raises:
            RunStoppedError: the disk refuses.
        """
        if self._kept:
            self._apply_before((step + 1, -1))

    def checkpoint(self) -> None:
        """The run can come back to here, and nowhere before."""
        self.undo.forget()
        self._read_at_once.clear()

    def roll_back(self) -> None:
        """Put everything back as it was at the last checkpoint.

        Raises:
            OSError: the disk refuses.
        """
        self._kept.clear()
        with at_work():
            self.undo.roll_back()

    def _apply_before(self, point: CommitPoint) -> None:
        with at_work():
            for earlier in sorted(kept for kept in self._kept if kept < point):
                effects = self._kept.pop(earlier)
                with naming_file(Path(), _REMEDY, "what a move has written cannot be kept: {}"):
                    effects.take_effect(self.undo)
                effects.over()


def _commit_point(move: Move) -> CommitPoint:
    return move.step, move.persona
