"""The journal of a session: where its file is, and which run it belongs to."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from ga_ooo.disk import OWN_FOLDER
from ga_ooo.errors import GaOooError
from ga_ooo.host.checkout.checkout import Checkout
from ga_ooo.host.run.session import Delay, Session
from ga_ooo.journal.client import JournalClient
from ga_ooo.journal.database import check_file, read_identity
from ga_ooo.journal.differences import where
from ga_ooo.journal.records import JournalMode, RunIdentity
from ga_ooo.journal.store import Journal
from ga_ooo.model.requests import ModelAnswer, ModelCall
from ga_ooo.options import JournalOptions, ModelOptions
from ga_ooo.scripted import Latency

JOURNAL_FILE: Final = "journal.sqlite"


class NotAskedError(GaOooError):
    """A replay left out calls that the recorded run made in the steps that it took."""

    exit_code = 7


@dataclass(frozen=True)
class Shaping:
    """What the run makes of the host's requests.

    Attributes:
        structured: asks for answers of the form that the host takes.
        prompts: kind of prompt to served model.
    """

    structured: bool
    prompts: Mapping[str, str] = field(default_factory=dict)


def model_text(options: ModelOptions, shaping: Shaping) -> str:
    """What determines the model's answers, without the URLs of servers."""
    values: dict[str, Any] = {
        "structured_outputs": shaping.structured,
        "prompts": dict(shaping.prompts),
    }
    if options.servers:
        served = {(server.name, server.embedding_name) for server in options.servers}
        values |= {
            "served": sorted({name for names in served for name in names if name}),
            "chat": dict(options.names.chat),
            "completion": dict(options.names.completion),
            "embedding": dict(options.names.embedding),
            "completion_as_chat": options.completion_as_chat,
            "default_max_tokens": options.default_max_tokens,
        }
    else:
        values |= {"model": options.model, "embedding_width": options.embedding_width}
    return json.dumps(values, sort_keys=True)


class JournalKeeper:
    """Opens a run's journal and gives it to the session.

    Args:
        options: None for no journal.
        checkout: the host.
        seed: run seed.
        model: who answers.

    Attributes:
        replays: whether answers come from the file alone.
        model_text: what determines the model's answers, once it is open.
    """

    def __init__(
        self, options: JournalOptions | None, checkout: Checkout, seed: int, model: ModelOptions
    ) -> None:
        self.replays = options is not None and options.replay
        self._options = options
        self._checkout = checkout
        self._seed = seed
        self._model = model
        self.model_text = ""
        self._journal: Journal | None = None

    def recorded_shaping(self) -> Shaping | None:
        """What the recorded run made of requests, if this one replays it.

        Raises:
            UsageError: the file is not a journal that can be replayed.
            RunStoppedError: it cannot be read.
        """
        if self._options is None or self._options.file is None or not self.replays:
            return None
        self.model_text = read_identity(self._options.file).model
        values = json.loads(self.model_text)
        return Shaping(values["structured_outputs"], values["prompts"])

    def open(self, shaping: Shaping) -> None:
        """Open the file that the options name, if they do and the scenario is known.

        Raises:
            UsageError: it belongs to another run, is in use, or cannot be made there.
            RunStoppedError: it cannot be used.
        """
        # A replay asks nobody, so it takes the model of the recorded run as it was.
        self.model_text = self.model_text or model_text(self._model, shaping)
        if self._options is None or self._options.file is None:
            return
        if self._options.scenario is not None:
            self._journal = self._open(self._options.file, self._options.scenario)
        else:
            check_file(self._options.file, self._mode(self._options.file))

    def attach(self, session: Session, *, by_default: bool) -> None:
        """Give the journal to the session.

        Args:
            session: of this run.
            by_default: without a file of its own, keep one in the new simulation's folder.
        """
        options = self._options
        if self._journal is not None:
            self._give(session, self._journal)
        elif options is not None and (options.file or options.keep or by_default):
            origin, is_given = "", False

            def before(scenario: str) -> None:
                nonlocal origin, is_given
                origin = options.scenario or scenario
                # A journal that is there may be of another run: then nothing is to be forked. A
                # new one is made once the host has found the scenario.
                is_given = options.file is not None and options.file.exists()
                if options.file is not None and is_given:
                    self._give(session, self._open(options.file, origin))

            def begin(simulation: Path) -> None:
                if not is_given:
                    file = options.file or _new_file(simulation)
                    self._give(session, self._open(file, origin))

            session.on_forking.append(before)
            session.on_forked.append(begin)

    def close(self) -> None:
        """Close what no session was given."""
        if self._journal is not None:
            self._journal.close()

    def _give(self, session: Session, journal: Journal) -> None:
        session.keep_journal(journal, self._delay() if self.replays else None)

    def _open(self, file: Path, scenario: str) -> Journal:
        identity = RunIdentity(self._seed, self._checkout.revision, scenario, self.model_text)
        return Journal(file, identity, self._mode(file))

    def _mode(self, file: Path) -> JournalMode:
        if self.replays:
            return JournalMode.REPLAY
        return JournalMode.RESUME if file.exists() else JournalMode.RECORD

    def _delay(self) -> Delay | None:
        model = self._model
        return (
            Latency(*model.latency, seed=model.latency_seed).seconds if any(model.latency) else None
        )


def _new_file(simulation: Path) -> Path:
    folder = simulation / OWN_FOLDER
    folder.mkdir(mode=0o700, exist_ok=True)
    return folder / JOURNAL_FILE


def check_all_asked(journal: JournalClient, before: int) -> None:
    """Hold a replay that has taken the steps before ``before`` to the recorded run.

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


class Nobody:
    """In the place of a model, for replays."""

    async def answer(self, call: ModelCall) -> ModelAnswer:
        """Never called: a replay asks nobody."""
        raise AssertionError(f"a replay asked for {call.key}")

    async def close(self) -> None:
        """Nothing to release."""
