"""Constrained requests, and that validators accept their answers."""

from __future__ import annotations

import ast
import json
import random
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ga_ooo.host.prompts.kinds import PROMPT_KINDS, prompt_kind
from ga_ooo.host.prompts.shaping import model_for_prompt
from ga_ooo.host.prompts.structured import WholeAnswers, constrain
from ga_ooo.model.requests import CallKind, ModelAnswer, ModelCall, ModelRequest
from ga_ooo.model.structured import PARAMETER
from tests.host.prompts.sampler import sample
from tests.scripted.prompts import enveloped

SEEDS = st.integers(0, 2**32)


def ask(prompt: str, **parameters: Any) -> ModelRequest:
    """A completion request."""
    return ModelRequest(CallKind.COMPLETION, "davinci", prompt=prompt, parameters=parameters)


def draw(prompt: str, seed: int = 0) -> str:
    """One answer that the prompt's constraint allows."""
    return sample(constrain(ask(prompt)).parameters[PARAMETER], random.Random(seed))


def choices(prompt: str) -> list[str]:
    """All answers of a choice."""
    answers: list[str] = constrain(ask(prompt)).parameters[PARAMETER]["choice"]
    return answers


POIGNANCY = "Rate it for Ida.\n\nEvent: bed is idle\nRate (return a number between 1 to 10):"
SECTOR = (
    "Task -- choose an area.\n\nSam lives in {Sam's house} that has a kitchen.\n"
    "Area options: {Sam's house, Park}.\nFor a walk, Sam should go to the following area: {Park}\n"
    "---\nIda Berg lives in {Ida Berg's house} that has bedroom, kitchen.\n"
    "Ida Berg is currently in {Corner Cafe} that has cafe. \n"
    "Area options: {Ida Berg's house, Corner Cafe, Oak Park (north)}. \n"
    "Ida Berg is working. For pouring tea, Ida Berg should go to the following area: {"
)
ARENA = (
    "Tom is going to Cafe that has the following areas: {cafe}\nAnswer: {cafe}\n---\n\n"
    "Ida Berg is going to Ida's house that has the following areas: {kitchen, Ida's room}\n"
    "Ida Berg is cooking. For soup, Ida Berg should go to the following area in Ida's house "
    "(MUST pick one of {kitchen, Ida's room}):\nAnswer: {"
)
OBJECT = (
    "Current activity: study\nObjects available: {desk, chair}\n"
    "Pick ONE most relevant object from the objects available: desk\n---\n"
    "Current activity: cooking\nObjects available: {stove, kitchen sink}\n"
    "Pick ONE most relevant object from the objects available:"
)
REACT = (
    "Task -- given context and three options that a subject can take, decide.\n\n"
    "Context: x\nOption 1: Wait\nOption 2: Go on\nAnswer: Option 1\n---\nContext: y\n"
    "Option 1: Wait on tea\nOption 2: Continue on to tea now\nReasoning:"
)
TALK = (
    "Task -- determine whether the subject will initiate a conversation with another.\nReasoning:"
)
UTTERANCE = (
    "Task: what should Ida Berg say to Tom Roe next? And did it end the conversation?\n\n"
    "Output format: Output a json of the following format: \n{\n"
    '"Ida Berg": "<Ida Berg\'s utterance>",\n'
    '"Did the conversation end with Ida Berg\'s utterance?": "<json Boolean>"\n}'
)
DECOMPOSITION = (
    "Describe subtasks in 5 min increments. \n---\nIn 5 min increments, list the subtasks Kelly "
    "does when Kelly is resting from 1 ~ 2 (total duration in minutes: 180):\n"
    "1) Kelly is napping. (duration in minutes: 180, minutes left: 0)\n---\n"
    "In 5 min increments, list the subtasks Ida does when Ida is working (hard) from 08:00AM ~ "
    "09:00AM (total duration in minutes {}): \n1) Ida is"
)
REVISED = (
    "Here was Ida's originally planned schedule from 09:00 AM to 11:00 AM. \n"
    "09:00 ~ 09:20 -- work (sort)\n09:20 ~ 10:30 -- work (count)\n10:30 ~ 11:00 -- rest (nap)\n\n\n"
    "But Ida unexpectedly ended up talking for 10 minutes. Revise Ida's schedule from 09:00 AM to "
    "11:00 AM accordingly (it has to end by 11:00 AM). \nThe revised schedule:\n"
    "09:00 ~ 09:20 -- work (sort)\n09:20 ~ {} -- work (talking)\n{} ~"
)
INSIGHTS = (
    "Input:\n0. Ida is idle\n1. Tom is tired\n2. bed is idle\n\n\nWhat 5 high-level insights can "
    "you infer from the above statements? (example format: insight (because of 1, 5, 3))\n1."
)
FOCAL = (
    "Ida is idle\n\nGiven only the information above, what are 3 most salient high-level questions?"
)
PLAN = (
    "Ida likes tea\nToday is Monday. Here is Ida's plan today in broad-strokes (with the time of "
    "the day. e.g., have a lunch at 12:00 pm): 1) wake up and complete the morning routine at "
    "6:00 am, 2)"
)


