"""The form of answers: the probe finds the parameter of each kind of server."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from starlette.responses import JSONResponse, Response

from ga_ooo.host.prompts.checked import CheckedAnswers
from ga_ooo.model.client import ModelNames, OpenAIClient
from ga_ooo.model.client._dialects.forms import Form, gbnf, unwrapped
from ga_ooo.model.endpoints import EndpointConfig
from ga_ooo.model.grammar import literal, number, prose, repeat
from ga_ooo.model.requests import CallKind, ModelAnswer, ModelCall, ModelRequest
from ga_ooo.model.structured import PARAMETER
from ga_ooo.options import ClientOptions
from tests.model.upstream import MODEL, Upstream, answer_body, api_error, upstream

Rule = Callable[[str, dict[str, Any]], Response | None]

TRIAL = '{"tea": 7, "\U0001f642"}'
"""An answer to the trial, and to nothing else."""

FORM = number(1, 10) + " of " + prose(20)


def saying(path: str, body: dict[str, Any], text: str) -> Response:
    answer = answer_body(path, body)
    (choice,) = answer["choices"]
    if path.endswith("/chat/completions"):
        choice["message"]["content"] = text
    else:
        choice["text"] = text
    return JSONResponse(answer)


def obeying(form: Form, *, chat_only: bool = False) -> Rule:
    """A server that obeys one parameter, and ignores or refuses the others."""

    def rule(path: str, body: dict[str, Any]) -> Response | None:
        if path.endswith("/embeddings") or form.value not in body:
            return None
        if chat_only and not path.endswith("/chat/completions"):
            return None
        sent = json.dumps(body[form.value])
        text = TRIAL if "1f300" in sent or "d83c" in sent else "3 of tea"
        if form is Form.SCHEMA:
            assert not body.get("stop")
            text = json.dumps({"answer": text})
        return saying(path, body, text)

    return rule


@asynccontextmanager
async def found(rule: Rule) -> AsyncIterator[tuple[Upstream, OpenAIClient, str | None]]:
    async with upstream(override=rule) as server:
        config = EndpointConfig(server.url, frozenset(CallKind))
        client = OpenAIClient(config, ModelNames.single(MODEL, MODEL), ClientOptions())
        try:
            await client.probe()
            reason = await client.find_form()
            server.bodies.clear()
            yield server, client, reason
        finally:
            await client.close()


def constrained(kind: CallKind, constraint: dict[str, Any]) -> ModelCall:
    parameters = {"max_tokens": 50, "stop": ["\n"], PARAMETER: constraint}
    if kind is CallKind.CHAT:
        request = ModelRequest(kind, "gpt", (("user", "How many?"),), parameters=parameters)
    else:
        request = ModelRequest(kind, "gpt", prompt="How many?", parameters=parameters)
    return ModelCall(request)


@pytest.mark.parametrize("form", Form)
@pytest.mark.parametrize("kind", [CallKind.CHAT, CallKind.COMPLETION])
async def test_the_parameter_of_the_server_is_sent(form: Form, kind: CallKind) -> None:
    async with found(obeying(form)) as (server, client, reason):
        assert reason is None
        answer = await client.answer(constrained(kind, FORM.constraint))
        assert answer.text == "3 of tea"
        await client.answer(constrained(kind, {"choice": ["yes", "no"]}))
        sent, choice = server.bodies
        assert {name for name in map(str, Form) if name in sent} == {form.value}
        assert "yes" in json.dumps(choice[form.value])
        is_noted = any(form.value in note for note in client.capabilities.notes)
        assert is_noted == (form is not Form.STRUCTURED_OUTPUTS)


async def test_completions_go_to_chat_if_only_chat_has_forms() -> None:
    async with found(obeying(Form.SCHEMA, chat_only=True)) as (server, client, reason):
        assert reason is None
        call = constrained(CallKind.COMPLETION, FORM.constraint)
        assert (await client.answer(call)).text == "3 of tea"
        assert server.bodies[0]["messages"] == [{"role": "user", "content": "How many?"}]
        assert "completion prompts are sent as chat" in client.capabilities.notes


@pytest.mark.parametrize(
    "rule",
    [
        lambda path, body: None,
        lambda path, body: (
            api_error(400, "Unknown parameter", param="response_format")
            if {*map(str, Form)} & {*body}
            else None
        ),
        lambda path, body: api_error(500, "oops") if {*map(str, Form)} & {*body} else None,
    ],
)
async def test_a_server_without_forms(rule: Rule) -> None:
    async with found(rule) as (_, _, reason):
        assert reason is not None
        assert "does not obey" in reason


@pytest.mark.parametrize(
    ("text", "inner"),
    [
        ('{"answer": "3 of tea"}', "3 of tea"),
        ('{"answer":"a\\nb"}', "a\nb"),
        ('{\n "answer": "she is wal', "she is wal"),
        ('{"answer": "caf\\u00', "caf"),
        ("3 of tea", "3 of tea"),
        ('{"other": 1}', '{"other": 1}'),
    ],
)
def test_the_answer_inside_of_json(text: str, inner: str) -> None:
    assert unwrapped(ModelAnswer(text)).text == inner


def test_a_grammar() -> None:
    form = "(" + repeat(literal('1. "\n'), 1, 3) + prose(9, without="-^")
    grammar = gbnf(form.regex)
    assert grammar.startswith('root ::= "(" ( "1. \\"\\n" ) {1,3} [^')
    assert r"\x2d\x5e" in grammar
    assert not re.search(r"\\[-^.(]", grammar)


class Scripted:
    """Gives one answer after the other."""

    def __init__(self, *texts: str) -> None:
        self.texts = list(texts)
        self.asked: list[ModelRequest] = []

    async def answer(self, call: ModelCall) -> ModelAnswer:
        self.asked.append(call.request)
        return ModelAnswer(self.texts.pop(0), prompt_tokens=10, output_tokens=2)

    async def close(self) -> None:
        pass


POIGNANCY = (
    "On the scale of 1 to 10, where 1 is purely mundane (e.g., brushing teeth, making bed) and 10 "
    "is extremely poignant (e.g., a break up, college acceptance), rate the likely poignancy of "
    "the following event for Isabella Rodriguez.\n\nEvent: tea\n"
    "Rate (return a number between 1 to 10):"
)


@pytest.mark.parametrize("kind", [CallKind.CHAT, CallKind.COMPLETION])
@pytest.mark.parametrize(
    ("answers", "text", "asked"),
    [
        (("7",), "7", 1),
        ((" 7, since tea is good",), " 7, since tea is good", 1),
        (("I would say 7", "7"), "7", 2),
        (("I would say 7", "Well, seven"), "I would say 7", 2),
    ],
)
async def test_answers_are_checked_and_asked_for_once_more(
    kind: CallKind, answers: tuple[str, ...], text: str, asked: int
) -> None:
    model = Scripted(*answers)
    messages = (("user", POIGNANCY),) if kind is CallKind.CHAT else ()
    prompt = "" if messages else POIGNANCY
    call = ModelCall(ModelRequest(kind, "gpt", messages, prompt))
    answer = await CheckedAnswers(model).answer(call)
    assert (answer.text, len(model.asked), answer.prompt_tokens) == (text, asked, 10 * asked)
    assert all("10" in request.text for request in model.asked)
