"""A small OpenAI-compatible server whose answers are a function of the prompt.

It runs in the loop of the test (:func:`upstream`), or as a process that can be killed:
``python -m tests.model.upstream PORT``.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import socket
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from ga_ooo.model.requests import CallKey, CallKind, ModelCall, ModelRequest

MODEL = "tiny-model"
WIDTH = 8


def text_for(prompt: str) -> str:
    """The text that the server answers a prompt with."""
    return "answer " + hashlib.blake2b(prompt.encode(), digest_size=8).hexdigest()


def vector_for(prompt: str) -> tuple[float, ...]:
    """The embedding that the server gives for a text."""
    digest = hashlib.blake2b(prompt.encode(), digest_size=WIDTH).digest()
    return tuple(byte / 255 + 0.001 for byte in digest)


@dataclass
class Upstream:
    """A running server.

    Attributes:
        url: base URL.
        bodies: bodies of all POST requests, in order.
        headers: their headers.
        latency_s: seconds that each answer takes.
        priorities: accepts a priority other than 0.
        override: may return a response for (path, body), which is sent instead.
        listing: response to a request for the list of models; None for the usual list.
        prefix: path of the base URL.
        queries: query strings of all POST requests, in order.
        certificate: files of certificate and key, for https.
        healthy: whether ``/health`` answers 200.
        is_litellm: has the path for health of a LiteLLM proxy.
        metrics: text of ``/metrics``; None for 404.
        in_flight: requests that are being answered.
        peak: maximum of ``in_flight``.
    """

    url: str = ""
    bodies: list[dict[str, Any]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    latency_s: float = 0.0
    priorities: bool = True
    override: Callable[[str, dict[str, Any]], Response | None] = lambda path, body: None
    listing: Response | None = None
    prefix: str = "/v1"
    healthy: bool = True
    is_litellm: bool = False
    metrics: str | None = None
    in_flight: int = 0
    peak: int = 0
    queries: list[str] = field(default_factory=list)
    certificate: tuple[Path, Path] | None = None

    async def models(self, request: Request) -> Response:
        if self.listing is not None:
            return self.listing
        return JSONResponse({"object": "list", "data": [{"id": MODEL}, {"id": "other-model"}]})

    async def health(self, request: Request) -> Response:
        return PlainTextResponse("", 200 if self.healthy else 503)

    async def liveliness(self, request: Request) -> Response:
        return JSONResponse("I'm alive!", 200 if self.is_litellm else 404)

    async def load(self, request: Request) -> Response:
        return PlainTextResponse(self.metrics or "", 404 if self.metrics is None else 200)

    async def generate(self, request: Request) -> Response:
        body = json.loads(await request.body())
        self.bodies.append(body)
        self.headers.append(dict(request.headers))
        self.queries.append(request.url.query)
        self.in_flight += 1
        self.peak = max(self.peak, self.in_flight)
        try:
            await asyncio.sleep(self.latency_s)
        finally:
            self.in_flight -= 1
        if (response := self.override(request.url.path, body)) is not None:
            return response
        if body.get("priority") and not self.priorities:
            return api_error(400, f"Got priority {body['priority']} but it is not enabled.")
        if body.get("model") != MODEL:
            return api_error(404, f"The model `{body.get('model')}` does not exist.")
        return JSONResponse(answer_body(request.url.path, body))

    def app(self) -> Starlette:
        generating = ("/chat/completions", "/completions", "/embeddings", "/responses")
        return Starlette(
            routes=[
                Route(f"{self.prefix}/models", self.models),
                Route("/health", self.health),
                Route("/health/liveliness", self.liveliness),
                Route("/metrics", self.load),
                *(
                    Route(f"{self.prefix}{path}", self.generate, methods=["POST"])
                    for path in generating
                ),
            ]
        )


def api_error(status: int, message: str, **fields: Any) -> Response:
    """An error in the format of the API."""
    return JSONResponse({"error": {"message": message, "code": status, **fields}}, status)


def answer_body(path: str, body: dict[str, Any]) -> dict[str, Any]:
    """The body of the answer to a request."""
    usage = {"prompt_tokens": 3, "completion_tokens": 2}
    if path.endswith("/embeddings"):
        texts = [body["input"]] if isinstance(body["input"], str) else body["input"]
        data = [{"index": i, "embedding": vector_for(t)} for i, t in enumerate(texts)]
        return {"data": data, "model": MODEL, "usage": {"prompt_tokens": 3}}
    if path.endswith("/chat/completions"):
        text = text_for("\n".join(message["content"] for message in body["messages"]))
        choice: dict[str, Any] = {"message": {"role": "assistant", "content": text}}
    else:
        choice = {"text": text_for(body["prompt"])}
    return {"choices": [{**choice, "finish_reason": "stop"}], "model": MODEL, "usage": usage}


async def _stop(server: uvicorn.Server) -> None:
    """Stop at once; uvicorn's own shutdown sleeps a tenth of a second first."""
    for listening in server.servers:
        listening.close()
    tasks = list(server.server_state.tasks)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    for connection in list(server.server_state.connections):
        connection.transport.abort()
    await asyncio.sleep(0)


@asynccontextmanager
async def upstream(**settings: Any) -> AsyncIterator[Upstream]:
    """A server in this loop, for the length of the block."""
    state = Upstream(**settings)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        scheme = "https" if state.certificate else "http"
        state.url = f"{scheme}://127.0.0.1:{listener.getsockname()[1]}{state.prefix}"
        certificate, key = state.certificate or (None, None)
        config = uvicorn.Config(
            state.app(),
            lifespan="off",
            log_level="error",
            access_log=False,
            ws="none",
            ssl_certfile=certificate,
            ssl_keyfile=key,
        )
        config.load()
        server = uvicorn.Server(config)
        server.lifespan = config.lifespan_class(config)
        # Not serve(), which replaces the signal handlers of the test runner.
        await server.startup(sockets=[listener])
        try:
            yield state
        finally:
            await _stop(server)


def chat(prompt: str, persona: str | None = None, **fields: Any) -> ModelCall:
    """A chat call."""
    request = ModelRequest(CallKind.CHAT, "gpt-3.5-turbo", messages=(("user", prompt),))
    return ModelCall(request, CallKey(persona, 0, 0) if persona else None, **fields)


def completion(prompt: str, **fields: Any) -> ModelCall:
    """A completion call."""
    parameters = {"max_tokens": 50, "temperature": 0, "stop": ["\n"]}
    return ModelCall(
        ModelRequest(CallKind.COMPLETION, "text-davinci-002", (), prompt, parameters), **fields
    )


def embedding(text: str, **fields: Any) -> ModelCall:
    """An embedding call."""
    return ModelCall(
        ModelRequest(CallKind.EMBEDDING, "text-embedding-ada-002", prompt=text), **fields
    )


if __name__ == "__main__":
    uvicorn.run(Upstream().app(), port=int(sys.argv[1]), log_level="error", ws="none")