def test_closed_sets_are_taken_from_the_prompt() -> None:
    assert choices(SECTOR) == ["Ida Berg's house}", "Corner Cafe}", "Oak Park (north)}"]
    assert choices(ARENA) == ["kitchen}", "Ida's room}"]
    assert choices(OBJECT) == ["stove", "kitchen sink"]
    assert choices(REACT) == [" Answer: Option 1", " Answer: Option 2"]
    assert [answer.split()[-1] for answer in choices(TALK)] == ["yes", "no"]
    assert choices("Ida's wake up hour:")[0] == " 1 am"


def test_a_sector_without_rooms_is_not_constrained() -> None:
    request = ask(ARENA.replace("{kitchen, Ida's room}", "{}"))
    assert prompt_kind(request.text) == "action arena"
    assert constrain(request) is request


def test_numbers_are_texts_in_the_envelope() -> None:
    scores = {json.loads(draw(enveloped(POIGNANCY), seed))["output"] for seed in range(200)}
    assert scores == {str(score) for score in range(1, 11)}


def test_an_utterance_has_the_names_of_the_prompt() -> None:
    said = [json.loads(draw(UTTERANCE, seed)) for seed in range(50)]
    for utterance in said:
        assert list(utterance) == [
            "Ida Berg",
            "Did the conversation end with Ida Berg's utterance?",
        ]
        assert "}" not in utterance["Ida Berg"]  # the host reads to the first one
    assert {list(utterance.values())[1] for utterance in said} == {True, False}


@given(SEEDS, st.integers(1, 144))
def test_subtasks_never_exceed_the_time(seed: int, slots: int) -> None:
    lines = draw(DECOMPOSITION.format(5 * slots), seed).split("\n")
    durations = [int(line.split("(duration in minutes: ")[1].split(",")[0]) for line in lines]
    assert 0 < sum(durations) <= 5 * slots
    assert all(duration % 5 == 0 for duration in durations)
    assert all(line.split(" ")[1:3] == ["Ida", "is"] for line in lines[1:])


def test_a_task_below_five_minutes_has_no_answer() -> None:
    request = ask(DECOMPOSITION.format(4))
    assert prompt_kind(request.text) == "task decomposition"
    assert constrain(request) is request


@given(SEEDS, st.integers(21, 119))
def test_a_revised_schedule_fills_the_span(seed: int, minute: int) -> None:
    clock = f"{9 + minute // 60:02}:{minute % 60:02}"
    prompt = REVISED.format(clock, clock)
    begun = prompt.split("The revised schedule:\n")[1]
    total = 0
    for row in f"{begun} {draw(prompt, seed).strip()}".split("\n"):
        times, _ = row.split(" -- ")
        (h1, m1), (h2, m2) = (part.strip().split(":") for part in times.split(" ~ "))
        total += (int(h2) - int(h1)) * 60 + int(m2) - int(m1)
    assert total == 120


def test_a_schedule_that_exceeds_its_span_has_no_answer() -> None:
    request = ask(REVISED.format("11:10", "11:10"))
    assert prompt_kind(request.text) == "revised schedule"
    assert constrain(request) is request


@given(SEEDS)
def test_insights_rest_on_statements_that_exist(seed: int) -> None:
    lines = draw(INSIGHTS, seed).split("\n")
    assert len(lines) == 5
    for line in lines:
        numbers = re.findall(r"\d+", line.split("(because of ")[1])
        assert numbers
        assert all(int(number) <= 2 for number in numbers)


@given(SEEDS)
def test_focal_points_are_a_python_list_in_json(seed: int) -> None:
    questions = ast.literal_eval(json.loads(draw(enveloped(FOCAL), seed))["output"])
    assert len(questions) == 3
    assert all(isinstance(question, str) and question for question in questions)


@given(SEEDS)
def test_the_host_can_parse_the_daily_plan(seed: int) -> None:
    pieces = draw(PLAN, seed).split(")")
    assert all(pieces)  # the host looks at the last character of each
    items = [piece[:-1].strip() for piece in pieces if piece[-1].isdigit()]
    assert len(items) >= 3
    assert all(item.endswith(",") for item in items)


