"""The stand-in for ``anthropic``; its functions also answer HTTP requests to its API.

Source: the API reference of Anthropic (``/v1/messages``, ``/v1/complete``) and its package.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import ModuleType
from typing import Any, Final

from ga_ooo.host.sdks.arguments import TOOLS, Arguments
from ga_ooo.host.sdks.host_model import HostModel
from ga_ooo.host.sdks.parts import Client, Named, SdkModule, asynchronous, client_class, errors
from ga_ooo.host.sdks.replies import Chunks, Reply

_ARGUMENTS: Final = Arguments(
    "anthropic messages",
    {
        **{name: name for name in ("temperature", "top_p", "top_k", "max_tokens")},
        "max_tokens_to_sample": "max_tokens",
        "stop_sequences": "stop",
    },
    inert=frozenset(
        {"metadata", "timeout", "extra_headers", "extra_query", "extra_body", "stream"}
        | {"thinking", "service_tier", "tool_choice", "betas", "cache_control", "output_config"}
    ),
    refused={**TOOLS, "mcp_servers": "tools and function calls", "container": "containers"},
)

_ERRORS: Final = (
    *("AnthropicError", "APIError", "APIStatusError", "APIConnectionError", "APITimeoutError"),
    *("APIResponseValidationError", "BadRequestError", "AuthenticationError", "NotFoundError"),
    *("PermissionDeniedError", "ConflictError", "UnprocessableEntityError", "RateLimitError"),
    *("InternalServerError", "OverloadedError", "RequestTooLargeError", "ServiceUnavailableError"),
)

_CLIENTS: Final = ("Anthropic", "AnthropicBedrock", "AnthropicVertex", "Client")


class NotGiven:
    """No value, as the package writes it."""

    def __bool__(self) -> bool:
        return False


class Api:
    """The endpoints of the API.

    Args:
        model: asked by all of them.
    """

    def __init__(self, model: HostModel) -> None:
        self._model = model

    def message(self, **arguments: Any) -> Any:
        """``messages.create``: the whole message, or its events with ``stream=True``."""
        given = _without_absent(arguments)
        messages, name = given.pop("messages"), given.pop("model", "")
        system = given.pop("system", None)
        if system:
            messages = [("system", system), *messages]
        said = self._model.chat(messages, name, _ARGUMENTS.parameters(given, self._model))
        is_cut = said.answer.finish_reason == "length"
        reply = Reply(
            id=said.name("msg"),
            type="message",
            role="assistant",
            model=name,
            content=[Reply(type="text", text=said.text, citations=None)],
            stop_reason="max_tokens" if is_cut else "end_turn",
            stop_sequence=None,
            usage=Reply(
                input_tokens=said.answer.prompt_tokens,
                output_tokens=said.answer.output_tokens,
                cache_creation_input_tokens=0,
                cache_read_input_tokens=0,
                service_tier=None,
            ),
        )
        sealed = self._model.sealed(reply, "anthropic messages.create")
        return Chunks(*_events(sealed)) if given.get("stream") else sealed

    def stream(self, **arguments: Any) -> MessageStream:
        """``messages.stream``."""
        return MessageStream(self.message(**arguments))

    def complete(self, **arguments: Any) -> Reply:
        """``completions.create``, the API before messages."""
        given = _without_absent(arguments)
        prompt, name = given.pop("prompt"), given.pop("model", "")
        parameters = _ARGUMENTS.parameters(given, self._model)
        said = self._model.complete(str(prompt), name, parameters)
        is_cut = said.answer.finish_reason == "length"
        reply = Reply(
            id=said.name("compl"),
            type="completion",
            completion=said.text,
            model=name,
            stop_reason="max_tokens" if is_cut else "stop_sequence",
        )
        return self._model.sealed(reply, "anthropic completions.create")


class MessageStream(Chunks):
    """The stream that ``messages.stream`` gives, with or without ``async``.

    Args:
        message: the whole message.
    """

    def __init__(self, message: Reply) -> None:
        super().__init__(*_events(message))
        self._message = message
        self.text_stream = Chunks(message.content[0].text)

    def get_final_message(self) -> Reply:
        """The whole message."""
        return self._message

    def get_final_text(self) -> str:
        """The whole text."""
        return str(self._message.content[0].text)


def make(model: HostModel) -> dict[str, ModuleType]:
    """The module ``anthropic``."""
    api = Api(model)

    def named(name: str, **parts: Any) -> Named:
        return Named(f"anthropic.{name}", model.refuse_name, **parts)

    def client(wrap: Callable[[Any], Any], *keys: Any, **settings: Any) -> Client:
        messages = named("messages", create=wrap(api.message), stream=api.stream)
        return Client(
            "anthropic.Anthropic()",
            model.refuse_name,
            **{"api_key": None, "base_url": None, **settings},
            messages=messages,
            completions=named("completions", create=wrap(api.complete)),
            beta=named("beta", messages=messages),
        )

    clients = {
        f"{prefix}{name}": client_class(f"{prefix}{name}", "anthropic", made)
        for prefix, made in (
            ("", lambda *keys, **settings: client(lambda each: each, *keys, **settings)),
            ("Async", lambda *keys, **settings: client(asynchronous, *keys, **settings)),
        )
        for name in _CLIENTS
    }
    names = {
        **clients,
        **errors(_ERRORS),
        "HUMAN_PROMPT": "\n\nHuman:",
        "AI_PROMPT": "\n\nAssistant:",
        "NOT_GIVEN": NotGiven(),
        "NotGiven": NotGiven,
        "types": SdkModule(
            "anthropic.types",
            model.refuse_name,
            dict.fromkeys(("Message", "MessageParam", "TextBlock", "Usage"), Reply),
        ),
    }
    return {"anthropic": SdkModule("anthropic", model.refuse_name, names)}


def _without_absent(arguments: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in arguments.items() if not isinstance(value, NotGiven)}


def _events(message: Reply) -> list[Reply]:
    text = message.content[0].text
    delta = Reply(stop_reason=message.stop_reason, stop_sequence=None)
    return [
        Reply(type="message_start", message=message),
        Reply(type="content_block_start", index=0, content_block=Reply(type="text", text="")),
        Reply(type="content_block_delta", index=0, delta=Reply(type="text_delta", text=text)),
        Reply(type="content_block_stop", index=0),
        Reply(type="message_delta", delta=delta, usage=message.usage),
        Reply(type="message_stop"),
    ]
