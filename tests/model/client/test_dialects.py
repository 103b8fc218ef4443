"""Servers that differ from OpenAI's published API: the probe finds out, and calls are answered.

Each kind of difference is tried in the words of several servers.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any, TypeAlias

import pytest
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response

from ga_ooo.model.client import ModelNames, OpenAIClient
from ga_ooo.model.endpoints import EndpointConfig
from ga_ooo.model.errors import (
    FinalModelError,
    NoEmbeddingsError,
    RefusedParameterError,
    RetriesExhaustedError,
    TransientModelError,
    UnknownModelError,
)
from ga_ooo.model.requests import CallKind, ModelCall, ModelRequest
from ga_ooo.options import ClientOptions
from tests.model.upstream import (
    MODEL,
    Upstream,
    answer_body,
    api_error,
    chat,
    completion,
    embedding,
    text_for,
    upstream,
    vector_for,
)

Rule: TypeAlias = Callable[[str, dict[str, Any]], Response | None]

NOT_FOUND = JSONResponse({"detail": "Not Found"}, 404)


@asynccontextmanager
async def probed(
    rule: Rule = lambda path, body: None, name: str = MODEL, **settings: Any
) -> AsyncIterator[tuple[Upstream, OpenAIClient]]:
    """A client of a server with a rule, after its probe."""
    async with upstream(override=rule, **settings) as server:
        config = EndpointConfig(server.url, frozenset(CallKind))
        client = OpenAIClient(config, ModelNames.single(name, MODEL), ClientOptions())
        try:
            await client.probe()
            server.bodies.clear()
            yield server, client
        finally:
            await client.close()


async def all_answered(client: OpenAIClient) -> None:
    """Each kind of call gets the answer that the server has for its prompt."""
    assert (await client.answer(chat("Good morning?"))).text == text_for("Good morning?")
    assert (await client.answer(completion("Once"))).text == text_for("Once")
    assert (await client.answer(embedding("tea"))).embedding == vector_for("tea")


def refusing(name: str, response: Callable[[], Response]) -> Rule:
    """Refuses requests with a parameter."""

    def rule(path: str, body: dict[str, Any]) -> Response | None:
        return response() if name in body else None

    return rule


def without(end: str, response: Callable[[], Response]) -> Rule:
    """A server without one method."""

    def rule(path: str, body: dict[str, Any]) -> Response | None:
        return response() if path == f"/v1{end}" else None

    return rule


# --- chat only, completions only -------------------------------------------------------------


@pytest.mark.parametrize(
    "response",
    [
        lambda: NOT_FOUND,
        lambda: JSONResponse({"detail": "Method Not Allowed"}, 405),
        lambda: api_error(501, "not implemented"),
        lambda: PlainTextResponse("404 page not found", 404),
        lambda: HTMLResponse("<title>404 Not Found</title>", 404),
        lambda: api_error(
            404,
            "This is a chat model and not supported in the v1/completions endpoint. Did you mean "
            "to use v1/chat/completions?",
            param="model",
        ),
        lambda: api_error(400, "completions are not available for this model"),
    ],
)
async def test_chat_only(response: Callable[[], Response]) -> None:
    async with probed(without("/completions", response)) as (server, client):
        await all_answered(client)
        assert server.bodies[1]["messages"] == [{"role": "user", "content": "Once"}]
        assert "completion prompts are sent as chat" in client.capabilities.notes


@pytest.mark.parametrize(
    "response",
    [
        lambda: NOT_FOUND,
        lambda: api_error(404, "This is not a chat model and thus not supported in the v1/chat"),
        lambda: api_error(400, "default chat template is no longer allowed, so you must provide"),
        lambda: JSONResponse({"detail": "Method Not Allowed"}, 405),
    ],
)
async def test_completions_only(response: Callable[[], Response]) -> None:
    async with probed(without("/chat/completions", response)) as (server, client):
        await all_answered(client)
        assert server.bodies[0]["prompt"] == "Good morning?"
        assert "chat prompts are sent as completion" in client.capabilities.notes
        several = (("system", "Be brief."), ("user", "Hello"))
        await client.answer(ModelCall(ModelRequest(CallKind.CHAT, "gpt", several)))
        assert server.bodies[-1]["prompt"] == "system: Be brief.\n\nuser: Hello\n\nassistant:"


async def test_neither_chat_nor_completions() -> None:
    def rule(path: str, body: dict[str, Any]) -> Response | None:
        return None if path.endswith("embeddings") else api_error(404, "no such route here")

    with pytest.raises(FinalModelError, match="no such route here") as caught:
        async with probed(rule):
            pass
    assert "/v1" in caught.value.remedy


# --- the limit of output tokens --------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "message", "param"),
    [
        (
            400,
            "Unsupported parameter: 'max_tokens' is not supported with this model. Use "
            "'max_completion_tokens' instead.",
            "max_tokens",
        ),
        (400, "max_tokens is not supported, use max_completion_tokens", None),
        (422, "Extra inputs are not permitted: max_tokens", "max_tokens"),
        (400, "`max_tokens` is deprecated", None),
    ],
)
async def test_max_completion_tokens(status: int, message: str, param: str | None) -> None:
    rule = refusing("max_tokens", lambda: api_error(status, message, param=param))
    async with probed(rule) as (server, client):
        await all_answered(client)
        assert server.bodies[0]["max_completion_tokens"] == 1024
        assert server.bodies[1]["max_completion_tokens"] == 50, "the host's own limit"
        assert "max_tokens is sent as max_completion_tokens" in client.capabilities.notes


# --- parameters ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "response",
    [
        lambda: api_error(400, "Unrecognized request argument supplied: seed"),
        lambda: api_error(400, "Extra inputs are not permitted", param="seed"),
        lambda: JSONResponse(
            {"detail": [{"loc": ["body", "seed"], "msg": "extra fields not permitted"}]}, 422
        ),
        lambda: JSONResponse({"error": "seed must be null", "error_type": "validation"}, 422),
        lambda: api_error(400, "bad request"),
        lambda: api_error(422, "bad request"),
    ],
)
async def test_no_seed(response: Callable[[], Response]) -> None:
    async with probed(refusing("seed", response)) as (server, client):
        await all_answered(client)
        assert not any("seed" in body for body in server.bodies)


@pytest.mark.parametrize(
    "response",
    [
        lambda: api_error(400, "Got priority 1 but Priority scheduling is not enabled."),
        lambda: api_error(500, "Got priority 1 but Priority scheduling is not enabled."),
        lambda: JSONResponse(
            {"detail": [{"loc": ["body", "priority"], "msg": "extra", "input": 1}]}, 422
        ),
        lambda: api_error(400, "Unrecognized request argument supplied: priority"),
    ],
)
async def test_no_priority(response: Callable[[], Response]) -> None:
    async with probed(refusing("priority", response)) as (server, client):
        await client.answer(chat("a", priority=17))
        assert not client.capabilities.priority
        assert "priority" not in server.bodies[0]


@pytest.mark.parametrize(
    "message",
    [
        "Unsupported value: 'temperature' does not support 0 with this model. Only the default "
        "(1) value is supported.",
        "temperature is not supported with this model",
        "Extra inputs are not permitted: temperature",
        "`temperature` is deprecated for this model",
    ],
)
async def test_no_temperature(message: str) -> None:
    async with probed(refusing("temperature", lambda: api_error(400, message))) as (server, client):
        await all_answered(client)
        assert "temperature" not in server.bodies[1]
        assert "not sent: temperature" in client.capabilities.notes


@pytest.mark.parametrize(
    "message",
    [
        "Input validation error: `temperature` must be strictly positive",
        "temperature must be greater than 0",
        "temperature: should be > 0",
    ],
)
async def test_no_temperature_of_zero(message: str) -> None:
    def rule(path: str, body: dict[str, Any]) -> Response | None:
        error = JSONResponse({"error": message, "error_type": "validation"}, 422)
        return error if body.get("temperature") == 0 else None

    async with probed(rule) as (server, client):
        await all_answered(client)
        assert server.bodies[1]["temperature"] == 0.01


async def test_top_p_of_one_is_left_out_where_it_is_refused() -> None:
    def rule(path: str, body: dict[str, Any]) -> Response | None:
        error = JSONResponse({"error": "`top_p` must be > 0.0 and < 1.0"}, 422)
        return error if body.get("top_p") == 1 else None

    async with probed(rule) as (_, client):
        await all_answered(client)
        assert "not sent: top_p" in client.capabilities.notes


async def test_a_value_out_of_range_stays_an_error() -> None:
    def rule(path: str, body: dict[str, Any]) -> Response | None:
        hot = body.get("temperature", 0) > 2
        return api_error(400, "temperature must be in [0, 2]") if hot else None

    async with probed(rule) as (_, client):
        call = ModelCall(ModelRequest(CallKind.COMPLETION, "m", (), "a", {"temperature": 3}))
        with pytest.raises(RefusedParameterError, match="temperature must be in"):
            await client.answer(call)


async def test_a_model_that_takes_nothing_but_the_prompt() -> None:
    known = {"model", "messages", "prompt", "input", "max_completion_tokens"}

    def rule(path: str, body: dict[str, Any]) -> Response | None:
        extra = sorted(set(body) - known)
        return api_error(400, f"Unsupported parameter: '{extra[0]}'") if extra else None

    async with probed(rule) as (server, client):
        await all_answered(client)
        assert set(server.bodies[1]) == {"model", "prompt", "max_completion_tokens"}


@pytest.mark.parametrize(
    ("most", "message"),
    [
        (1, "stop: at most 1 sequence"),
        (2, "Too many stop sequences: maximum of 2"),
        (0, "Unsupported parameter: 'stop' is not supported with this model."),
        (0, "stop: unknown field"),
    ],
)
async def test_stop_texts(most: int, message: str) -> None:
    """Those that the server does not take are applied to the answer."""

    def rule(path: str, body: dict[str, Any]) -> Response | None:
        if len(body.get("stop", [])) > most:
            return api_error(400, message)
        if path.endswith("/completions") and "prompt" in body:
            return JSONResponse({"choices": [{"text": "one\ntwo;three.four"}]})
        return None

    async with probed(rule) as (server, client):
        call = ModelCall(
            ModelRequest(CallKind.COMPLETION, "m", (), "a", {"stop": ["#", "?", ";", "."]})
        )
        answer = await client.answer(call)
        assert (answer.text, answer.finish_reason) == ("one\ntwo", "stop")
        assert len(server.bodies[-1].get("stop", [])) == most


# --- lists of models -------------------------------------------------------------------------


@pytest.mark.parametrize(
    "listing",
    [
        JSONResponse({"detail": "Not Found"}, 404),
        JSONResponse({"detail": "Method Not Allowed"}, 405),
        HTMLResponse("<title>Sign in</title>"),
        PlainTextResponse("404 page not found", 404),
        JSONResponse({"object": "list", "data": []}),
        JSONResponse({"object": "list", "data": None}),
    ],
)
async def test_no_list_of_models(listing: Response) -> None:
    async with probed(listing=listing) as (_, client):
        await all_answered(client)
        await client.check()
        assert "the server has no list of models" in client.capabilities.notes


@pytest.mark.parametrize(
    "listing",
    [
        {"data": [{"id": "openai/*"}]},
        {"data": [{"id": "tiny-model:latest"}]},
        [{"id": "somebody/tiny-model"}],
        {"models": [{"name": "models/tiny-model"}]},
        {"data": [{"id": 5}, None, {"id": "x\x00"}, {"id": "a" * 5000}]},
    ],
)
async def test_a_list_that_names_it_otherwise(listing: object) -> None:
    """The small request decides, not the list."""
    async with probed(listing=JSONResponse(listing)) as (_, client):
        await all_answered(client)


@pytest.mark.parametrize("name", ["Tiny-Model", "tiny-model:latest", "TINY-MODEL"])
async def test_the_spelling_of_the_list_is_used_where_the_users_is_unknown(name: str) -> None:
    async with probed(name=name) as (server, client):
        await all_answered(client)
        assert {body["model"] for body in server.bodies} == {MODEL}
        assert f"{name!r} is served as {MODEL!r}" in client.capabilities.notes


async def test_an_unknown_model_is_refused_with_the_closest_names() -> None:
    with pytest.raises(UnknownModelError, match="it serves: tiny-model, other-model"):
        async with probed(name="tinny-model"):
            pass


# --- embeddings ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "response",
    [
        lambda: NOT_FOUND,
        lambda: api_error(501, "This server does not support embeddings. Start it with ..."),
        lambda: api_error(404, "The model `tiny-model` does not exist."),
        lambda: api_error(400, "The model is not an embedding model"),
    ],
)
async def test_no_embeddings(response: Callable[[], Response]) -> None:
    with pytest.raises(NoEmbeddingsError) as caught:
        async with probed(without("/embeddings", response)):
            pass
    assert "--embedding-name" in caught.value.remedy
    assert "--embedding-url" in caught.value.remedy


async def test_an_embedding_server_that_takes_one_text() -> None:
    def rule(path: str, body: dict[str, Any]) -> Response | None:
        is_list = isinstance(body.get("input"), list)
        return api_error(400, "'input' field must be a string") if is_list else None

    async with probed(rule) as (server, client):
        await all_answered(client)
        assert server.bodies[-1]["input"] == "tea"


async def test_an_embedding_server_without_formats() -> None:
    rule = refusing("encoding_format", lambda: api_error(400, "unknown field encoding_format"))
    async with probed(rule) as (_, client):
        await all_answered(client)


# --- answers of another form -----------------------------------------------------------------


def rewritten(change: Callable[[dict[str, Any], dict[str, Any]], None]) -> Rule:
    """Chat answers whose choice is changed, given the request."""

    def rule(path: str, body: dict[str, Any]) -> Response | None:
        if not path.endswith("/chat/completions"):
            return None
        answer = answer_body(path, body)
        change(answer["choices"][0], body)
        return JSONResponse(answer)

    return rule


def _parts(choice: dict[str, Any], body: dict[str, Any]) -> None:
    message = choice["message"]
    message["content"] = [
        {"type": "thinking", "thinking": "Hm."},
        {"type": "text", "text": message["content"][:3]},
        {"type": "text", "text": message["content"][3:]},
    ]


def _think_block(choice: dict[str, Any], body: dict[str, Any]) -> None:
    choice["message"]["content"] = f"<think>\nHm.\n</think>\n\n{choice['message']['content']}"


def _end_of_think_block(choice: dict[str, Any], body: dict[str, Any]) -> None:
    choice["message"]["content"] = f"Hm.\n</think>\n\n{choice['message']['content']}"


def _bracket_block(choice: dict[str, Any], body: dict[str, Any]) -> None:
    choice["message"]["content"] = f"[THINK]Hm.[/THINK]{choice['message']['content']}"


def _apart(choice: dict[str, Any], body: dict[str, Any]) -> None:
    choice["message"]["reasoning_content"] = "Hm."


@pytest.mark.parametrize("change", [_parts, _think_block, _end_of_think_block, _bracket_block])
async def test_the_text_without_the_thoughts(change: Any) -> None:
    async with probed(rewritten(change)) as (_, client):
        await all_answered(client)


@pytest.mark.parametrize("with_event", [True, False])
async def test_a_server_that_always_streams(with_event: bool) -> None:
    def rule(path: str, body: dict[str, Any]) -> Response | None:
        if path.endswith("/embeddings"):
            return None
        text = answer_body(path, body)["choices"][0]
        text = text["message"]["content"] if "message" in text else text["text"]
        stream = "event: message\n" if with_event else ""
        for part in (text[:4], text[4:]):
            choice = {"delta": {"content": part}} if "messages" in body else {"text": part}
            stream += f"data: {json.dumps({'choices': [{'index': 0, **choice}]})}\n\n"
        stream += 'data: {"choices": [{"delta": {}, "finish_reason": "stop"}]}\n\n'
        return Response(stream + "data: [DONE]\n\n", media_type="text/event-stream")

    async with probed(rule) as (_, client):
        await all_answered(client)


@pytest.mark.parametrize(
    "switch",
    [
        lambda body: not body.get("chat_template_kwargs", {}).get("enable_thinking", True),
        lambda body: not body.get("chat_template_kwargs", {}).get("thinking", True),
        lambda body: body.get("reasoning_effort") == "none",
        lambda body: body.get("reasoning", {}).get("enabled") is False,
    ],
)
@pytest.mark.parametrize("change", [_think_block, _apart])
async def test_reasoning_is_switched_off_where_the_server_can(switch: Any, change: Any) -> None:
    def unless_off(choice: dict[str, Any], body: dict[str, Any]) -> None:
        if not switch(body):
            change(choice, body)

    async with probed(rewritten(unless_off)) as (server, client):
        await all_answered(client)
        assert switch(server.bodies[0])
        assert server.bodies[0]["max_tokens"] == 1024
        assert any("reasoning is switched off" in note for note in client.capabilities.notes)


async def test_reasoning_that_cannot_be_switched_off_gets_room() -> None:
    def strict(path: str, body: dict[str, Any]) -> Response | None:
        known = {"model", "messages", "prompt", "input", "max_tokens", "seed", "priority", "stop"}
        known |= {"encoding_format", "temperature", "top_p"}
        known |= {"frequency_penalty", "presence_penalty"}
        if extra := sorted(set(body) - known):
            return api_error(400, f"unknown field {extra[0]}")
        return rewritten(_apart)(path, body)

    async with probed(strict) as (server, client):
        await all_answered(client)
        assert server.bodies[0]["max_tokens"] == 1024 + 2048
        assert "2048 output tokens are added for reasoning" in client.capabilities.notes


async def test_reasoning_that_uses_all_tokens_gets_more() -> None:
    """A model that reasons about hard prompts only: the probe does not see it."""

    def rule(path: str, body: dict[str, Any]) -> Response | None:
        if body.get("messages", [{}])[0].get("content") != "hard" or body["max_tokens"] >= 9000:
            return None
        message = {"content": None, "reasoning_content": "Hm, hm."}
        return JSONResponse({"choices": [{"message": message, "finish_reason": "length"}]})

    async with probed(rule) as (server, client):
        assert (await client.answer(chat("hard"))).text == text_for("hard")
        caps = [body["max_tokens"] for body in server.bodies]
        assert caps == [1024, 1024 + 2048, 1024 + 4096, 1024 + 8192]
        await client.answer(chat("easy"))
        assert server.bodies[-1]["max_tokens"] == 1024 + 8192


async def test_reasoning_without_an_end_is_an_empty_answer() -> None:
    def rule(path: str, body: dict[str, Any]) -> Response | None:
        thoughts = {"text": "<think>Hm, hm,", "finish_reason": "length"}
        return JSONResponse({"choices": [thoughts]}) if "prompt" in body else None

    async with probed(rule) as (server, client):
        with pytest.raises(TransientModelError, match="reasoning only"):
            await client.answer(completion("a"))
        assert server.bodies[-1]["max_tokens"] <= 50 + 32768


# --- errors that are no HTTP status ----------------------------------------------------------


@pytest.mark.parametrize(
    "error",
    [
        {"message": "Model is overloaded", "type": "server_error", "code": 503},
        {"message": "Model is overloaded", "code": 429},
        "Model is overloaded",
    ],
)
async def test_errors_with_status_200(error: object) -> None:
    def rule(path: str, body: dict[str, Any]) -> Response | None:
        return JSONResponse({"error": error}) if body.get("messages") else None

    with pytest.raises(TransientModelError, match="Model is overloaded"):
        async with probed(rule):
            pass


async def test_a_login_page_is_named() -> None:
    page = HTMLResponse("<!doctype html><title>Sign in to continue</title>")
    with pytest.raises(TransientModelError, match="Sign in to continue") as caught:
        async with probed(lambda path, body: page, listing=page):
            pass
    assert "check that the URL" in caught.value.remedy
    assert not isinstance(caught.value, RetriesExhaustedError)


# --- Azure -----------------------------------------------------------------------------------


async def test_azure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "a-key-of-azure")
    async with upstream(prefix="/openai/deployments/d") as server:
        config = EndpointConfig(f"{server.url}/chat/completions?api-version=2024-06-01")
        client = OpenAIClient(config, ModelNames.single(MODEL))
        await client.probe()
        assert (await client.answer(chat("a"))).text == text_for("a")
        await client.close()
    assert set(server.queries) == {"api-version=2024-06-01"}
    assert all(headers["api-key"] == "a-key-of-azure" for headers in server.headers)
    assert not any("authorization" in headers for headers in server.headers)


# --- streams, roles, and the responses API ---------------------------------------------------


@pytest.mark.parametrize(
    "message",
    [
        "This model only supports streaming (stream=True).",
        "stream must be set to true",
        "Non-streaming requests are not supported",
        "This endpoint requires stream to be enabled",
    ],
)
async def test_streaming_only(message: str) -> None:
    def rule(path: str, body: dict[str, Any]) -> Response | None:
        if path.endswith("/embeddings"):
            return None
        if not body.get("stream"):
            return api_error(400, message)
        whole = answer_body(path, {**body, "stream": False})
        (choice,) = whole["choices"]
        text = choice.pop("message", choice).pop("text" if "text" in choice else "content")
        pieces = [text[:4], text[4:]]
        field = "delta" if "chat" in path else "text"
        chunks = [
            {"choices": [{field: {"content": piece} if field == "delta" else piece}]}
            for piece in pieces
        ]
        usage = {"choices": [], "usage": whole["usage"]}
        lines = [f"data: {json.dumps(chunk)}" for chunk in (*chunks, usage)]
        return PlainTextResponse("\n\n".join([*lines, "data: [DONE]\n\n"]))

    async with probed(rule) as (_, client):
        await all_answered(client)
        assert (await client.answer(chat("Hello"))).prompt_tokens == 3
        assert "answers are read as streams" in client.capabilities.notes


@pytest.mark.parametrize(
    "message",
    [
        "System role not supported",
        "Conversation roles must alternate user/assistant/user/assistant/...",
        "Unsupported role: system",
        "Only user and assistant roles are supported!",
        "'system' is not supported with this model.",
    ],
)
async def test_roles_that_a_model_does_not_take(message: str) -> None:
    def rule(path: str, body: dict[str, Any]) -> Response | None:
        roles = [message["role"] for message in body.get("messages", ())]
        return api_error(400, message) if "system" in roles else None

    async with probed(rule) as (server, client):
        messages = (("system", "Be brief."), ("user", "Hello"))
        await client.answer(ModelCall(ModelRequest(CallKind.CHAT, "gpt", messages)))
        sent = [{"role": "user", "content": "system: Be brief.\n\nuser: Hello"}]
        assert server.bodies[-1]["messages"] == sent
        await all_answered(client)


async def test_responses_only() -> None:
    def rule(path: str, body: dict[str, Any]) -> Response | None:
        if path.endswith("/embeddings"):
            return None
        if not path.endswith("/responses"):
            return NOT_FOUND
        if unknown := {"seed", "stop", "priority"} & {*body}:
            return api_error(400, "Unknown parameter", param=min(unknown))
        text = text_for("\n".join(message["content"] for message in body["input"]))
        output: list[dict[str, Any]] = [{"type": "reasoning", "summary": []}]
        if body.get("reasoning") == {"effort": "none"}:
            output.clear()
        output.append({"type": "message", "content": [{"type": "output_text", "text": text}]})
        usage = {"input_tokens": 3, "output_tokens": 2}
        return JSONResponse({"object": "response", "output": output, "usage": usage})

    async with probed(rule) as (server, client):
        await all_answered(client)
        assert server.bodies[0]["reasoning"] == {"effort": "none"}
        assert "chat prompts are sent by the responses API" in client.capabilities.notes
        stop = {"stop": [" "]}
        request = ModelRequest(CallKind.COMPLETION, "davinci", prompt="Once", parameters=stop)
        assert (await client.answer(ModelCall(request))).text == "answer"
