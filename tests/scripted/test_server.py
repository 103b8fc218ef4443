"""The HTTP server, with OpenAI's own client and with raw requests."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator
from typing import Any

import httpx
import openai
import pytest

from ga_ooo.errors import UsageError
from ga_ooo.scripted import Latency
from ga_ooo.scripted.server import ServerThread, listen, serve
from tests.scripted import prompts


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with ServerThread(["scripted", "other"]) as server:
        yield server.url


@pytest.fixture
def client(url: str) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(base_url=url, api_key="none", max_retries=0) as client:
        yield client


def post(url: str, path: str, body: Any) -> httpx.Response:
    return httpx.post(f"{url}/{path}", json=body)


def test_it_gives_the_answers_of_the_model(client: openai.OpenAI) -> None:
    prompt = prompts.enveloped("Event: a party\nRate (return a number between 1 to 10):")
    chat = client.chat.completions.create(
        model="scripted", messages=[{"role": "user", "content": prompt}], seed=4
    )
    assert chat.choices[0].message.content == prompts.chat(prompt)
    assert chat.usage is not None
    assert chat.usage.prompt_tokens == -(-len(prompt) // 4)
    completion = client.completions.create(
        model="other", prompt="Hi", max_tokens=2, stop=["\n"], extra_body={"priority": 3}
    )
    assert completion.choices[0].text == prompts.complete("Hi", max_tokens=2)
    assert completion.choices[0].finish_reason == "length"
    assert completion.model == "other"


@pytest.mark.parametrize("form", ["float", "base64"])
def test_embeddings_have_both_formats(client: openai.OpenAI, form: Any) -> None:
    texts = ["a cat", "a dog"]
    answer = client.embeddings.create(model="scripted", input=texts, encoding_format=form)
    if form == "float":
        got = [item.embedding for item in answer.data]
        assert got == [pytest.approx(prompts.embed(text)) for text in texts]
    plain = client.embeddings.create(model="scripted", input=texts)  # base64 on the wire
    assert plain.data[1].embedding == pytest.approx(prompts.embed("a dog"), abs=1e-6)


def test_dimensions_set_the_width_of_an_embedding(client: openai.OpenAI) -> None:
    answer = client.embeddings.create(model="scripted", input="a cat", dimensions=256)
    assert len(answer.data[0].embedding) == 256


def test_several_prompts_get_several_choices(url: str) -> None:
    answer = post(url, "completions", {"model": "scripted", "prompt": ["Hi", "Ho"]}).json()
    assert [choice["index"] for choice in answer["choices"]] == [0, 1]


def test_message_parts_are_joined(url: str) -> None:
    parts = [{"type": "text", "text": "Hi "}, {"type": "text", "text": "there"}]
    body = {"model": "scripted", "messages": [{"role": "user", "content": parts}]}
    answer = post(url, "chat/completions", body).json()
    assert answer["choices"][0]["message"]["content"] == prompts.chat("Hi there")


def test_models_health_and_metrics(client: openai.OpenAI, url: str) -> None:
    assert [model.id for model in client.models.list()] == ["scripted", "other"]
    root = url.removesuffix("/v1")
    assert httpx.get(f"{root}/health").status_code == 200
    metrics = httpx.get(f"{root}/metrics").text
    assert 'vllm:num_requests_running{model_name="scripted"} 0' in metrics
    assert "vllm:num_requests_waiting" in metrics
    assert "vllm:kv_cache_usage_perc" in metrics


def test_unknown_models_are_refused_in_the_format_of_openai(client: openai.OpenAI) -> None:
    with pytest.raises(openai.NotFoundError) as refused:
        client.completions.create(model="gpt-9", prompt="Hi")
    assert refused.value.code == "model_not_found"
    assert "gpt-9" in refused.value.message


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("chat/completions", {"model": "scripted"}),
        ("chat/completions", {"model": "scripted", "messages": []}),
        ("chat/completions", {"model": "scripted", "messages": ["Hi"]}),
        ("chat/completions", {"model": "scripted", "messages": [{"role": "user"}]}),
        ("completions", {"model": "scripted", "prompt": [1, 2]}),
        ("completions", {"model": "scripted", "prompt": "Hi", "max_tokens": "many"}),
        ("completions", {"model": "scripted", "prompt": "Hi", "stream": True}),
        ("completions", {"model": "scripted", "prompt": "Hi", "n": 2}),
        ("completions", {"model": "scripted", "prompt": "Hi", "priority": "high"}),
        ("embeddings", {"model": "scripted", "input": "Hi", "encoding_format": "hex"}),
        ("embeddings", {"model": "scripted", "input": "Hi", "dimensions": 0}),
        ("completions", ["not", "an", "object"]),
    ],
)
def test_bad_bodies_are_refused(url: str, path: str, body: Any) -> None:
    answer = post(url, path, body)
    assert answer.status_code == 400
    assert answer.json()["error"]["message"]


def test_a_body_that_is_not_json_is_refused(url: str) -> None:
    answer = httpx.post(f"{url}/completions", content=b"{")
    assert answer.status_code == 400


async def test_metrics_report_the_slots() -> None:
    with ServerThread(latency=Latency(base=30.0, slots=1)) as server:
        root = server.url.removesuffix("/v1")
        async with httpx.AsyncClient() as http:
            body = {"model": "scripted", "prompt": "Hi"}
            asks = [
                asyncio.create_task(http.post(f"{server.url}/completions", json=body))
                for _ in range(3)
            ]
            metrics = ""
            while 'num_requests_waiting{model_name="scripted"} 2' not in metrics:
                await asyncio.sleep(0.02)
                metrics = (await http.get(f"{root}/metrics")).text
            assert 'num_requests_running{model_name="scripted"} 1' in metrics
            assert 'kv_cache_usage_perc{model_name="scripted"} 1.0' in metrics
            for ask in asks:
                ask.cancel()
            await asyncio.gather(*asks, return_exceptions=True)


def test_a_taken_port_is_a_usage_error() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(UsageError, match="choose another --port"):
            serve("127.0.0.1", taken.getsockname()[1])


async def test_the_body_of_an_answer_does_not_wait_for_the_acknowledgement_of_its_head() -> None:
    undelayed: asyncio.Future[int] = asyncio.get_running_loop().create_future()

    def accept(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        sock = writer.get_extra_info("socket")
        undelayed.set_result(sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))
        writer.close()

    listener = listen("127.0.0.1", 0)
    server = await asyncio.start_server(accept, sock=listener)
    _, writer = await asyncio.open_connection(*listener.getsockname())
    assert await undelayed
    writer.close()
    await writer.wait_closed()
    server.close()
    await server.wait_closed()
