"""The client of one endpoint with a real HTTP server: its requests, and the answers it accepts."""

from __future__ import annotations

import asyncio
import base64
import json
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

import numpy as np
import pytest
from starlette.responses import JSONResponse, Response

from ga_ooo.errors import ModelError
from ga_ooo.model.client.model_names import ModelNames
from ga_ooo.model.client.openai_client import OpenAIClient
from ga_ooo.model.endpoints import EndpointConfig
from ga_ooo.model.errors import (
    ContextLengthError,
    FailureKind,
    KeyRefusedError,
    RefusedParameterError,
    RefusedRequestError,
    TransientModelError,
    UnknownModelError,
)
from ga_ooo.model.requests import GENERATION, CallKind, ModelCall, ModelRequest
from ga_ooo.options import ClientOptions
from tests.model.upstream import (
    MODEL,
    WIDTH,
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

ALL = frozenset(CallKind)
NAMES = ModelNames.single(MODEL, MODEL)


@asynccontextmanager
async def client_of(
    server: Upstream, names: ModelNames = NAMES, **options: Any
) -> AsyncIterator[OpenAIClient]:
    client = OpenAIClient(EndpointConfig(server.url, ALL), names, ClientOptions(**options))
    try:
        yield client
    finally:
        await client.close()


async def failure_of(call: ModelCall, response: Response, **options: Any) -> ModelError:
    """The error of a call to which the server sends this response."""
    async with (
        upstream(override=lambda path, body: response) as server,
        client_of(server, **options) as client,
    ):
        with pytest.raises(ModelError) as caught:
            await client.answer(call)
    return caught.value


async def kind_of(call: ModelCall, response: Response, **options: Any) -> FailureKind:
    error = await failure_of(call, response, **options)
    assert isinstance(error, TransientModelError)
    return error.kind


async def test_each_kind_of_call_is_answered() -> None:
    async with upstream() as server, client_of(server) as client:
        answer = await client.answer(chat("Good morning?"))
        assert answer.text == text_for("Good morning?")
        assert (answer.model, answer.finish_reason) == (MODEL, "stop")
        assert (answer.prompt_tokens, answer.output_tokens) == (3, 2)
        assert (await client.answer(completion("Once"))).text == text_for("Once")
        assert (await client.answer(embedding("tea"))).embedding == vector_for("tea")


async def test_body_carries_model_seed_and_cap() -> None:
    async with upstream() as server, client_of(server) as client:
        await client.answer(chat("a", seed=77))
        await client.answer(completion("b", seed=78))
        await client.answer(embedding("c", seed=79))
    first, second, third = server.bodies
    assert first == {
        "model": MODEL,
        "messages": [{"role": "user", "content": "a"}],
        "max_tokens": 1024,
        "seed": 77,
    }
    assert second["max_tokens"] == 50, "the host's own cap stays"
    assert second["stop"] == ["\n"]
    assert third == {"model": MODEL, "input": ["c"], "encoding_format": "float"}


async def test_completion_as_chat() -> None:
    request = ModelRequest(
        CallKind.COMPLETION, "text-davinci-002", (), "Once", {"max_tokens": 5, "best_of": 2}
    )
    async with upstream() as server, client_of(server, completion_as_chat=True) as client:
        answer = await client.answer(ModelCall(request))
    assert answer.text == text_for("Once")
    assert server.bodies[0]["messages"] == [{"role": "user", "content": "Once"}]
    assert "best_of" not in server.bodies[0]


@pytest.mark.parametrize("priorities", [True, False])
async def test_priority_is_sent_where_it_is_accepted(priorities: bool) -> None:
    async with upstream(priorities=priorities) as server, client_of(server) as client:
        found = await client.probe()
        assert found.priority is priorities
        assert found.models == (MODEL, "other-model")
        assert found.embedding_width == WIDTH
        await client.answer(chat("a", priority=17))
        assert server.bodies[-1].get("priority") == (17 if priorities else None)
        await client.answer(embedding("a", priority=17))
        assert "priority" not in server.bodies[-1]


async def test_probe_names_what_is_served_if_the_model_is_not() -> None:
    async with upstream() as server, client_of(server, ModelNames.single("llama")) as client:
        with pytest.raises(UnknownModelError) as caught:
            await client.probe()
    assert caught.value.served == (MODEL, "other-model")
    assert server.url in caught.value.problem
    assert [body["model"] for body in server.bodies] == ["llama"], "one small request decides"


async def test_unknown_model_in_a_call_names_what_is_served() -> None:
    async with upstream() as server, client_of(server, ModelNames()) as client:
        with pytest.raises(UnknownModelError, match=r"gpt-3\.5-turbo.*tiny-model"):
            await client.answer(chat("a"))


async def test_key_comes_from_the_named_variable_and_is_not_logged(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("TOWN_KEY", "sk-very-secret")
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    caplog.set_level(logging.DEBUG)
    async with upstream() as server, client_of(server) as client:
        await client.answer(chat("a prompt of private thoughts"))
        config = EndpointConfig(server.url, GENERATION, key_variable="TOWN_KEY")
        keyed = OpenAIClient(config, NAMES)
        await keyed.answer(chat("b"))
        await keyed.close()
    assert server.headers[0]["authorization"] == "Bearer EMPTY"
    assert server.headers[1]["authorization"] == "Bearer sk-very-secret"
    assert "sk-very-secret" not in caplog.text
    ours = [r.getMessage() for r in caplog.records if r.name.startswith("ga_ooo")]
    assert not any("private thoughts" in message for message in ours)


async def test_refused_key_names_the_variable() -> None:
    error = await failure_of(chat("a"), api_error(401, "Unauthorized"))
    assert isinstance(error, KeyRefusedError)
    assert "OPENAI_API_KEY" in error.remedy


def chat_body(**message: Any) -> Response:
    return JSONResponse({"choices": [{"message": message, "finish_reason": "length"}]})


@pytest.mark.parametrize(
    ("response", "kind"),
    [
        (chat_body(content=None), FailureKind.EMPTY),
        (chat_body(content=""), FailureKind.EMPTY),
        (chat_body(), FailureKind.EMPTY),
        (chat_body(content=["parts"]), FailureKind.MALFORMED),
        (JSONResponse({"choices": []}), FailureKind.MALFORMED),
        (JSONResponse({"choices": [None]}), FailureKind.MALFORMED),
        (JSONResponse({"choices": [{"message": None}]}), FailureKind.MALFORMED),
        (JSONResponse({}), FailureKind.MALFORMED),
        (JSONResponse([]), FailureKind.MALFORMED),
        (Response("<html>busy</html>", media_type="text/html"), FailureKind.MALFORMED),
        (Response('{"choices": [{"mess', media_type="application/json"), FailureKind.MALFORMED),
        (Response(b"[" * 5000, media_type="application/json"), FailureKind.MALFORMED),
        (chat_body(content="ä" * 600), FailureKind.TOO_LARGE),
        (Response(b"x" * 9000), FailureKind.TOO_LARGE),
        (Response("", 500), FailureKind.SERVER),
        (Response("", 503), FailureKind.SERVER),
        (Response("", 408), FailureKind.SERVER),
        (Response("", 409), FailureKind.SERVER),
        (Response("", 429), FailureKind.BUSY),
    ],
)
async def test_invalid_answers_are_failures(response: Response, kind: FailureKind) -> None:
    assert await kind_of(chat("a"), response, max_answer_bytes=1000) is kind


@pytest.mark.parametrize(
    "vector",
    [
        [],
        None,
        "not base64!",
        "AAA=",
        [0.0, 0.0],
        [1.0, "x"],
        [[1.0], [2.0]],
        [1.0, None],
        {"0": 1.0},
    ],
)
async def test_bad_embeddings(vector: Any) -> None:
    response = JSONResponse({"data": [{"embedding": vector}]})
    assert await kind_of(embedding("a"), response) is FailureKind.MALFORMED


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e999"])
async def test_embeddings_that_are_not_finite(number: str) -> None:
    response = Response(
        f'{{"data": [{{"embedding": [0.5, {number}]}}]}}', media_type="application/json"
    )
    assert await kind_of(embedding("a"), response) is FailureKind.MALFORMED


async def test_two_embeddings_for_one_text() -> None:
    response = JSONResponse({"data": [{"embedding": [1.0]}, {"embedding": [1.0]}]})
    assert await kind_of(embedding("a"), response) is FailureKind.MALFORMED


async def test_base64_embedding_is_read() -> None:
    encoded = base64.b64encode(np.array([0.5, -2.0], dtype="<f4").tobytes()).decode()
    response = JSONResponse({"data": [{"embedding": encoded}]})
    async with (
        upstream(override=lambda path, body: response) as server,
        client_of(server) as client,
    ):
        assert (await client.answer(embedding("a"))).embedding == (0.5, -2.0)


async def test_attempt_has_a_deadline() -> None:
    async with (
        upstream(latency_s=30) as server,
        client_of(server, attempt_deadline_s=0.05) as client,
    ):
        with pytest.raises(TransientModelError) as caught:
            await client.answer(chat("a"))
    assert caught.value.kind is FailureKind.TIMEOUT


async def test_answer_that_is_whole_as_its_time_is_up_is_used_and_counted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def just_in_time(path: str, body: dict[str, Any]) -> bytes:
        # The last bytes were read at the moment when the deadline expired.
        with suppress(asyncio.CancelledError):
            await asyncio.sleep(30)
        return json.dumps(answer_body(path, body)).encode()

    client = OpenAIClient(
        EndpointConfig("http://gpu"), NAMES, ClientOptions(attempt_deadline_s=0.01)
    )
    monkeypatch.setattr(client._exchange._connections, "post", just_in_time)
    assert (await client.answer(chat("a"))).text == text_for("a")
    assert client.late == 1
    await client.close()


async def test_nobody_listens() -> None:
    async with upstream() as server:
        pass
    async with client_of(server) as client:
        for attempt in (client.answer(chat("a")), client.models(), client.check()):
            with pytest.raises(TransientModelError) as caught:
                await attempt
            assert caught.value.kind is FailureKind.CONNECTION


async def test_context_length_is_reported_with_its_numbers() -> None:
    message = (
        "This model's maximum context length is 4096 tokens. However, you requested 5500 tokens "
        "(5000 in the messages, 500 in the completion)."
    )
    error = await failure_of(chat("a"), api_error(400, message))
    assert isinstance(error, ContextLengthError)
    assert (error.prompt_tokens, error.limit) == (5000, 4096)


async def test_our_own_cap_gives_way_to_a_long_prompt() -> None:
    def refuse_long(path: str, body: dict[str, Any]) -> Response | None:
        if 4000 + body["max_tokens"] <= 4096:
            return None
        message = "maximum context length is 4096 tokens and your request has 4000 input tokens"
        return api_error(400, f"'max_tokens' is too large: {body['max_tokens']}. The {message}.")

    async with upstream(override=refuse_long) as server, client_of(server) as client:
        assert (await client.answer(chat("a"))).text == text_for("a")
        assert [body["max_tokens"] for body in server.bodies] == [1024, 96]
        server.bodies.clear()
        hosts_cap = ModelRequest(CallKind.CHAT, "m", (("user", "a"),), "", {"max_tokens": 500})
        with pytest.raises(ContextLengthError):
            await client.answer(ModelCall(hosts_cap))
        assert len(server.bodies) == 1


async def test_our_own_cap_is_halved_where_the_server_does_not_count() -> None:
    def refuse_long(path: str, body: dict[str, Any]) -> Response | None:
        if prompt_tokens + body["max_tokens"] <= 4096:
            return None
        least = 4096 - body["max_tokens"] + 1
        return api_error(
            400,
            "This model's maximum context length is 4096 tokens. However, your prompt contains "
            f"at least {least} input tokens, which exceeds this limit.",
        )

    async with upstream(override=refuse_long) as server, client_of(server) as client:
        prompt_tokens = 3700
        assert (await client.answer(chat("a"))).text == text_for("a")
        assert [body["max_tokens"] for body in server.bodies] == [1024, 512, 256]
        prompt_tokens = 5000
        with pytest.raises(ContextLengthError, match="at least 4081 tokens"):
            await client.answer(chat("a"))


async def test_of_a_text_too_long_to_embed_the_beginning_is_embedded(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """As sentence-transformers does; a refused embedding would end the run."""

    def refuse_long(path: str, body: dict[str, Any]) -> Response | None:
        [text] = body["input"]
        if len(text) <= 256:
            return None
        message = (
            "This model's maximum context length is 256 tokens. However, your prompt contains "
            "at least 257 input tokens, which exceeds this limit."
        )
        return api_error(400, message, param="input_tokens")

    text = "The bell rang over the square. " * 20
    async with upstream(override=refuse_long) as server, client_of(server) as client:
        first = await client.answer(embedding(text))
        again = await client.answer(embedding(text))
        beginning = server.bodies[-1]["input"][0]
        assert first.embedding == again.embedding == vector_for(beginning)
        assert text.startswith(beginning)
        assert 256 * 3 // 4 < len(beginning) <= 256
    [warning] = [record.getMessage() for record in caplog.records]
    assert "257 tokens" in warning and "context: 256" in warning
    assert "bell" not in warning


async def test_a_short_text_that_is_refused_as_too_long_is_an_error() -> None:
    message = "This model's maximum context length is 8 tokens. However, you requested 9 tokens."
    error = await failure_of(embedding("a town " * 5), api_error(400, message))
    assert isinstance(error, ContextLengthError)


async def test_refused_parameter_is_named() -> None:
    error = await failure_of(completion("a"), api_error(400, "temperature must be in [0, 2]"))
    assert isinstance(error, RefusedParameterError)
    assert error.parameter == "temperature"
    assert isinstance(
        await failure_of(chat("a"), api_error(422, "no", param="max_tokens")),
        RefusedParameterError,
    )


@pytest.mark.parametrize("status", [400, 413, 422, 418])
async def test_other_refusals_do_not_quote_the_prompt(status: int) -> None:
    message = "validation failed: {'type': 'missing', 'input': 'my private thoughts'}"
    error = await failure_of(chat("my private thoughts"), api_error(status, message))
    assert isinstance(error, RefusedRequestError)
    assert error.status == status
    assert "validation failed" in error.problem
    assert "private" not in str(error)


async def test_health_and_load() -> None:
    metrics = (
        "# HELP vllm:num_requests_running Number of requests.\n"
        'vllm:num_requests_running{engine="0",model_name="m"} 3.0\n'
        'vllm:num_requests_running{engine="1",model_name="m"} 2.0\n'
        'vllm:num_requests_waiting{engine="0"} 7.0\n'
        'vllm:kv_cache_usage_perc{engine="0"} 0.25\n'
        'vllm:kv_cache_usage_perc{engine="1"} 0.75\n'
    )
    async with upstream(metrics=metrics) as server, client_of(server) as client:
        load = await client.check()
        assert load is not None
        assert (load.running, load.waiting, load.kv_cache_usage) == (5, 7, 0.75)
        server.metrics = None
        assert await client.check() is None
        server.healthy = False
        with pytest.raises(TransientModelError):
            await client.check()


async def test_answer_without_a_model_name_gets_the_served_one() -> None:
    def nameless(path: str, body: dict[str, Any]) -> Response:
        return JSONResponse({**answer_body(path, body), "model": None})

    async with upstream(override=nameless) as server, client_of(server) as client:
        assert (await client.answer(chat("a"))).model == MODEL


async def test_the_health_of_a_proxy_costs_no_answer() -> None:
    """LiteLLM's ``/health`` asks each model behind it for an answer, so it is not asked."""
    async with upstream(is_litellm=True, healthy=False) as server, client_of(server) as client:
        assert await client.check() is None
