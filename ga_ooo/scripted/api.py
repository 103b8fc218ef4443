"""The OpenAI API on top of the scripted model, as vLLM serves it."""

from __future__ import annotations

import asyncio
import base64
import json
import sys
import time
from array import array
from collections.abc import Callable, Sequence
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from ga_ooo.model.requests import CallKind, ModelAnswer, ModelCall, ModelRequest
from ga_ooo.scripted.client import ScriptedClient

# Fields of a request that do not change the answer; the others are parameters.
_CARRIERS = frozenset({"model", "messages", "prompt", "input", "seed", "priority", "stream"})


class _RefusedError(Exception):
    """A request that gets an error in OpenAI's format as its answer."""

    def __init__(self, status: int, message: str, code: str | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.code = code


class Api:
    """The endpoints of one scripted client."""

    def __init__(self, client: ScriptedClient, model_names: Sequence[str]) -> None:
        self._client = client
        self._model_names = tuple(model_names)
        self._served = 0

    def app(self) -> Starlette:
        return Starlette(
            routes=[
                Route("/v1/chat/completions", self.chat, methods=["POST"]),
                Route("/v1/completions", self.complete, methods=["POST"]),
                Route("/v1/embeddings", self.embed, methods=["POST"]),
                Route("/v1/models", self.models),
                Route("/health", self.health),
                Route("/metrics", self.metrics),
            ],
            exception_handlers={_RefusedError: _refuse},
        )

    async def chat(self, http: Request) -> Response:
        body = await self._body(http)
        messages = tuple(_message(item) for item in _list(body, "messages"))
        [answer] = await self._answers(body, CallKind.CHAT, [("", messages)])
        choice = {
            "index": 0,
            "message": {"role": "assistant", "content": answer.text},
            "logprobs": None,
            "finish_reason": answer.finish_reason,
        }
        return self._reply(body, "chat.completion", [answer], choices=[choice])

    async def complete(self, http: Request) -> Response:
        body = await self._body(http)
        prompts = [(text, ()) for text in _texts(body, "prompt")]
        answers = await self._answers(body, CallKind.COMPLETION, prompts)
        choices = [
            {
                "index": index,
                "text": answer.text,
                "logprobs": None,
                "finish_reason": answer.finish_reason,
            }
            for index, answer in enumerate(answers)
        ]
        return self._reply(body, "text_completion", answers, choices=choices)

    async def embed(self, http: Request) -> Response:
        body = await self._body(http)
        texts = [(text, ()) for text in _texts(body, "input")]
        encode = _ENCODINGS.get(body.get("encoding_format") or "float")
        if encode is None:
            raise _RefusedError(400, f"encoding_format must be one of {', '.join(_ENCODINGS)}")
        answers = await self._answers(body, CallKind.EMBEDDING, texts)
        data = [
            {"object": "embedding", "index": index, "embedding": encode(answer.embedding)}
            for index, answer in enumerate(answers)
        ]
        return self._reply(body, "list", answers, data=data)

    async def models(self, http: Request) -> Response:
        data = [
            {"id": name, "object": "model", "created": 0, "owned_by": "ga_ooo"}
            for name in self._model_names
        ]
        return JSONResponse({"object": "list", "data": data})

    async def health(self, http: Request) -> Response:
        return Response()

    async def metrics(self, http: Request) -> Response:
        counters, slots = self._client.counters, self._client.latency.slots
        gauges = {
            "vllm:num_requests_running": counters.serving,
            "vllm:num_requests_waiting": counters.waiting,
            "vllm:kv_cache_usage_perc": counters.serving / slots if slots else 0.0,
        }
        label = f'{{model_name="{self._model_names[0]}"}}'
        lines = [f"# TYPE {name} gauge\n{name}{label} {value}" for name, value in gauges.items()]
        return PlainTextResponse("\n".join(lines) + "\n")

    async def _body(self, http: Request) -> dict[str, Any]:
        try:
            body = json.loads(await http.body())
        except ValueError as error:
            raise _RefusedError(400, f"the body is not JSON: {error}") from error
        if not isinstance(body, dict):
            raise _RefusedError(400, "the body must be a JSON object")
        name = body.get("model")
        if name not in self._model_names:
            raise _RefusedError(404, f"The model `{name}` does not exist.", "model_not_found")
        if body.get("stream"):
            raise _RefusedError(400, "streaming is not supported")
        if body.get("n", 1) != 1:
            raise _RefusedError(400, "n must be 1")
        return body

    async def _answers(
        self,
        body: dict[str, Any],
        kind: CallKind,
        asked: Sequence[tuple[str, tuple[tuple[str, str], ...]]],
    ) -> list[ModelAnswer]:
        parameters = {
            key: value for key, value in body.items() if key not in _CARRIERS and value is not None
        }
        priority = body.get("priority") or 0
        for key in ("max_tokens", "max_completion_tokens", "dimensions"):
            if key in parameters and not _is_count(parameters[key]):
                raise _RefusedError(400, f"{key} must be a positive whole number")
        if not isinstance(priority, int):
            raise _RefusedError(400, "priority must be a whole number")
        calls = [
            ModelCall(
                ModelRequest(kind, body["model"], messages, prompt, parameters), priority=priority
            )
            for prompt, messages in asked
        ]
        return await asyncio.gather(*(self._client.answer(call) for call in calls))

    def _reply(
        self, body: dict[str, Any], what: str, answers: Sequence[ModelAnswer], **content: object
    ) -> Response:
        self._served += 1
        prompt = sum(answer.prompt_tokens for answer in answers)
        output = sum(answer.output_tokens for answer in answers)
        return JSONResponse(
            {
                "id": f"scripted-{self._served}",
                "object": what,
                "created": int(time.time()),
                "model": body["model"],
                "usage": {
                    "prompt_tokens": prompt,
                    "completion_tokens": output,
                    "total_tokens": prompt + output,
                },
                **content,
            }
        )


async def _refuse(http: Request, error: Exception) -> Response:
    status = error.status if isinstance(error, _RefusedError) else 500
    code = error.code if isinstance(error, _RefusedError) else None
    return JSONResponse(
        {
            "error": {
                "message": str(error),
                "type": "invalid_request_error",
                "param": None,
                "code": code,
            }
        },
        status,
    )


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value > 0


def _list(body: dict[str, Any], key: str) -> list[Any]:
    value = body.get(key)
    if not isinstance(value, list) or not value:
        raise _RefusedError(400, f"{key} must be a list with at least one item")
    return value


def _texts(body: dict[str, Any], key: str) -> list[str]:
    value = body.get(key)
    texts = [value] if isinstance(value, str) else _list(body, key)
    if not all(isinstance(text, str) for text in texts):
        raise _RefusedError(400, f"{key} must be a text or a list of texts")
    return texts


def _message(item: object) -> tuple[str, str]:
    if not isinstance(item, dict) or not isinstance(item.get("role"), str):
        raise _RefusedError(400, "each of messages must be an object with a role")
    content = item.get("content")
    if isinstance(content, list):
        content = "".join(str(part.get("text", "")) for part in content if isinstance(part, dict))
    if not isinstance(content, str):
        raise _RefusedError(400, "each of messages must have a text as its content")
    return item["role"], content


def _base64(vector: tuple[float, ...]) -> str:
    """Little-endian 32-bit floats, the default of OpenAI's own client."""
    numbers = array("f", vector)
    if sys.byteorder == "big":
        numbers.byteswap()
    return base64.b64encode(numbers.tobytes()).decode()


_ENCODINGS: dict[str, Callable[[tuple[float, ...]], object]] = {"float": list, "base64": _base64}
