"""The one way from a stand-in to the model: messages become a request, and the answer a reply."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, NoReturn, TypeAlias

from ga_ooo.errors import GaOooError, HostError
from ga_ooo.host.sdks.replies import Reply
from ga_ooo.model.requests import CallKind, ModelAnswer, ModelRequest

Ask: TypeAlias = Callable[[ModelRequest], ModelAnswer]
"""Answers one request; blocks the caller until the answer exists."""

Refuse: TypeAlias = Callable[[GaOooError], NoReturn]
"""Ends the run with an error, wherever host code is."""

_NOT_TEXT: Final = {
    "images": "contents other than text",
    "tool_calls": "tools and function calls",
    "function_call": "tools and function calls",
}
"""Fields of a message that no request has."""


@dataclass(frozen=True)
class Exchange:
    """A request and its answer.

    Attributes:
        request: as asked by the host.
        answer: of the model.
    """

    request: ModelRequest
    answer: ModelAnswer

    @property
    def text(self) -> str:
        """The generated text."""
        return self.answer.text

    def name(self, prefix: str) -> str:
        """A name for the reply. Equal requests have equal names, so files with them can be
        compared."""
        return f"{prefix}-{self.request.fingerprint[:29]}"


class HostModel:
    """The model as host code may ask it.

    Args:
        ask: answers one request.
        refuse: ends the run; None to raise the error.
    """

    def __init__(self, ask: Ask, refuse: Refuse | None = None) -> None:
        self._ask = ask
        self._refuse = refuse or _raise

    def chat(
        self,
        messages: Iterable[Any],
        model: str = "",
        parameters: Mapping[str, Any] | None = None,
    ) -> Exchange:
        """Ask with a conversation.

        Args:
            messages: each one a pair of role and content, or a mapping with these keys; one such
                mapping is a conversation of one message. Content is a text, or a list of parts,
                which are texts.
            model: name, as the host gives it.
            parameters: sampling parameters, by their names in the OpenAI API.
        """
        several = [messages] if isinstance(messages, Mapping) else messages
        pairs = tuple(self._pair(message) for message in several)
        return self._exchange(
            ModelRequest(CallKind.CHAT, model, pairs, parameters=dict(parameters or {}))
        )

    def complete(
        self, prompt: str, model: str = "", parameters: Mapping[str, Any] | None = None
    ) -> Exchange:
        """Ask for the continuation of a text; arguments as those of :meth:`chat`."""
        return self._exchange(
            ModelRequest(
                CallKind.COMPLETION, model, prompt=prompt, parameters=dict(parameters or {})
            )
        )

    def embed(self, text: str, model: str = "") -> ModelAnswer:
        """Ask for the vector of a text."""
        return self._ask(ModelRequest(CallKind.EMBEDDING, model, prompt=text))

    def refuse(self, problem: str, remedy: str) -> NoReturn:
        """End the run: the host wants what no stand-in can give.

        Args:
            problem: what the host does, naming function or argument.
            remedy: for the user.
        """
        self._refuse(HostError(problem, remedy))

    def refuse_name(self, name: str, known: Iterable[str]) -> NoReturn:
        """End the run: the host uses a name that a stand-in does not have.

        Args:
            name: as host code writes it.
            known: names that the stand-in has.
        """
        self.refuse(
            f"the host uses {name}, which ga_ooo does not replace",
            f"use one of {', '.join(sorted(known))}; or add it by a plugin with the hook "
            "ga_ooo_sdk (docs/hooks.md); or report it",
        )

    def refuse_argument(self, argument: str, title: str) -> NoReturn:
        """End the run: the host asks for something that answers do not have.

        Args:
            argument: as host code writes it.
            title: what is asked for.
        """
        self.refuse(
            f"the host asks the model with {argument}; {title} are not supported",
            "change the host to ask for one text, or for one object of a given form",
        )

    def sealed(self, reply: Reply, name: str) -> Reply:
        """The reply, of which an unknown attribute ends the run.

        Args:
            name: of the function that gives the reply, as host code writes it.
        """
        reply.seal(f"the reply of {name}", self.refuse_name)
        return reply

    def text(self, content: Any) -> str:
        """The text of a message's content."""
        if not isinstance(content, list | tuple):
            return "" if content is None else str(content)
        return "".join(self._part(part) for part in content)

    def _part(self, part: Any) -> str:
        if isinstance(part, str):
            return part
        known = part if isinstance(part, Mapping) else vars(part)
        kind = known.get("type", "text")
        if kind not in ("text", "input_text", "output_text") or "text" not in known:
            self.refuse_argument(f"a part of type {kind!r}", "contents other than text")
        return str(known["text"])

    def _pair(self, message: Any) -> tuple[str, str]:
        if isinstance(message, Mapping):
            for name, title in _NOT_TEXT.items():
                if message.get(name):
                    self.refuse_argument(f"a message with {name}", title)
            return str(message["role"]), self.text(message["content"])
        role, content = message if isinstance(message, tuple) else (message.role, message.content)
        return str(role), self.text(content)

    def _exchange(self, request: ModelRequest) -> Exchange:
        return Exchange(request, self._ask(request))


def form_of_answer(name: str, schema: Mapping[str, Any]) -> dict[str, Any]:
    """The parameter that asks for a JSON text of a given form.

    Args:
        name: of the form.
        schema: JSON schema.
    """
    form = {"name": name, "schema": _strict(schema), "strict": True}
    return {"response_format": {"type": "json_schema", "json_schema": form}}


def _strict(schema: Any) -> Any:
    """A schema in which every object has all of its properties, and no other."""
    if isinstance(schema, list):
        return [_strict(item) for item in schema]
    if not isinstance(schema, Mapping):
        return schema
    strict = {key: _strict(value) for key, value in schema.items()}
    if strict.get("type") == "object" and "properties" in strict:
        strict["additionalProperties"] = False
        strict["required"] = list(strict["properties"])
    return strict


def _raise(error: GaOooError) -> NoReturn:
    raise error
