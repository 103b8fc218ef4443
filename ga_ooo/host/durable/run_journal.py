"""The journal of a run: its file, and the run that it belongs to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeAlias

from ga_ooo.disk import OWN_FOLDER
from ga_ooo.errors import GaOooError, UsageError
from ga_ooo.host.checkout.checkout import Checkout
from ga_ooo.host.durable.model_identity import Shaping, model_text, read_model_text
from ga_ooo.journal.client import JournalClient
from ga_ooo.journal.database import check_file, read_identity
from ga_ooo.journal.differences import where
from ga_ooo.journal.records import JournalMode, RunIdentity
from ga_ooo.journal.store import Journal
from ga_ooo.model.requests import ModelAnswer, ModelCall
from ga_ooo.observer import Observer
from ga_ooo.options import JournalOptions, ModelOptions

Delay: TypeAlias = Callable[[ModelCall, ModelAnswer], float]
"""Seconds of loop time that a recorded answer takes."""

Use: TypeAlias = Callable[[Journal, Delay | None], None]
"""Sends the calls of a run through a journal."""

JOURNAL_FILE: Final = "journal.sqlite"


class NotAskedError(GaOooError):
    """A replay did not make all calls that the recorded run made in the same steps."""

    exit_code = 7


@dataclass(frozen=True)
class JournalPlan:
    """What one run does about its journal.

    Attributes:
        scenario: the scenario of the run; None where a user is asked for it later.
        file: the journal; None for a file in the folder of the new simulation.
        replay: answer from the file alone.
        keep: keep a journal without a file of its own too, where no model servers answer.
    """

    scenario: str | None
    file: Path | None = None
    replay: bool = False
    keep: bool = False

    @classmethod
    def of(cls, options: JournalOptions, scenario: str | None) -> JournalPlan | None:
        """The plan that options ask for; None for no journal."""
        if options.keep is False:
            return None
        file = options.replay or options.file
        # Absolute: the host changes the working folder.
        path = None if file is None else file.absolute()
        return cls(scenario, path, options.replay is not None, bool(options.keep))


class RunJournal(Observer):
    """Opens the journal of a run, once the scenario of the run is known.

    Args:
        plan: None for no journal.
        checkout: the host.
        seed: run seed.
        model: the model that answers.
        delay: seconds of loop time that an answer takes when it is replayed; None for none.

    Attributes:
        replays: whether answers come from the file alone.
        model_text: see :func:`model_text`; set by :meth:`prepare`.
    """

    def __init__(
        self,
        plan: JournalPlan | None,
        checkout: Checkout,
        seed: int,
        model: ModelOptions,
        delay: Delay | None = None,
    ) -> None:
        self.replays = plan is not None and plan.replay
        self.model_text = ""
        self._plan = plan
        self._checkout = checkout
        self._seed = seed
        self._model = model
        self._delay = delay if self.replays else None
        self._use: Use | None = None
        self._journal: Journal | None = None
        self._scenario, self._is_new = "", True

    def recorded_shaping(self) -> Shaping | None:
        """How the recorded run changed requests; None if this run does not replay a journal.

        Raises:
            UsageError: the file is not a journal that can be replayed.
            RunStoppedError: it cannot be read.
        """
        if self._plan is None or self._plan.file is None or not self.replays:
            return None
        self.model_text = read_identity(self._plan.file).model
        try:
            return read_model_text(self.model_text).shaping
        except ValueError as error:
            raise UsageError(
                f"{self._plan.file} names no model that can be read: {error}",
                "replay another journal, or record this one again",
            ) from error

    def prepare(self, shaping: Shaping) -> None:
        """Open the file that the options name, or check it where the scenario is not known yet.

        Raises:
            UsageError: it belongs to another run, is in use, or cannot be made there.
            RunStoppedError: the file cannot be used.
        """
        # A replay asks no model, so it takes the model of the recorded run as it was.
        self.model_text = self.model_text or model_text(self._model, shaping)
        if self._plan is None or self._plan.file is None:
            return
        if self._plan.scenario is not None:
            self._open(self._plan.file, self._plan.scenario)
        else:
            check_file(self._plan.file, self._mode(self._plan.file))

    def connect(self, use: Use, *, by_default: bool) -> None:
        """From now on, give the journal to the run: at once, or when the host forks a scenario.

        Args:
            use: sends the calls of the run through a journal.
            by_default: without a file of its own, keep one in the new simulation's folder.
        """
        plan = self._plan
        if self._journal is not None:
            use(self._journal, self._delay)
        elif plan is not None and (plan.file or plan.keep or by_default):
            self._use = use

    def close(self) -> None:
        """Close a journal that no run uses yet."""
        if self._journal is not None:
            self._journal.close()

    # --- as an observer of the run -------------------------------------------------------------

    def forking(self, scenario: str) -> None:
        """Open a journal that exists. If it is of another run, the host must not fork."""
        plan = self._plan
        if self._use is not None and plan is not None:
            self._scenario, self._is_new = plan.scenario or scenario, True
            if plan.file is not None and plan.file.exists():
                self._is_new = False
                journal = self._open(plan.file, self._scenario)
                if journal.mode is JournalMode.RESUME:
                    # The run takes all of its steps again.
                    journal.repair(0)
                self._use(journal, self._delay)

    def forked(self, simulation: Path) -> None:
        """Make a new journal: the host has found the scenario."""
        plan = self._plan
        if self._use is not None and plan is not None and self._is_new:
            file = plan.file or _new_file(simulation)
            self._use(self._open(file, self._scenario), self._delay)

    def committed(self, persona: str, step: int) -> None:
        """Record the progress of each persona."""
        if self._journal is not None:
            self._journal.note_committed(persona, step)

    # --- helpers ---------------------------------------------------------------------------------

    def _open(self, file: Path, scenario: str) -> Journal:
        identity = RunIdentity(self._seed, self._checkout.revision, scenario, self.model_text)
        self._journal = Journal(file, identity, self._mode(file))
        return self._journal

    def _mode(self, file: Path) -> JournalMode:
        if self.replays:
            return JournalMode.REPLAY
        return JournalMode.RESUME if file.exists() else JournalMode.RECORD


def _new_file(simulation: Path) -> Path:
    folder = simulation / OWN_FOLDER
    folder.mkdir(mode=0o700, exist_ok=True)
    return folder / JOURNAL_FILE


def check_all_asked(journal: JournalClient, before: int) -> None:
    """Check that a replay has made all calls of the recorded run in the steps before ``before``.

    Raises:
        NotAskedError: a recorded call of those steps was not asked.
    """
    if journal.journal.mode is not JournalMode.REPLAY:
        return
    left = [key for key in journal.unused() if key.step < before]
    if left:
        raise NotAskedError(
            f"{len(left):,} calls recorded in {journal.journal.path} were not asked, "
            f"the first of them {where(left[0])}",
            "run with the host, scenario and steps that the journal was recorded with; "
            "if nothing has changed, see docs/exactness.md",
        )


class NoModel:
    """In the place of a model, for replays."""

    async def answer(self, call: ModelCall) -> ModelAnswer:
        """Never called: the journal answers every call of a replay, or refuses the call."""
        raise AssertionError(f"a replay asked for {call.key}")

    async def close(self) -> None:
        """Nothing to release."""
