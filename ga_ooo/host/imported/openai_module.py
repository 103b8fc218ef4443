"""The ``openai`` module that host code sees: both generations of its API, one way out.

The host calls the module of 2022 (``openai.ChatCompletion.create``); forks have moved on to the
client of 1.x (``OpenAI(...).chat.completions.create``). Both lead to one function that asks the
gateway. Answers allow attribute and item access, as the old ones did.
"""

from __future__ import annotations

import types
from collections.abc import Callable
from typing import Any, Final, TypeAlias

from ga_ooo.errors import ModelError
from ga_ooo.model.requests import CallKind, ModelAnswer, ModelRequest

Ask: TypeAlias = Callable[[ModelRequest], ModelAnswer]

_NOT_SAMPLING: Final = frozenset(
    {"model", "engine", "messages", "prompt", "input", "stream", "timeout", "request_timeout"}
    | {"api_key", "api_base", "api_type", "api_version", "organization"}
    | {"headers", "extra_headers", "extra_query", "user", "encoding_format"}
)
"""Arguments that do not shape the answer (or are carried elsewhere in the request)."""


class Reply(dict[str, Any]):
    """A response object with attribute and item access."""

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
    """One ``create`` function under the many names that the API gave it over the years."""

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
    """The 1.x client: ``OpenAI(api_key=..., base_url=...)``; its arguments lead nowhere."""

    def __init__(self, ask: Ask) -> None:
        self.chat = types.SimpleNamespace(completions=_chat(ask))
        self.completions = _completion(ask)
        self.embeddings = _embedding(ask)


def make_openai_module(ask: Ask) -> types.ModuleType:
    """A module to stand in for ``openai`` in host code.

    Args:
        ask: answers one request, blocking the caller.
    """
    module = types.ModuleType("openai", "Stand-in that leads to the engine's model client.")
    chat, completion, embedding = _chat(ask), _completion(ask), _embedding(ask)
    error = types.ModuleType("openai.error")
    for name in ("OpenAIError", "APIError", "RateLimitError", "Timeout", "InvalidRequestError"):
        # Host code may name them in its except clauses; nothing else is ever raised.
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
