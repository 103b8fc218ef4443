"""Structured outputs of a real vLLM: even with random weights every answer has the form."""

from __future__ import annotations

import asyncio
import json
import re
from typing import Any

import pytest

from ga_ooo.model.serving.replicas import ServedUrls
from tests.vllm.clients import make_async_client

pytestmark = pytest.mark.vllm

ANSWERS = 32

# vLLM's JSON grammar allows raw control characters in strings of limited length, which no JSON
# parser accepts. A pattern with the allowed characters prevents this.
TEXT = {"type": "string", "pattern": r"^[ -!#-\[\]-~]{1,40}$"}


async def ask(urls: ServedUrls, constraint: dict[str, Any], *, chat: bool) -> list[str]:
    """Many answers under a constraint, each with its own seed."""
    body: Any = {
        "model": "tiny",
        "max_tokens": 400,
        "temperature": 1.0,
        "extra_body": {"structured_outputs": constraint},
    }
    if chat:
        body["messages"] = [{"role": "user", "content": "Is the stove idle?"}]
    else:
        body["prompt"] = "Is the stove idle? "
    async with make_async_client(urls.generative[0]) as client:
        create: Any = client.chat.completions.create if chat else client.completions.create
        answers = await asyncio.gather(*(create(seed=seed, **body) for seed in range(ANSWERS)))
    assert {answer.choices[0].finish_reason for answer in answers} == {"stop"}
    if chat:
        return [answer.choices[0].message.content for answer in answers]
    return [answer.choices[0].text for answer in answers]


@pytest.mark.parametrize("chat", [True, False])
async def test_json_schema(vllm_urls: ServedUrls, chat: bool) -> None:
    schema = {
        "type": "object",
        "properties": {"output": TEXT, "rating": {"type": "integer", "minimum": 1, "maximum": 10}},
        "required": ["output", "rating"],
        "additionalProperties": False,
    }
    texts = await ask(vllm_urls, {"json": schema}, chat=chat)
    for answer in map(json.loads, texts):
        assert set(answer) == {"output", "rating"}
        assert 1 <= answer["rating"] <= 10
        assert 1 <= len(answer["output"]) <= 40
    assert len(set(texts)) > 1


@pytest.mark.parametrize("chat", [True, False])
async def test_choice(vllm_urls: ServedUrls, chat: bool) -> None:
    options = ["yes", "no", "the Ville:Hobbs Cafe:cafe", 'a "quoted" one', "back\\slash"]
    texts = await ask(vllm_urls, {"choice": options}, chat=chat)
    assert set(texts) <= set(options)
    assert len(set(texts)) > 1


@pytest.mark.parametrize("chat", [True, False])
async def test_regex(vllm_urls: ServedUrls, chat: bool) -> None:
    pattern = r"(1[0-2]|[1-9]):[0-5][05] (am|pm)"
    texts = await ask(vllm_urls, {"regex": pattern}, chat=chat)
    assert all(re.fullmatch(pattern, text) for text in texts)
    assert len(set(texts)) > 1
