"""Requests keep to OpenAI's published API: a strict server accepts all of them after the probe."""

from __future__ import annotations

import json
from typing import Any

import openai.types.chat.completion_create_params as chat_params
import openai.types.completion_create_params as completion_params
import openai.types.embedding_create_params as embedding_params
import openai.types.responses.response_create_params as response_params
import pytest
from starlette.responses import JSONResponse, Response

from ga_ooo.host.prompts.structured import constrain
from ga_ooo.model.client import ModelNames, OpenAIClient
from ga_ooo.model.endpoints import EndpointConfig
from ga_ooo.model.grammar import number, prose
from ga_ooo.model.requests import CallKind, ModelCall, ModelRequest
from ga_ooo.model.structured import PARAMETER
from ga_ooo.options import ClientOptions
from tests.model.client.test_forms import POIGNANCY, TRIAL, saying
from tests.model.openai_schema import SCHEMAS, refused
from tests.model.upstream import MODEL, api_error, embedding, text_for, upstream, vector_for

HOST: dict[str, Any] = {
    "temperature": 0,
    "max_tokens": 50,
    "top_p": 1,
    "frequency_penalty": 0,
    "presence_penalty": 0,
    "stream": False,
    "stop": ["\n"],
}
"""Parameters of the original's completions."""

FORM = number(1, 10) + " of " + prose(20)


def calls() -> list[ModelCall]:
    chat, completion = CallKind.CHAT, CallKind.COMPLETION
    messages = (("system", "Be brief."), ("user", "Hello"))
    form = {PARAMETER: FORM.constraint}
    requests = [
        ModelRequest(chat, "gpt", (("user", "Hello"),)),
        ModelRequest(chat, "gpt", messages, parameters={"temperature": 1, "user": "ga"}),
        ModelRequest(completion, "davinci", prompt="Hello", parameters=HOST),
        ModelRequest(completion, "davinci", prompt="Hi", parameters={**HOST, "engine": "x"}),
        ModelRequest(
            completion, "davinci", prompt="Hi", parameters={**HOST, "stop": list("vxyzqj")}
        ),
        ModelRequest(completion, "davinci", prompt="How many?", parameters={**HOST, **form}),
        constrain(ModelRequest(completion, "davinci", prompt=POIGNANCY, parameters=HOST)),
        ModelRequest(chat, "gpt", messages, parameters=form),
    ]
    return [ModelCall(request, seed=7, priority=3) for request in requests]


def test_the_schema_has_no_parameter_that_the_package_of_openai_lacks() -> None:
    published = {
        "/v1/chat/completions": chat_params.CompletionCreateParamsBase,
        "/v1/completions": completion_params.CompletionCreateParamsBase,
        "/v1/embeddings": embedding_params.EmbeddingCreateParams,
        "/v1/responses": response_params.ResponseCreateParamsBase,
    }
    for path, schema in SCHEMAS.items():
        # The types of the package have it apart: whether an answer is a stream.
        ours = schema.model_fields.keys() - {"stream"}
        assert ours <= published[path].__annotations__.keys(), path


@pytest.mark.parametrize("methods", ["all", "chat", "responses"])
async def test_all_requests_keep_to_the_schema(methods: str) -> None:
    refusals: list[str] = []
    allowed = {
        "all": ("/v1/chat/completions", "/v1/completions", "/v1/embeddings"),
        "chat": ("/v1/chat/completions", "/v1/embeddings"),
        "responses": ("/v1/responses", "/v1/embeddings"),
    }[methods]

    def rule(path: str, body: dict[str, Any]) -> Response | None:
        if path not in allowed:
            return api_error(404, "Unknown request URL")
        if problem := refused(path, body):
            refusals.append(problem[1])
            return api_error(400, problem[1], param=problem[0], type="invalid_request_error")
        text = text_for("Hi")
        if sent := body.get("response_format") or body.get("text"):
            text = TRIAL if "1f300" in json.dumps(sent) or "d83c" in json.dumps(sent) else "7"
            text = json.dumps({"answer": text})
        if path == "/v1/responses":
            part = {"type": "output_text", "text": text}
            message = {"type": "message", "role": "assistant", "content": [part]}
            usage = {"input_tokens": 3, "output_tokens": 2}
            return JSONResponse(
                {"object": "response", "status": "completed", "output": [message], "usage": usage}
            )
        return None if path == "/v1/embeddings" else saying(path, body, text)

    async with upstream(override=rule) as server:
        config = EndpointConfig(server.url, frozenset(CallKind))
        client = OpenAIClient(config, ModelNames.single(MODEL, MODEL), ClientOptions())
        try:
            await client.probe()
            assert await client.find_form() is None
            refusals.clear()
            for call in calls():
                answer = await client.answer(call)
                expected = "7" if PARAMETER in call.request.parameters else text_for("Hi")
                assert (answer.text, answer.prompt_tokens) == (expected, 3)
            assert (await client.answer(embedding("tea"))).embedding == vector_for("tea")
            # Of these parameters the probe cannot know: six stop texts.
            assert len(refusals) == (0 if methods == "responses" else 1)
        finally:
            await client.close()
