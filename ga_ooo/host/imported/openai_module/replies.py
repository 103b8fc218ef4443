"""Replies of the API: their fields are attributes and items, as both generations have them."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, Final

from ga_ooo.errors import GaOooError, HostError
from ga_ooo.model.requests import ModelAnswer, ModelRequest

_CREATED: Final = 0
"""The real API gives the time of the answer. Hosts write replies to files, which must not differ
between two runs."""


class Reply(dict[str, Any]):
    """A reply, or a part of one."""

    def __getattr__(self, name: str) -> Any:
        try:
            return self[name]
        except KeyError:
            raise AttributeError(name) from None

    def __setattr__(self, name: str, value: Any) -> None:
        self[name] = value

    def model_dump(self, **options: Any) -> dict[str, Any]:
        """The reply as plain dicts and lists."""
        leaves_out = bool(options.get("exclude_none"))
        return {
            key: _plain(value, options)
            for key, value in self.items()
            if value is not None or not leaves_out
        }

    def model_dump_json(self, *, indent: int | None = None, **options: Any) -> str:
        """The reply as JSON text."""
        separators = (",", ":") if indent is None else None
        return json.dumps(self.model_dump(**options), indent=indent, separators=separators)

    dict = to_dict = to_dict_recursive = model_dump
    json = to_json = model_dump_json


def _plain(value: Any, options: dict[str, Any]) -> Any:
    if isinstance(value, Reply):
        return value.model_dump(**options)
    if isinstance(value, list):
        return [_plain(item, options) for item in value]
    dump = getattr(value, "model_dump", None)
    return dump() if callable(dump) and not isinstance(value, type) else value


def reply(request: ModelRequest, prefix: str, kind: str, **fields: Any) -> Reply:
    """A whole reply. Equal requests have equal names, so that files with them can be compared."""
    return Reply(
        id=f"{prefix}-{request.fingerprint[:29]}",
        object=kind,
        created=_CREATED,
        model=request.model,
        **fields,
    )


def usage(answer: ModelAnswer) -> Reply:
    """Numbers of tokens, as the server has counted them."""
    return Reply(
        prompt_tokens=answer.prompt_tokens,
        completion_tokens=answer.output_tokens,
        total_tokens=answer.tokens,
        prompt_tokens_details=None,
        completion_tokens_details=None,
    )


def message(text: str, parsed: Any = None) -> Reply:
    """The message of a chat's answer."""
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


class Chunks:
    """A stream of one chunk, for ``stream=True``.

    Args:
        chunk: all of the answer.
    """

    def __init__(self, chunk: Reply) -> None:
        self._chunks = [chunk]

    def __iter__(self) -> Chunks:
        return self

    def __next__(self) -> Reply:
        if not self._chunks:
            raise StopIteration
        return self._chunks.pop()

    def __aiter__(self) -> Chunks:
        return self

    async def __anext__(self) -> Reply:
        if not self._chunks:
            raise StopAsyncIteration
        return self._chunks.pop()

    def __enter__(self) -> Chunks:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.close()

    async def __aenter__(self) -> Chunks:
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        self.close()

    def close(self) -> None:
        """Drop the rest."""
        self._chunks.clear()


class Named:
    """An object of the API. An attribute that it does not have ends the run.

    Args:
        name: as host code spells it, such as ``openai.chat.completions``.
        refuse: ends the run.
    """

    def __init__(self, name: str, refuse: Callable[[GaOooError], Any], **parts: Any) -> None:
        vars(self).update(parts, _name=name, _refuse=refuse)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            # Asked for by libraries that look at an object: copy, inspect, typing.
            raise AttributeError(name)
        raise self._refuse(unknown(f"{self._name}.{name}"))


def unknown(name: str) -> HostError:
    """The error that names a part of the API that is not replaced."""
    return HostError(
        f"the host uses {name}, which ga_ooo does not replace",
        "use openai.ChatCompletion, openai.Completion, openai.Embedding, or the client's "
        "chat.completions, completions, embeddings or responses; or report it",
    )
