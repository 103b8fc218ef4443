"""The endpoints: each makes a request of its arguments, asks, and makes a reply of the answer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ga_ooo.host.sdks.host_model import Exchange, HostModel
from ga_ooo.host.sdks.openai.requests import (
    model_name,
    parameters,
    prompt_of,
    response_messages,
    response_parameters,
    with_schema,
)
from ga_ooo.host.sdks.parts import Named
from ga_ooo.host.sdks.replies import CREATED, Chunks, Reply, usage


class Endpoints:
    """The functions behind all endpoints.

    Args:
        model: asked by all of them.
    """

    def __init__(self, model: HostModel) -> None:
        self._model = model

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
        kept = parameters(arguments, self._model)
        prompt = prompt_of(arguments, self._model)
        said = self._model.complete(prompt, model_name(arguments), kept)
        choice = Reply(
            index=0, text=said.text, finish_reason=said.answer.finish_reason, logprobs=None
        )
        whole = self._reply(
            said, "cmpl", "text_completion", choices=[choice], system_fingerprint=None
        )
        return Chunks(whole) if arguments.get("stream") else whole

    def embed(self, **arguments: Any) -> Any:
        """``embeddings.create``, ``Embedding.create``."""
        given = arguments["input"]
        texts = [given] if isinstance(given, str) else list(given)
        answers = [self._model.embed(str(text), model_name(arguments)) for text in texts]
        data = [
            Reply(object="embedding", index=index, embedding=list(answer.embedding))
            for index, answer in enumerate(answers)
        ]
        total = sum(answer.prompt_tokens for answer in answers)
        counted = Reply(prompt_tokens=total, total_tokens=total)
        reply = Reply(object="list", data=data, model=model_name(arguments), usage=counted)
        return self._model.sealed(reply, "embeddings")

    # --- helpers ------------------------------------------------------------------------------

    def _chat(self, arguments: dict[str, Any], form: Any) -> Any:
        kept = parameters(arguments, self._model)
        said = self._model.chat(arguments["messages"], model_name(arguments), kept)
        parsed = None if form is None else form.model_validate_json(said.text)
        is_stream = bool(arguments.get("stream"))
        choice = Reply(index=0, finish_reason=said.answer.finish_reason, logprobs=None)
        choice["delta" if is_stream else "message"] = _message(said.text, parsed)
        whole = self._reply(
            said,
            "chatcmpl",
            "chat.completion.chunk" if is_stream else "chat.completion",
            choices=[choice],
            system_fingerprint=None,
            service_tier=None,
            metadata=None,
        )
        return Chunks(whole) if is_stream else whole

    def _respond(self, arguments: dict[str, Any], form: Any) -> Any:
        kept = response_parameters(arguments, self._model)
        said = self._model.chat(response_messages(arguments), model_name(arguments), kept)
        parsed = None if form is None else form.model_validate_json(said.text)
        content = Reply(type="output_text", text=said.text, annotations=[], parsed=parsed)
        output = Reply(type="message", role="assistant", status="completed", content=[content])
        counted = Reply(
            input_tokens=said.answer.prompt_tokens,
            output_tokens=said.answer.output_tokens,
            total_tokens=said.answer.tokens,
            input_tokens_details=Reply(cached_tokens=0),
            output_tokens_details=Reply(reasoning_tokens=0),
        )
        whole = self._reply(
            said,
            "resp",
            "response",
            created_at=CREATED,
            status="completed",
            error=None,
            incomplete_details=None,
            output=[output],
            output_text=said.text,
            output_parsed=parsed,
            usage=counted,
        )
        return _events(whole) if arguments.get("stream") else whole

    def _reply(self, said: Exchange, prefix: str, kind: str, **fields: Any) -> Reply:
        whole = Reply(
            id=said.name(prefix),
            object=kind,
            created=CREATED,
            model=said.request.model,
            usage=usage(said.answer),
        )
        whole.update(fields)
        return self._model.sealed(whole, kind)


def _message(text: str, parsed: Any) -> Reply:
    return Reply(
        role="assistant",
        content=text,
        parsed=parsed,
        refusal=None,
        tool_calls=None,
        function_call=None,
        annotations=None,
        audio=None,
        reasoning_content=None,
    )


def _events(whole: Reply) -> Chunks:
    """The stream of the responses API: the text, and then the whole response."""
    return Chunks(
        Reply(type="response.output_text.delta", delta=whole.output_text),
        Reply(type="response.output_text.done", text=whole.output_text),
        Reply(type="response.completed", response=whole),
    )


def client_parts(
    endpoints: Endpoints, model: HostModel, wrap: Callable[[Any], Any]
) -> dict[str, Any]:
    """The parts of a client of 1.x.

    Args:
        wrap: makes of a function what the client calls: itself, or an asynchronous one.
    """

    def named(name: str, **parts: Any) -> Named:
        return Named(f"openai.{name}", model.refuse_name, **parts)

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