@given(SEEDS)
def test_an_event_triple_has_two_parts_and_one_word_of_predicate(seed: int) -> None:
    prompt = "Task: Turn the input into (subject, predicate, object).\nOutput: (Ida,"
    predicate, thing = draw(prompt, seed).split(")")[0].split(",")
    assert " " not in predicate.strip()
    assert thing.strip()


def test_max_tokens_lets_the_longest_answer_finish() -> None:
    request = constrain(ask("Ida's wake up hour:", max_tokens=5, stop=["\n"]))
    assert request.parameters["max_tokens"] > len(" 11 am")
    assert request.parameters["stop"] == ["\n"]
    roomy = constrain(ask("Ida's wake up hour:", max_tokens=500))
    assert roomy.parameters["max_tokens"] == 500
    unset = constrain(ask("Ida's wake up hour:"))
    assert unset.parameters["max_tokens"] == request.parameters["max_tokens"]


HOURLY = (
    "Hourly schedule format: \n===\nName: Ida\n[(ID:a1) Monday May 01 -- 01:00 PM] Activity: Ida is"
)
SUMMARY = 'Conversation:\nIda: "Hi"\n\nThis is a conversation about'


def test_prose_ends_as_the_completions_of_the_host_end() -> None:
    request = ask(HOURLY, max_tokens=50, stop=["\n", "###"])
    regex = constrain(request).parameters[PARAMETER]["regex"]
    for end in ("", "\n", "\n\n", "###"):
        assert re.fullmatch(regex, " reading a book, as she does at 10:30" + end)
    assert not re.fullmatch(regex, " reading\nsleeping")


def test_prose_without_a_limit_keeps_the_tokens_of_the_host() -> None:
    """Without a limit, a model that does not stop would fill its context."""
    given = constrain(ask(HOURLY, max_tokens=50)).parameters["max_tokens"]
    assert 50 < given < 65
    assert constrain(ask(enveloped(SUMMARY))).parameters["max_tokens"] < 300


def test_no_answer_is_given_the_whole_context() -> None:
    assert constrain(ask(DECOMPOSITION.format(600))).parameters["max_tokens"] == 2048


class Canned:
    """A client that always gives the same answer."""

    def __init__(self, text: str, finish_reason: str) -> None:
        self._answer = ModelAnswer(text=text, finish_reason=finish_reason)

    async def answer(self, call: ModelCall) -> ModelAnswer:
        return self._answer

    async def close(self) -> None:
        pass


@pytest.mark.parametrize(
    ("request_", "text", "reason", "whole"),
    [
        (constrain(ask(HOURLY)), " making a cup of co", "length", " making a cup of"),
        (constrain(ask(HOURLY)), " making a cup of coffee", "stop", " making a cup of coffee"),
        (ask(HOURLY), " making a cup of co", "length", " making a cup of co"),
        (constrain(ask(enveloped(SUMMARY))), '{"output": "tea an', "length", '{"output": "tea"}'),
        (constrain(ask(enveloped(POIGNANCY))), '{"out', "length", '{"out'),
    ],
)
async def test_answers_are_whole(
    request_: ModelRequest, text: str, reason: str, whole: str
) -> None:
    """If the request is constrained, and a whole answer can be made of the text."""
    answer = await WholeAnswers(Canned(text, reason)).answer(ModelCall(request_))
    assert answer.text == whole
    assert (answer.finish_reason == "stop") == (reason == "stop" or whole != text)


def test_the_constraint_is_part_of_what_is_asked() -> None:
    request = ask(POIGNANCY)
    assert constrain(request).fingerprint != request.fingerprint
    assert constrain(request).fingerprint == constrain(ask(POIGNANCY)).fingerprint
    assert constrain(constrain(request)) == constrain(request)


def test_other_requests_stay_as_they_are() -> None:
    for request in (
        ask("What is the weather like?"),
        ask(enveloped("What is the weather like?")),
        ModelRequest(CallKind.EMBEDDING, "ada", prompt=POIGNANCY),
    ):
        assert constrain(request) is request


@pytest.mark.parametrize("prompt", ["Ida's wake up hour:", "[minitown:wake_up_hour]\nPersona: I"])
def test_a_model_for_one_kind_of_prompt(prompt: str) -> None:
    kind = prompt_kind(prompt)
    assert kind in PROMPT_KINDS
    assert model_for_prompt(ask(prompt), {kind: "big"}).model == "big"
    assert model_for_prompt(ask(prompt), {"daily plan": "big"}).model == "davinci"
    embedding = ModelRequest(CallKind.EMBEDDING, "ada", prompt=prompt)
    assert model_for_prompt(embedding, {kind: "big"}) is embedding
