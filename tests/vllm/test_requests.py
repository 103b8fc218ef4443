"""Answers of a real vLLM to the requests of a host: text, vectors, seeds, priorities."""

from __future__ import annotations

import asyncio

import httpx
import pytest
from openai import OpenAI

from ga_ooo.model.serving.replicas import ServedUrls
from tests.vllm.clients import make_async_client

pytestmark = pytest.mark.vllm

PROMPT = "The bed is"


def complete(client: OpenAI, *, seed: int, temperature: float = 1.0, priority: int = 0) -> str:
    answer = client.completions.create(
        model="tiny",
        prompt=PROMPT,
        max_tokens=40,
        seed=seed,
        temperature=temperature,
        extra_body={"priority": priority},
    )
    return answer.choices[0].text


def test_chat(generative: OpenAI) -> None:
    answer = generative.chat.completions.create(
        model="tiny", messages=[{"role": "user", "content": "How was your day?"}], max_tokens=12
    )
    assert answer.choices[0].message.content
    assert answer.usage is not None
    assert answer.usage.completion_tokens == 12
    assert answer.choices[0].finish_reason == "length"


def test_stop_text_ends_a_completion(generative: OpenAI) -> None:
    answer = generative.completions.create(
        model="tiny", prompt=PROMPT, max_tokens=500, seed=1, temperature=1.0, stop=["e"]
    )
    assert answer.choices[0].finish_reason == "stop"
    assert "e" not in answer.choices[0].text


def test_equal_seeds_give_equal_answers_at_any_priority(generative: OpenAI) -> None:
    assert complete(generative, seed=1) == complete(generative, seed=1, priority=8640)
    assert complete(generative, seed=1) != complete(generative, seed=2)
    assert complete(generative, seed=1, temperature=0) == complete(
        generative, seed=2, temperature=0
    )


def test_a_long_prompt_may_have_a_seed(generative: OpenAI) -> None:
    answer = generative.completions.create(
        model="tiny", prompt=PROMPT * 2000, max_tokens=5, seed=1, temperature=1.0
    )
    assert answer.usage is not None
    assert answer.usage.prompt_tokens > 4096, "more than vLLM takes into one batch by default"
    assert answer.usage.completion_tokens == 5


async def test_equal_seeds_give_equal_answers_in_a_full_batch(
    vllm_urls: ServedUrls, generative: OpenAI
) -> None:
    alone = complete(generative, seed=7)
    async with make_async_client(vllm_urls.generative[0]) as client:
        answers = await asyncio.gather(
            *(
                client.completions.create(
                    model="tiny",
                    prompt=PROMPT,
                    max_tokens=40,
                    temperature=1.0,
                    seed=7 if index == 20 else index + 100,
                )
                for index in range(64)
            )
        )
    texts = [answer.choices[0].text for answer in answers]
    assert texts[20] == alone
    assert len(set(texts)) == 64


def test_a_prompt_of_6_kb_fits(generative: OpenAI) -> None:
    prompt = ("Klaus Mueller is idle; [5] café — $3.14 #@! " * 200)[:6000]
    answer = generative.completions.create(model="tiny", prompt=prompt, max_tokens=1)
    assert answer.usage is not None
    assert answer.usage.prompt_tokens > 1500


def test_embeddings(embedding: OpenAI) -> None:
    texts = ["the stove is idle", "the stove is idle today", "Isabella votes for mayor"]
    answer = embedding.embeddings.create(model="tiny-embed", input=texts)
    same, near, far = (item.embedding for item in answer.data)
    again = embedding.embeddings.create(model="tiny-embed", input=[texts[0]]).data[0].embedding
    assert len(same) == 64
    assert again == pytest.approx(same, abs=0.02)

    def cosine(other: list[float]) -> float:
        dot = sum(a * b for a, b in zip(same, other, strict=True))
        return float(dot / (sum(a * a for a in same) * sum(b * b for b in other)) ** 0.5)

    assert cosine(near) > cosine(far)


@pytest.mark.parametrize("kind", ["generative", "embedding"])
def test_metrics_for_the_router(vllm_urls: ServedUrls, kind: str) -> None:
    (url,) = getattr(vllm_urls, kind)
    with httpx.Client(trust_env=False) as client:
        text = client.get(url.removesuffix("/v1") + "/metrics").text
    for name in ("num_requests_running", "num_requests_waiting", "kv_cache_usage_perc"):
        assert any(line.startswith(f"vllm:{name}{{") for line in text.splitlines()), name
