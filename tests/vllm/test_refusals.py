"""How a real vLLM refuses requests; docs/vllm.md and the error messages depend on it."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from openai import OpenAI

from ga_ooo.model.client.model_names import ModelNames
from ga_ooo.model.client.openai_client import OpenAIClient
from ga_ooo.model.endpoints import EndpointConfig
from ga_ooo.model.requests import CallKind, ModelCall, ModelRequest
from ga_ooo.model.serving.replicas import Replicas, ServedUrls

pytestmark = pytest.mark.vllm

CANARY = "quetzalcoatl"
LONG = CANARY * 8192
CHAT = {"messages": [{"role": "user", "content": f"say {CANARY}"}]}


def post(url: str, path: str, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
    with httpx.Client(trust_env=False, timeout=60) as client:
        answer = client.post(f"{url}/{path}", json=body)
    return answer.status_code, answer.json().get("error", {})


def test_wrong_model_name(vllm_urls: ServedUrls) -> None:
    for url, path, body in (
        (vllm_urls.generative[0], "chat/completions", CHAT),
        (vllm_urls.embedding[0], "embeddings", {"input": [CANARY]}),
    ):
        status, error = post(url, path, {"model": "nobody", **body})
        assert (status, error["code"], error["type"]) == (404, 404, "NotFoundError")
        assert "`nobody` does not exist" in error["message"]


@pytest.mark.parametrize(
    ("kind", "path", "body"),
    [
        ("generative", "completions", {"prompt": LONG}),
        (
            "generative",
            "chat/completions",
            {"messages": [{"role": "user", "content": "x" * 99999}]},
        ),
        ("embedding", "embeddings", {"input": [LONG]}),
    ],
)
def test_prompt_over_the_context_length(
    vllm_urls: ServedUrls, kind: str, path: str, body: dict[str, Any]
) -> None:
    model = vllm_urls.generative_model if kind == "generative" else vllm_urls.embedding_model
    status, error = post(getattr(vllm_urls, kind)[0], path, {"model": model, **body})
    assert (status, error["type"], error["param"]) == (400, "BadRequestError", "input_tokens")
    assert "maximum context length is 8192 tokens" in error["message"]


async def test_of_a_long_text_the_beginning_is_embedded(
    vllm_urls: ServedUrls, embedding: OpenAI
) -> None:
    model = vllm_urls.embedding_model
    assert model is not None
    config = EndpointConfig(vllm_urls.embedding[0], frozenset({CallKind.EMBEDDING}))
    client = OpenAIClient(config, ModelNames.single(embedding=model))
    try:
        request = ModelRequest(CallKind.EMBEDDING, "text-embedding-ada-002", prompt=LONG)
        answer = await client.answer(ModelCall(request))
    finally:
        await client.close()
    assert 8192 / 2 < answer.prompt_tokens <= 8192
    characters = len(LONG)
    while post(config.url, "embeddings", {"model": model, "input": [LONG[:characters]]})[1]:
        characters = characters * 3 // 4
    expected = embedding.embeddings.create(
        model=model, input=[LONG[:characters]], encoding_format="float"
    )
    assert answer.embedding == pytest.approx(expected.data[0].embedding, abs=1e-5)


@pytest.mark.parametrize(
    ("parameters", "named"),
    [({"temperature": -1}, "temperature"), ({"max_tokens": 99999}, "max_tokens")],
)
def test_values_out_of_range(vllm_urls: ServedUrls, parameters: dict[str, Any], named: str) -> None:
    body = {"model": "tiny", **CHAT, **parameters}
    status, error = post(vllm_urls.generative[0], "chat/completions", body)
    assert (status, error["type"], error["param"]) == (400, "BadRequestError", named)


def test_impossible_constraint(vllm_urls: ServedUrls) -> None:
    body = {"model": "tiny", **CHAT, "structured_outputs": {"regex": "("}}
    status, error = post(vllm_urls.generative[0], "chat/completions", body)
    assert (status, error["type"]) == (400, "BadRequestError")


def test_unknown_parameters_are_ignored(generative: OpenAI) -> None:
    answer = generative.chat.completions.create(
        model="tiny",
        messages=[{"role": "user", "content": CANARY}],
        max_tokens=4,
        extra_body={"frobnicate": 1, "guided_choice": ["yes", "no"]},
    )
    assert answer.choices[0].message.content not in ("yes", "no")


def test_an_empty_text_cannot_be_embedded(vllm_urls: ServedUrls) -> None:
    body = {"model": "tiny-embed", "input": [""]}
    status, error = post(vllm_urls.embedding[0], "embeddings", body)
    assert (status, error["type"]) == (400, "BadRequestError")


def test_logs_hold_no_prompt(vllm_replicas: Replicas, generative: OpenAI) -> None:
    test_unknown_parameters_are_ignored(generative)
    for parameters in ({"temperature": -1}, {"max_tokens": "x"}, {"n": 0}):
        status, _ = post(
            vllm_replicas.urls.generative[0],
            "chat/completions",
            {"model": "tiny", **CHAT, **parameters},
        )
        assert status == 400
    for server in vllm_replicas.servers:
        text = server.log.read_text(encoding="utf-8")
        assert "version 0." in text
        assert CANARY not in text
