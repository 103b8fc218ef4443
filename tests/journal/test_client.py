"""Record, resume, replay: an answer that was paid for is never requested again or changed."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from ga_ooo.engine.loop.clock import VirtualTimeLoop
from ga_ooo.errors import ModelError
from ga_ooo.journal.client import JournalClient, JournalMismatchError, NotRecordedError
from ga_ooo.journal.records import JournalMode
from ga_ooo.model.requests import CallKey, CallReport, ModelAnswer, ModelCall, ReportingClient
from ga_ooo.scripted import Latency, ScriptedClient, ScriptedModel
from tests.journal.runs import ForgetfulModel, chat, embed, open_journal

RECORD, RESUME, REPLAY = JournalMode
KEY = CallKey("Klaus", 12, 0)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "journal.sqlite"


async def ask(path: Path, mode: JournalMode, *calls: ModelCall) -> list[ModelAnswer]:
    """Answers of one run, which must not ask the model in a replay."""
    model = ForgetfulModel(mode)
    client = JournalClient(model, open_journal(path, mode))
    try:
        return [await client.answer(call) for call in calls]
    finally:
        await client.close()
        assert model.closed == 1
        assert mode is not REPLAY or not model.asked


CALLS = (
    chat("What now?", KEY),
    chat("What now?", CallKey("Klaus", 12, 1)),
    embed("a walk", CallKey("Klaus", 12, 2)),
    embed("a walk", CallKey("Maria", 3, 0)),
    chat("What now?", CallKey("Klaus", 12, 0, attempt=1)),
)


@pytest.mark.parametrize("mode", [RESUME, REPLAY])
async def test_what_was_recorded_is_answered_again(path: Path, mode: JournalMode) -> None:
    recorded = await ask(path, RECORD, *CALLS)
    assert len({answer.text for answer in recorded}) == 4
    assert await ask(path, mode, *reversed(CALLS)) == recorded[::-1]


async def test_a_resumed_run_asks_for_the_rest(path: Path) -> None:
    recorded = await ask(path, RECORD, *CALLS[:3])
    resumed = await ask(path, RESUME, *CALLS)
    assert resumed[:3] == recorded
    assert resumed[3] == recorded[2]
    assert resumed[4].text == "resume answer 1 to What now?"
    assert await ask(path, REPLAY, *CALLS) == resumed


async def test_a_repeated_move_gets_its_answers_again(path: Path) -> None:
    first, second = await ask(path, RECORD, CALLS[0], CALLS[0])
    assert first == second


async def test_statistics(path: Path) -> None:
    client = JournalClient(ForgetfulModel(), open_journal(path))
    await asyncio.gather(*map(client.answer, CALLS), client.answer(chat("interview", None)))
    await client.answer(CALLS[0])
    counted = client.statistics
    assert (counted.recorded, counted.replayed, counted.joined) == (5, 1, 1)
    assert counted.asked_twice == 0
    await client.close()
    await client.close()


# --- outside of moves --------------------------------------------------------------------------

INTERVIEW = chat("Who are you?", None)
OTHER_INTERVIEW = chat("What do you do?", None)


@pytest.mark.parametrize("mode", [RESUME, REPLAY])
async def test_an_interview_is_found_by_what_it_asks(path: Path, mode: JournalMode) -> None:
    first, other, _, second = await ask(
        path, RECORD, INTERVIEW, OTHER_INTERVIEW, CALLS[0], INTERVIEW
    )
    assert first != second
    # In another order, and without the move between them.
    again = await ask(path, mode, OTHER_INTERVIEW, INTERVIEW, INTERVIEW)
    assert again == [other, first, second]


async def test_an_interview_beyond_the_recorded_ones_is_asked(path: Path) -> None:
    (first,) = await ask(path, RECORD, INTERVIEW)
    resumed = await ask(path, RESUME, INTERVIEW, INTERVIEW, INTERVIEW)
    assert resumed[0] == first
    assert len({answer.text for answer in resumed}) == 3
    assert await ask(path, REPLAY, *[INTERVIEW] * 3) == resumed
    with pytest.raises(NotRecordedError, match="the same request is recorded as a call outside"):
        await ask(path, REPLAY, *[INTERVIEW] * 4)


async def test_concurrent_interviews_get_different_answers(path: Path) -> None:
    client = JournalClient(ForgetfulModel(), open_journal(path))
    said = await asyncio.gather(*(client.answer(INTERVIEW) for _ in range(5)))
    await client.close()
    assert len({answer.text for answer in said}) == 5
    resumed = await ask(path, RESUME, *[INTERVIEW] * 5)
    assert sorted(map(str, resumed)) == sorted(map(str, said))


async def test_interviews_outlast_compaction_and_need_not_be_replayed(path: Path) -> None:
    client = JournalClient(ForgetfulModel(), open_journal(path))
    said = [await client.answer(call) for call in (CALLS[0], INTERVIEW)]
    client.journal.note_committed("Klaus", 20)
    assert client.journal.compact(20) == 1
    await client.close()
    replay = JournalClient(ForgetfulModel(), open_journal(path, REPLAY))
    assert replay.unused() == []
    assert await replay.answer(INTERVIEW) == said[1]
    await replay.close()


# --- embeddings --------------------------------------------------------------------------------


async def test_a_text_in_flight_is_requested_once_despite_cancellation(
    path: Path,
) -> None:
    gate = asyncio.Event()

    class Slow(ForgetfulModel):
        async def answer(self, call: ModelCall) -> ModelAnswer:
            await gate.wait()
            return await super().answer(call)

    model = Slow()
    client = JournalClient(model, open_journal(path))
    keys = [CallKey("K", step, 0) for step in range(5)]
    tasks = [asyncio.create_task(client.answer(embed("cafe", key))) for key in keys]
    await asyncio.sleep(0)
    tasks[0].cancel()
    await asyncio.sleep(0)
    gate.set()
    answers = await asyncio.gather(*tasks[1:])
    # The cancelled call is made again, as by a repeated move.
    answers.append(await client.answer(embed("cafe", keys[0])))
    assert len(model.asked) == 1
    assert len(set(answers)) == 1
    assert (client.statistics.joined, client.statistics.asked_twice) == (4, 0)
    await client.close()
    again = await ask(path, REPLAY, *(embed("cafe", key) for key in keys))
    assert again == answers


async def test_a_failure_reaches_all_who_wait_and_is_not_remembered(path: Path) -> None:
    class Broken(ForgetfulModel):
        broken = True

        async def answer(self, call: ModelCall) -> ModelAnswer:
            await asyncio.sleep(0)
            if self.broken:
                raise ModelError("out of order", "wait")
            return await super().answer(call)

    model = Broken()
    client = JournalClient(model, open_journal(path))
    calls = [embed("cafe", CallKey("K", step, 0)) for step in range(3)]
    failed = await asyncio.gather(*map(client.answer, calls), return_exceptions=True)
    assert [type(outcome) for outcome in failed] == [ModelError] * 3
    model.broken = False
    assert len(set(await asyncio.gather(*map(client.answer, calls)))) == 1
    assert (len(model.asked), client.statistics.asked_twice) == (1, 0)
    await client.close()


async def test_closing_cancels_calls_in_flight(path: Path) -> None:
    class Stuck(ForgetfulModel):
        async def answer(self, call: ModelCall) -> ModelAnswer:
            return await asyncio.get_running_loop().create_future()  # type: ignore[no-any-return]  # it never returns

    client = JournalClient(Stuck(), open_journal(path))
    task = asyncio.create_task(client.answer(embed("cafe", KEY)))
    await asyncio.sleep(0)
    await client.close()
    with pytest.raises(asyncio.CancelledError):
        await task


# --- mismatches ------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", [RESUME, REPLAY])
async def test_another_request_with_the_same_key_is_an_error(path: Path, mode: JournalMode) -> None:
    secret = "the end of this prompt is for nobody" * 3
    prompt = f"Klaus Mueller is a student of sociology. It is noon. {secret}"
    await ask(path, RECORD, chat(prompt, KEY, temperature=0.5, max_tokens=9))
    changed = chat(prompt.replace("noon", "night"), KEY, temperature=0.7, max_tokens=9)
    with pytest.raises(JournalMismatchError) as raised:
        await ask(path, mode, changed)
    problem = raised.value.problem
    assert "the request of call 0 of Klaus at step 12 differs" in problem
    assert "temperature: recorded 0.5, now 0.7" in problem
    position = prompt.index("noon") + 1
    assert f"text, from character {position}: recorded …'" in problem
    assert "'…, now …'" in problem
    assert "It is noon." in problem and "It is night." in problem
    assert "Klaus Mueller" not in problem and secret not in problem
    assert "max_tokens" not in problem
    # The journal has not changed.
    await ask(path, REPLAY, chat(prompt, KEY, temperature=0.5, max_tokens=9))


async def test_kinds_and_roles_are_distinguished(path: Path) -> None:
    await ask(path, RECORD, chat("a\nb", KEY), embed("x", CallKey("Klaus", 12, 1)))
    with pytest.raises(JournalMismatchError, match="of kind chat, this one of kind embedding"):
        await ask(path, RESUME, embed("a\nb", KEY))
    divided = chat("", KEY)
    request = replace(divided.request, messages=(("system", "a"), ("user", "b")))
    with pytest.raises(JournalMismatchError, match="the same text, but divided differently"):
        await ask(path, RESUME, replace(divided, request=request))
    with pytest.raises(JournalMismatchError, match="recorded 'x', now 'y'"):
        await ask(path, RESUME, embed("y", CallKey("Klaus", 12, 1)))


@dataclass(frozen=True)
class Missing:
    """A call that a replay does not find, and parts of the error."""

    call: ModelCall
    expected: tuple[str, ...]


MISSING = [
    Missing(
        chat("How poignant is a walk in the park with Maria?", CallKey("Klaus", 14, 0)),
        (
            "call 0 of Klaus at step 14 is not in the journal",
            "the closest recorded one is call 0 of Klaus at step 12\n",
            "in the park with Maria?'",
        ),
    ),
    Missing(
        chat("How poignant is a walk in the park?", CallKey("Klaus", 13, 0)),
        ("the same request is recorded as call 0 of Klaus at step 12",),
    ),
    Missing(embed("tea", CallKey("Klaus", 14, 0)), ("it holds no embedding calls",)),
    Missing(chat("Who?", None), ("a chat call outside of moves is not in the journal",)),
]


@pytest.mark.parametrize("missing", MISSING)
async def test_a_replay_names_the_closest_call(path: Path, missing: Missing) -> None:
    decoy = chat("Plan the day of Klaus in broad strokes", CallKey("Klaus", 14, 1))
    await ask(path, RECORD, decoy, chat("How poignant is a walk in the park?", KEY))
    with pytest.raises(NotRecordedError) as raised:
        await ask(path, REPLAY, missing.call)
    for part in missing.expected:
        assert part in raised.value.problem


async def test_a_replay_names_compacted_steps(path: Path) -> None:
    client = JournalClient(ForgetfulModel(), open_journal(path))
    await client.answer(CALLS[0])
    client.journal.note_committed("Klaus", 20)
    client.journal.compact(20)
    await client.close()
    with pytest.raises(NotRecordedError, match="whose calls below step 20 were dropped"):
        await ask(path, REPLAY, CALLS[0])


# --- exactness ---------------------------------------------------------------------------------


async def test_calls_that_a_replay_never_made_are_listed(path: Path) -> None:
    await ask(path, RECORD, *CALLS)
    client = JournalClient(ForgetfulModel(), open_journal(path, REPLAY))
    for call in CALLS[1:3]:
        await client.answer(call)
    expected = [CALLS[3].key, CALLS[0].key, CALLS[4].key]
    assert client.unused() == expected
    for call in CALLS:
        await client.answer(call)
    assert client.unused() == []
    await client.close()


def test_a_replay_completes_calls_in_another_order(path: Path) -> None:
    calls = [chat(f"Question {n}", CallKey("K", n, 0)) for n in range(30)]

    async def run(mode: JournalMode, seed: int) -> tuple[list[int], list[str]]:
        latency = Latency(0.5, 0.1, seed=seed)
        client = JournalClient(
            ScriptedClient(ScriptedModel(), latency), open_journal(path, mode), latency.seconds
        )
        order: list[int] = []

        async def one(number: int) -> str:
            text = (await client.answer(calls[number])).text
            order.append(number)
            return text

        texts = await asyncio.gather(*map(one, range(30)))
        await client.close()
        return order, texts

    def outcome(mode: JournalMode, seed: int) -> tuple[list[int], list[str]]:
        with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
            return runner.run(run(mode, seed))

    recorded, replayed, other = outcome(RECORD, 1), outcome(REPLAY, 1), outcome(REPLAY, 2)
    # Recording takes no virtual time, so equal latencies give the same order.
    assert replayed == recorded
    assert other[0] != recorded[0]
    assert other[1] == recorded[1]


async def test_a_client_may_report_where_an_answer_came_from(path: Path) -> None:
    class Reporting(ForgetfulModel):
        async def answer_with_report(self, call: ModelCall) -> tuple[ModelAnswer, CallReport]:
            return await self.answer(call), CallReport("http://gpu1/v1", 3)

    reporting = Reporting()
    assert isinstance(reporting, ReportingClient)
    client = JournalClient(reporting, open_journal(path))
    await client.answer(CALLS[0])
    await client.answer(CALLS[2])
    for table in ("calls", "embeddings"):
        rows = client.journal.rows(f"SELECT endpoint, attempts FROM {table} WHERE attempts > 0")
        assert rows == [("http://gpu1/v1", 3)]
    await client.close()


async def test_an_embedding_of_a_repeated_move_is_not_asked_twice(path: Path) -> None:
    client = JournalClient(ForgetfulModel(), open_journal(path))
    one, two = await client.answer(CALLS[2]), await client.answer(CALLS[2])
    assert one == two
    assert client.statistics.asked_twice == 0
    assert (client.statistics.recorded, client.statistics.replayed) == (1, 1)
    await client.close()


async def test_a_step_after_the_dropped_ones_was_never_recorded(path: Path) -> None:
    client = JournalClient(ForgetfulModel(), open_journal(path))
    await client.answer(CALLS[0])
    client.journal.note_committed("Klaus", 12)
    client.journal.compact(13)
    await client.close()
    for step, was_dropped in ((12, True), (13, False)):
        with pytest.raises(NotRecordedError) as raised:
            await ask(path, REPLAY, chat("What now?", CallKey("Klaus", step, 0)))
        assert ("were dropped" in str(raised.value)) == was_dropped
