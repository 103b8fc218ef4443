"""A run that stops and resumes in any order: no question is asked twice, and no answer changes.

The model never gives the same answer twice.
"""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from collections import Counter
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, invariant, rule

from ga_ooo.journal.client import JournalClient
from ga_ooo.journal.records import JournalMode
from ga_ooo.model.requests import CallKey, CallKind, ModelAnswer, ModelCall
from tests.journal.runs import ForgetfulModel, chat, embed, open_journal

personas = st.sampled_from(["Klaus", "Maria"])
steps = st.integers(0, 5)
keys = st.builds(CallKey, personas, steps, st.integers(0, 2), st.integers(0, 1))


def call_at(key: CallKey) -> ModelCall:
    """The call of a deterministic host with this key: chats, and embeddings of few texts."""
    number = key.step + key.ordinal + key.attempt
    if key.ordinal == 2:
        return embed(f"text {number % 3}", key)
    return chat(f"{key.persona} asks {number}", key)


class History(RuleBasedStateMachine):
    """A run with its journal, and the answers that its personas received."""

    sleeping = Bundle("sleeping")

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="ga-ooo-journal-"))
        self.loop = asyncio.new_event_loop()
        self.model = ForgetfulModel()
        self.received: dict[CallKey, ModelAnswer] = {}
        self.dropped: Counter[CallKey] = Counter()
        self.commits: dict[str, int] = {}
        self.client = self.open(JournalMode.RECORD)

    def open(self, mode: JournalMode) -> JournalClient:
        return JournalClient(self.model, open_journal(self.folder / "j.sqlite", mode))

    def close(self) -> None:
        self.loop.run_until_complete(self.client.close())

    def answers(self, wanted: list[CallKey]) -> list[ModelAnswer]:
        async def ask() -> list[ModelAnswer]:
            return await asyncio.gather(*(self.client.answer(call_at(key)) for key in wanted))

        return self.loop.run_until_complete(ask())

    def chats(self) -> list[CallKey]:
        """The keys of the chats that reached the model."""
        return [c.key for c in self.model.asked if c.key and c.request.kind is CallKind.CHAT]

    @rule(wanted=st.lists(keys, min_size=1, max_size=6, unique=True))
    def ask(self, wanted: list[CallKey]) -> None:
        for key, answer in zip(wanted, self.answers(wanted), strict=True):
            assert self.received.setdefault(key, answer) == answer

    @rule(target=sleeping, key=keys)
    def ask_and_be_cancelled(self, key: CallKey) -> CallKey:
        async def ask() -> None:
            task = asyncio.ensure_future(self.client.answer(call_at(key)))
            await asyncio.sleep(0)
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

        self.loop.run_until_complete(ask())
        return key

    @rule(key=consumes(sleeping))
    def come_back(self, key: CallKey) -> None:
        self.ask([key])

    @rule(persona=personas, step=steps)
    def commit(self, persona: str, step: int) -> None:
        self.client.journal.note_committed(persona, step)
        self.commits[persona] = step + 1

    @rule()
    def compact(self) -> None:
        horizon = min(self.commits.values(), default=0)
        self.client.journal.compact(horizon)
        dropped = Counter(key for key in self.chats() if key.step < horizon)
        self.dropped |= dropped
        for key in dropped:
            self.received.pop(key, None)

    @rule()
    def stop_and_resume(self) -> None:
        self.close()
        self.client = self.open(JournalMode.RESUME)

    @rule()
    def replay(self) -> None:
        self.close()
        asked = len(self.model.asked)
        self.client = self.open(JournalMode.REPLAY)
        assert self.answers(list(self.received)) == list(self.received.values())
        assert len(self.model.asked) == asked
        self.stop_and_resume()

    @invariant()
    def nothing_was_asked_twice(self) -> None:
        embedded = [c for c in self.model.asked if c.request.kind is CallKind.EMBEDDING]
        assert len({call.request.fingerprint for call in embedded}) == len(embedded)
        assert max((Counter(self.chats()) - self.dropped).values(), default=1) == 1
        assert self.client.statistics.asked_twice == 0

    @invariant()
    def commits_are_known(self) -> None:
        assert self.client.journal.commit_steps() == self.commits

    def teardown(self) -> None:
        self.close()
        self.loop.close()
        shutil.rmtree(self.folder)


TestHistory = History.TestCase
TestHistory.settings = settings(max_examples=20, stateful_step_count=25, deadline=None)
