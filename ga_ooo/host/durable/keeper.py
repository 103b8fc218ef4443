"""Keeps the checkpoints of a run: in memory, and on disk for a run that can be resumed.

A checkpoint is written by the host's own code, which takes seconds for a large town, from objects
that the run changes all the time. So a child process writes it: the operating system gives the
child a copy of all objects as they were, and another core.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import ClassVar, Final

from ga_ooo.disk import RESUME_REMEDY
from ga_ooo.engine.ids import Step
from ga_ooo.errors import RunStoppedError
from ga_ooo.host.durable.background import Background, ForkedWork, Outcome, in_this_process
from ga_ooo.host.durable.folder import CheckpointFolder
from ga_ooo.host.durable.host_save import HostStateWriter
from ga_ooo.host.world.checkpoint import Checkpoint
from ga_ooo.options import RunOptions

logger = logging.getLogger(__name__)

_TRIES: Final = 3
"""How often a checkpoint is tried that the run must wait for."""

_MEMORY: Final = "make memory free, then continue with `ga-ooo resume`"


class Checkpoints:
    """Keeps checkpoints in memory alone: the town holds the last one.

    Args:
        forget_before: forgets the model's answers of earlier steps, which are not needed again.

    Attributes:
        on_disk: whether the run can be resumed from them.
    """

    on_disk: ClassVar[bool] = False

    def __init__(self, forget_before: Callable[[Step], None]) -> None:
        self._forget_before = forget_before

    def is_due(self) -> bool:
        """Whether a checkpoint should be taken besides the regular ones; called at every step.

        Raises:
            RunStoppedError: an earlier checkpoint could not be written.
        """
        return False

    def reached(self, checkpoint: Checkpoint, *, wait: bool = False) -> None:
        """All personas have reached the step of a checkpoint. No earlier step is taken again.

        Args:
            wait: the checkpoint must be durable before the run continues.

        Raises:
            RunStoppedError: a checkpoint could not be written.
        """
        self._forget_before(checkpoint.step)

    def write_last(self, checkpoint: Checkpoint) -> Path | None:
        """Write the checkpoint of the step where the run has ended, or stopped.

        Args:
            checkpoint: of the present state of the server.

        Returns:
            its folder; None if there is none. Then the host's own save is left, and after it
            :meth:`check_last` must be called.

        Raises:
            RunStoppedError: it could not be written.
        """
        return None

    def check_last(self) -> None:
        """Check that the last checkpoint is not missing without a reason.

        Raises:
            RunStoppedError: it should be there, and is not.
        """


class CheckpointKeeper(Checkpoints):
    """Writes one run's checkpoints beside the run, and keeps the newest on disk.

    Args:
        forget_before: see :class:`Checkpoints`.
        due: called with the step of each checkpoint before anything of it is written.
        folder: of the checkpoints.
        writer: writes the server's state.
        options: how often, and how many are kept.
        background: where checkpoints are written while the run continues.
        clock: seconds.

    Attributes:
        durable: the step of the newest checkpoint that was written; None before the first.
    """

    on_disk = True

    def __init__(
        self,
        forget_before: Callable[[Step], None],
        due: Callable[[Step], None],
        folder: CheckpointFolder,
        writer: HostStateWriter,
        options: RunOptions,
        background: Background | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__(forget_before)
        self.durable: Step | None = None
        self._due = due
        self._folder = folder
        self._writer = writer
        self._options = options
        self._background = background or ForkedWork()
        self._clock = clock
        self._taken = clock()
        self._waiting: Checkpoint | None = None
        self._writing: Step | None = None
        self._problem: Outcome | None = None

    def is_due(self) -> bool:
        """See :class:`Checkpoints`: the time since the last one exceeds the option."""
        if self._background.busy:
            self._collect(self._background.outcome(wait=False))
        self._start_waiting()
        if self._clock() - self._taken < self._options.checkpoint_seconds:
            return False
        self._taken = self._clock()
        return True

    def reached(self, checkpoint: Checkpoint, *, wait: bool = False) -> None:
        """See :class:`Checkpoints`. It is written as soon as the one before is."""
        super().reached(checkpoint)
        self._due(checkpoint.step)
        self._taken, self._waiting = self._clock(), checkpoint
        if wait:
            self._collect(self._background.outcome(wait=True))
            self._write_now(checkpoint)
        else:
            self._start_waiting()

    def write_last(self, checkpoint: Checkpoint) -> Path | None:
        """See :class:`Checkpoints`; also None if the state cannot be written."""
        self._waiting = None
        self._due(checkpoint.step)
        self._collect(self._background.outcome(wait=True))
        if self._problem is not None and self._problem.of_host:
            return None
        # A problem of an earlier checkpoint may be over.
        self._problem, self._writing = None, checkpoint.step
        fill = partial(self._writer.write_current, checkpoint)
        self._collect(in_this_process(lambda: self._write(checkpoint.step, fill)))
        return self._folder.at(checkpoint.step) if self.durable == checkpoint.step else None

    def check_last(self) -> None:
        """See :class:`Checkpoints`. A host whose states cannot be written has no checkpoints."""
        if self._problem is not None and not self._problem.of_host:
            raise RunStoppedError(
                "the simulation is saved, but its last checkpoint is missing: "
                f"{self._problem.problem}",
                "correct the cause, then continue with `ga-ooo resume`: it takes the steps since "
                "the checkpoint before that one again",
            )

    def _write_now(self, checkpoint: Checkpoint) -> None:
        for _ in range(_TRIES):
            self._waiting = checkpoint
            self._start_waiting()
            self._collect(self._background.outcome(wait=True))
            if self.durable == checkpoint.step or self._is_broken:
                return
        raise RunStoppedError(
            f"the checkpoint of step {checkpoint.step} cannot be written, and the run may not "
            "continue without it",
            _MEMORY,
        )

    @property
    def _is_broken(self) -> bool:
        return self._problem is not None and not self._problem.is_temporary

    def _start_waiting(self) -> None:
        checkpoint = self._waiting
        if checkpoint is None or self._is_broken or self._background.busy:
            return
        self._waiting, self._writing = None, checkpoint.step
        fill = partial(self._writer.write_past, checkpoint)
        try:
            self._background.start(lambda: self._write(checkpoint.step, fill))
        except OSError as error:
            logger.warning("no checkpoint of step %d: %s", checkpoint.step, error)

    def _write(self, step: Step, fill: Callable[[Path], None]) -> None:
        self._folder.write(step, fill)
        if self._options.keep_checkpoints:
            self._folder.keep(self._options.keep_checkpoints, step)

    def _collect(self, outcome: Outcome | None) -> None:
        if outcome is None:
            return
        if outcome.of_disk:
            raise RunStoppedError(outcome.problem, RESUME_REMEDY)
        if not outcome.problem:
            self.durable, self._problem = self._writing, None
            return
        self._problem = outcome
        if outcome.is_temporary:
            # The process may have left its files. They are no checkpoint, and take room.
            with suppress(OSError):
                self._folder.clear_aside()
            logger.warning(
                "no checkpoint of step %s: %s; the next one is tried as usual",
                *(self._writing, outcome.problem),
            )
        else:
            logger.warning(
                "no more checkpoints are made: %s; the run continues, resuming it takes longer",
                outcome.problem,
            )
