"""The module that host code gets for ``import openai``: both generations of the API.

The host uses the API of 2022 (``openai.ChatCompletion.create``); some forks use the client of 1.x
(``OpenAI(...).chat.completions.create``). Both make a request and pass it to one function, the
gateway. Replies allow access to their fields as attributes and as items, as in the old API.
"""

from __future__ import annotations

import types
from collections.abc import Callable
from typing import Any, Final, TypeAlias

from ga_ooo.errors import ModelError
from ga_ooo.model.requests import CallKind, ModelAnswer, ModelRequest

Ask: TypeAlias = Callable[[ModelRequest], ModelAnswer]
"""Answers one request; blocks the caller until the answer is there."""

_NOT_SAMPLING: Final = frozenset(
    {"model", "engine", "messages", "prompt", "input", "stream", "timeout", "request_timeout"}
    | {"api_key", "api_base", "api_type", "api_version", "organization"}
    | {"headers", "extra_headers", "extra_query", "user", "encoding_format"}
)
"""Arguments that have no effect on the answer, or that have their own field in the request."""


class Reply(dict[str, Any]):
    """A response of the API; its fields are attributes and items."""

    def __getattr__(self, name: str) -> Any:
        try:
            return self[name]
        except KeyError:
            raise AttributeError(name) from None


def _parameters(arguments: dict[str, Any]) -> dict[str, Any]:
    return {
        name: value
        for name, value in arguments.items()
        if name not in _NOT_SAMPLING and value is not None
    }


def _model(arguments: dict[str, Any]) -> str:
    return str(arguments.get("model") or arguments.get("engine") or "")


def _usage(answer: ModelAnswer) -> Reply:
    return Reply(
        prompt_tokens=answer.prompt_tokens,
        completion_tokens=answer.output_tokens,
        total_tokens=answer.tokens,
    )


class _Endpoint:
    """An object with a method ``create``, such as ``openai.ChatCompletion``."""

    def __init__(self, create: Callable[..., Reply]) -> None:
        self.create = create


def _chat(ask: Ask) -> _Endpoint:
    def create(**arguments: Any) -> Reply:
        messages = tuple((str(m["role"]), str(m["content"])) for m in arguments["messages"])
        request = ModelRequest(
            CallKind.CHAT, _model(arguments), messages, parameters=_parameters(arguments)
        )
        answer = ask(request)
        choice = Reply(
            index=0,
            message=Reply(role="assistant", content=answer.text),
            finish_reason=answer.finish_reason,
        )
        return Reply(object="chat.completion", choices=[choice], usage=_usage(answer))

    return _Endpoint(create)


def _completion(ask: Ask) -> _Endpoint:
    def create(**arguments: Any) -> Reply:
        request = ModelRequest(
            CallKind.COMPLETION,
            _model(arguments),
            prompt=str(arguments["prompt"]),
            parameters=_parameters(arguments),
        )
        answer = ask(request)
        choice = Reply(index=0, text=answer.text, finish_reason=answer.finish_reason)
        return Reply(object="text_completion", choices=[choice], usage=_usage(answer))

    return _Endpoint(create)


def _embedding(ask: Ask) -> _Endpoint:
    def create(**arguments: Any) -> Reply:
        given = arguments["input"]
        texts = [given] if isinstance(given, str) else list(given)
        data, total = [], 0
        for index, text in enumerate(texts):
            answer = ask(ModelRequest(CallKind.EMBEDDING, _model(arguments), prompt=str(text)))
            total += answer.prompt_tokens
            data.append(Reply(object="embedding", index=index, embedding=list(answer.embedding)))
        usage = Reply(prompt_tokens=total, total_tokens=total)
        return Reply(object="list", data=data, usage=usage)

    return _Endpoint(create)


class _Client:
    """The client of 1.x: ``OpenAI(api_key=..., base_url=...)``. Its arguments have no effect."""

    def __init__(self, ask: Ask) -> None:
        self.chat = types.SimpleNamespace(completions=_chat(ask))
        self.completions = _completion(ask)
        self.embeddings = _embedding(ask)


def make_openai_module(ask: Ask) -> types.ModuleType:
    """The replacement of ``openai`` for host code.

    Args:
        ask: answers one request.
    """
    module = types.ModuleType("openai", "Replacement that calls the model client of the engine.")
    chat, completion, embedding = _chat(ask), _completion(ask), _embedding(ask)
    error = types.ModuleType("openai.error")
    for name in ("OpenAIError", "APIError", "RateLimitError", "Timeout", "InvalidRequestError"):
        # Host code may use them in except clauses. Only ModelError is ever raised.
        setattr(error, name, ModelError)
        setattr(module, name, ModelError)

    def client(*_: object, **__: object) -> _Client:
        return _Client(ask)

    vars(module).update(
        api_key=None,
        api_base=None,
        ChatCompletion=chat,
        Completion=completion,
        Embedding=embedding,
        chat=types.SimpleNamespace(completions=chat),
        completions=completion,
        embeddings=embedding,
        OpenAI=client,
        AzureOpenAI=client,
        error=error,
    )
    return module
