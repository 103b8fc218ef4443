"""When a run makes durable checkpoints, and what becomes of them."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final, Protocol

from ga_ooo.disk import RESUME_REMEDY
from ga_ooo.errors import GaOooError, RunStoppedError
from ga_ooo.host.durable.background import Background, ForkedWork, Outcome
from ga_ooo.host.durable.folder import CheckpointFolder
from ga_ooo.host.world.checkpoint import Checkpoint
from ga_ooo.options import RunOptions

logger = logging.getLogger(__name__)

_NOT_BY_DISK: Final = "no more checkpoints are made: %s; the run goes on, resuming it takes longer"


class StateWriter(Protocol):
    """Writes states of one server down."""

    def write_past(self, checkpoint: Checkpoint, folder: Path) -> None:
        """A state that the run has passed already; may spoil the server (see Background)."""
        ...

    def write_current(self, checkpoint: Checkpoint, folder: Path) -> None:
        """The state in which the server stands."""
        ...


class CheckpointKeeper:
    """Makes one run's checkpoints durable, beside the run.

    Args:
        folder: where they are kept.
        writer: writes a state down.
        options: how often, and how many are kept.
        background: where checkpoints are written while the run goes on.
        clock: seconds.

    Attributes:
        durable: the step of the newest one that was made; None before that.
        written: how many were made.
    """

    def __init__(
        self,
        folder: CheckpointFolder,
        writer: StateWriter,
        options: RunOptions,
        background: Background | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.durable: int | None = None
        self.written = 0
        self.folder = folder
        self._writer = writer
        self._options = options
        self._background = background or ForkedWork()
        self._clock = clock
        self._taken = clock()
        self._pending: Checkpoint | None = None
        self._writing: int | None = None
        self._broken = False

    # --- while the run goes on -----------------------------------------------------------------

    def keep(self, checkpoint: Checkpoint, *, wait: bool = False) -> None:
        """Everybody has passed this state; it is written as soon as the one before is.

        Args:
            wait: it must be durable before the run goes on.

        Raises:
            RunStoppedError: the disk does not let us.
        """
        self._taken = self._clock()
        self._pending = checkpoint
        if wait:
            self._settle(wait=True)
        self._start_pending()
        if wait:
            self._settle(wait=True)

    def is_due(self) -> bool:
        """Whether another checkpoint should be taken, since so much time has passed; true only
        once. To be called after every step: also looks how the writing of the last one goes.

        Raises:
            RunStoppedError: the last one could not be written.
        """
        if self._background.busy:
            self._settle(wait=False)
        self._start_pending()
        if self._clock() - self._taken < self._options.checkpoint_seconds:
            return False
        self._taken = self._clock()
        return True

    # --- at its end ----------------------------------------------------------------------------

    def keep_last(self, checkpoint: Checkpoint) -> Path | None:
        """Make a checkpoint of where the run has come to its end, or stopped.

        Returns:
            its folder; None if this host's states cannot be written down.

        Raises:
            RunStoppedError: the disk does not let us.
        """
        self._pending = None
        self._settle(wait=True)
        if not self._broken:
            self._settled(self._do(lambda: self._write(checkpoint, self._writer.write_current)))
        return None if self._broken else self.folder.at(checkpoint.step)

    # --- helpers -------------------------------------------------------------------------------

    def _start_pending(self) -> None:
        checkpoint = self._pending
        if checkpoint is None or self._broken or self._background.busy:
            return
        self._pending, self._writing = None, checkpoint.step
        try:
            self._background.start(lambda: self._write(checkpoint, self._writer.write_past))
        except OSError as error:
            logger.warning("no checkpoint of step %d: %s", checkpoint.step, error)

    def _write(self, checkpoint: Checkpoint, write: Callable[[Checkpoint, Path], None]) -> None:
        self._writing = checkpoint.step
        self.folder.write(checkpoint.step, lambda aside: write(checkpoint, aside))

    def _do(self, work: Callable[[], None]) -> Outcome:
        """Like the background, but here and now."""
        try:
            work()
        except OSError as error:
            where = error.filename2 or error.filename or self.folder.path
            return Outcome(f"cannot write {where}: {error.strerror or error}", of_disk=True)
        except Exception as error:
            if isinstance(error, RunStoppedError):
                raise
            said = error.problem if isinstance(error, GaOooError) else str(error)
            return Outcome(f"{type(error).__name__}: {said}")
        return Outcome()

    def _settle(self, *, wait: bool) -> None:
        outcome = self._background.outcome(wait=wait)
        if outcome is not None:
            self._settled(outcome)

    def _settled(self, outcome: Outcome) -> None:
        if outcome.of_disk:
            raise RunStoppedError(outcome.problem, RESUME_REMEDY)
        if outcome.problem:
            self._broken = True
            logger.warning(_NOT_BY_DISK, outcome.problem)
            return
        self.written += 1
        assert self._writing is not None, "what has been written was begun"
        self.durable = self._writing
        if self._options.keep_checkpoints:
            self._drop_old(self.durable)

    def _drop_old(self, written: int) -> None:
        try:
            self.folder.keep(self._options.keep_checkpoints, written)
        except OSError as error:
            raise RunStoppedError(
                f"cannot remove an old checkpoint in {self.folder.path}: {error.strerror}",
                RESUME_REMEDY,
            ) from error
