"""The model as a whole: a function of the prompt only, cut as the real API does."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ga_ooo.host.prompts.kinds import UNKNOWN, recognise
from ga_ooo.host.prompts.prompt import Prompt
from ga_ooo.model.requests import CallKind, ModelRequest
from ga_ooo.scripted import Rule, ScriptedModel
from tests.scripted.prompts import MODEL, chat, complete, describe, enveloped

HOURLY = (
    f"Hourly schedule format: \n===\n{describe()}\n"
    "[(ID:a1) Monday May 01 -- 01:00 PM] Activity: Ida is"
)


def test_every_process_gives_the_same_answers() -> None:
    program = (
        "import sys; from tests.scripted.prompts import chat, complete, embed, enveloped\n"
        "print(complete(sys.argv[1]), chat(enveloped(sys.argv[1])), embed(sys.argv[1]))"
    )
    seen = {
        subprocess.run(
            [sys.executable, "-c", program, HOURLY],
            env={**os.environ, "PYTHONHASHSEED": seed},
            check=True,
            capture_output=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(seen) == 1
    assert len(seen.pop()) > 100


def test_seed_and_temperature_change_nothing() -> None:
    assert complete(HOURLY, seed=1, temperature=0.0) == complete(HOURLY, seed=2, temperature=1.0)


def test_max_tokens_cuts_and_sets_the_finish_reason() -> None:
    request = ModelRequest(CallKind.COMPLETION, "m", prompt=HOURLY, parameters={"max_tokens": 2})
    answer = MODEL.answer_text(request)
    assert len(answer.text) == 8
    assert answer.output_tokens == 2
    assert answer.finish_reason == "length"


@pytest.mark.parametrize("stop", [" ", [" ", "\n"]])
def test_stop_ends_the_text_before_the_stop(stop: object) -> None:
    request = ModelRequest(CallKind.COMPLETION, "m", prompt="Hi", parameters={"stop": stop})
    answer = MODEL.answer_text(request)
    assert answer.text
    assert " " not in answer.text
    assert answer.finish_reason == "stop"


def test_tokens_are_counted_at_four_characters() -> None:
    answer = MODEL.answer_text(ModelRequest(CallKind.COMPLETION, "m", prompt="x" * 41))
    assert answer.prompt_tokens == 11
    assert answer.output_tokens == -(-len(answer.text) // 4)


@given(st.text(max_size=300))
def test_any_text_gets_an_answer(text: str) -> None:
    assert complete(text).strip()
    assert json.loads(chat(enveloped(text)))["output"]


def test_unknown_prompts_get_the_json_that_they_show() -> None:
    prompt = 'Judge this. Answer in JSON: {"verdict": "<text>", "score": <int>, "done": <Boolean>}'
    answer = json.loads(chat(prompt))
    assert isinstance(answer["verdict"], str)
    assert isinstance(answer["score"], int)
    assert answer["done"] is False
    assert recognise(prompt) is UNKNOWN


def test_rules_of_a_fork_come_first() -> None:
    def shout(prompt: Prompt) -> str:
        return prompt.inner.upper()

    model = ScriptedModel(extra_rules=[Rule(("[shout]",), shout)])
    answer = model.answer_text(ModelRequest(CallKind.CHAT, "m", (("user", "[shout] hey"),)))
    assert answer.text == "[SHOUT] HEY"
