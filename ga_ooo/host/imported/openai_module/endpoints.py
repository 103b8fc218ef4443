"""The endpoints: each makes a request of its arguments, asks, and makes a reply of the answer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

from ga_ooo.errors import HostError
from ga_ooo.host.imported.openai_module.replies import Chunks, Named, Reply, message, reply, usage
from ga_ooo.host.imported.openai_module.requests import (
    Refuse,
    chat_request,
    completion_request,
    model_name,
    response_request,
    with_schema,
)
from ga_ooo.model.requests import CallKind, ModelAnswer, ModelRequest

Ask: TypeAlias = Callable[[ModelRequest], ModelAnswer]
"""Answers one request; blocks the caller until the answer is there."""


class Endpoints:
    """The functions behind all endpoints.

    Args:
        ask: answers one request.
        refuse: ends the run.
    """

    def __init__(self, ask: Ask, refuse: Refuse) -> None:
        self._ask = ask
        self._refuse = refuse

    def chat(self, **arguments: Any) -> Any:
        """``chat.completions.create``, ``ChatCompletion.create``."""
        return self._chat(arguments, None)

    def chat_parse(self, **arguments: Any) -> Any:
        """``chat.completions.parse``: the answer as an object of a pydantic class.

        Raises:
            pydantic.ValidationError: the answer has another form.
        """
        form = arguments.get("response_format")
        if not isinstance(form, type):
            return self._chat(arguments, None)
        return self._chat(with_schema(arguments, form), form)

    def respond(self, **arguments: Any) -> Any:
        """``responses.create``."""
        return self._respond(arguments, None)

    def respond_parse(self, **arguments: Any) -> Any:
        """``responses.parse``: see :meth:`chat_parse`."""
        form = arguments.get("text_format")
        if not isinstance(form, type):
            return self._respond(arguments, None)
        return self._respond(with_schema(arguments, form), form)

    def complete(self, **arguments: Any) -> Any:
        """``completions.create``, ``Completion.create``."""
        request = completion_request(arguments, self._refuse)
        answer = self._ask(request)
        choice = Reply(index=0, text=answer.text, finish_reason=answer.finish_reason, logprobs=None)
        whole = reply(
            request,
            "cmpl",
            "text_completion",
            choices=[choice],
            usage=usage(answer),
            system_fingerprint=None,
        )
        return Chunks(whole) if arguments.get("stream") else whole

    def embed(self, **arguments: Any) -> Any:
        """``embeddings.create``, ``Embedding.create``."""
        given = arguments["input"]
        texts = [given] if isinstance(given, str) else list(given)
        data, total = [], 0
        for index, text in enumerate(texts):
            request = ModelRequest(CallKind.EMBEDDING, model_name(arguments), prompt=str(text))
            answer = self._ask(request)
            total += answer.prompt_tokens
            data.append(Reply(object="embedding", index=index, embedding=list(answer.embedding)))
        counted = Reply(prompt_tokens=total, total_tokens=total)
        return Reply(object="list", data=data, model=model_name(arguments), usage=counted)

    # --- helpers ------------------------------------------------------------------------------

    def _chat(self, arguments: dict[str, Any], form: Any) -> Any:
        request = chat_request(arguments["messages"], arguments, self._refuse)
        answer = self._ask(request)
        parsed = None if form is None else form.model_validate_json(answer.text)
        said = message(answer.text, parsed)
        is_stream = bool(arguments.get("stream"))
        choice = Reply(index=0, finish_reason=answer.finish_reason, logprobs=None)
        choice["delta" if is_stream else "message"] = said
        whole = reply(
            request,
            "chatcmpl",
            "chat.completion.chunk" if is_stream else "chat.completion",
            choices=[choice],
            usage=usage(answer),
            system_fingerprint=None,
            service_tier=None,
            metadata=None,
        )
        return Chunks(whole) if is_stream else whole

    def _respond(self, arguments: dict[str, Any], form: Any) -> Any:
        if arguments.get("stream"):
            raise self._refuse(_no_stream())
        request = response_request(arguments, self._refuse)
        answer = self._ask(request)
        parsed = None if form is None else form.model_validate_json(answer.text)
        content = Reply(type="output_text", text=answer.text, annotations=[], parsed=parsed)
        output = Reply(type="message", role="assistant", status="completed", content=[content])
        return reply(
            request,
            "resp",
            "response",
            created_at=0,
            status="completed",
            error=None,
            output=[output],
            output_text=answer.text,
            output_parsed=parsed,
            usage=Reply(
                input_tokens=answer.prompt_tokens,
                output_tokens=answer.output_tokens,
                total_tokens=answer.tokens,
            ),
        )


def _no_stream() -> HostError:
    return HostError(
        "the host asks for a stream of events by responses.create(stream=True)",
        "ask without stream=True; the answer comes whole",
    )


def client_parts(
    endpoints: Endpoints, refuse: Refuse, wrap: Callable[[Any], Any]
) -> dict[str, Any]:
    """The parts of a client of 1.x.

    Args:
        wrap: makes of a function what the client calls: itself, or an asynchronous one.
    """

    def named(name: str, **parts: Any) -> Named:
        return Named(f"openai.{name}", refuse, **parts)

    completions = named(
        "chat.completions", create=wrap(endpoints.chat), parse=wrap(endpoints.chat_parse)
    )
    responses = named(
        "responses", create=wrap(endpoints.respond), parse=wrap(endpoints.respond_parse)
    )
    chat = named("chat", completions=completions)
    return {
        "chat": chat,
        "completions": named("completions", create=wrap(endpoints.complete)),
        "embeddings": named("embeddings", create=wrap(endpoints.embed)),
        "responses": responses,
        "beta": named("beta", chat=chat),
    }
