"""Replies of SDKs: their fields are attributes and items, since SDKs have had both."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from typing import Any, Final, NoReturn, TypeAlias

from ga_ooo.host.sdks.closing import Closing
from ga_ooo.model.requests import ModelAnswer

CREATED: Final = 0
"""The real APIs give the time of the answer. Hosts write replies to files, which must not differ
between two runs."""

RefuseName: TypeAlias = Callable[[str, Iterable[str]], NoReturn]
"""Ends the run: takes the unknown name, and the names that exist."""

_PROBED: Final = frozenset(
    {
        *("error", "reasoning", "reasoning_details", "thinking"),
        *("choices", "data", "output", "output_text"),
    }
)
"""Names that hosts look for, and that only replies of some providers, or of one kind, have: a cost
logger takes any reply, and asks whether it has ``choices``."""


class Reply(dict[str, Any]):
    """A reply, or a part of one. An attribute that it does not have ends the run once it is sealed:
    hosts swallow AttributeError."""

    def __getattr__(self, name: str) -> Any:
        try:
            return self[name]
        except KeyError:
            seal = vars(self).get("_seal")
            if seal is not None and not name.startswith("_") and name not in _PROBED:
                title, refuse = seal
                refuse(f"{name} of {title}", self)
            raise AttributeError(name) from None

    def __setattr__(self, name: str, value: Any) -> None:
        self[name] = value

    def __reduce__(self) -> Any:
        # Copies have no seal: it leads to the gateway, which cannot be copied.
        return type(self), (dict(self),)

    def seal(self, title: str, refuse: RefuseName) -> None:
        """Make an unknown attribute of this reply, and of its parts, end the run.

        Args:
            title: of the reply, for the error.
        """
        vars(self)["_seal"] = (title, refuse)
        for value in self.values():
            parts = value if isinstance(value, list) else [value]
            # An embedding has a thousand numbers, and no parts.
            if parts and not isinstance(parts[0], float):
                for part in parts:
                    if isinstance(part, Reply):
                        part.seal(title, refuse)

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


def usage(answer: ModelAnswer) -> Reply:
    """Numbers of tokens, as the server has counted them, in the form of the OpenAI API."""
    return Reply(
        prompt_tokens=answer.prompt_tokens,
        completion_tokens=answer.output_tokens,
        total_tokens=answer.tokens,
        prompt_tokens_details=Reply(cached_tokens=0, audio_tokens=0),
        completion_tokens_details=Reply(
            reasoning_tokens=0,
            audio_tokens=0,
            accepted_prediction_tokens=0,
            rejected_prediction_tokens=0,
        ),
    )


class Chunks(Closing):
    """A stream that was answered as a whole.

    Args:
        chunks: usually one, with all of the answer.
    """

    def __init__(self, *chunks: Any) -> None:
        self._chunks = list(chunks)

    def __iter__(self) -> Chunks:
        return self

    def __next__(self) -> Any:
        if not self._chunks:
            raise StopIteration
        return self._chunks.pop(0)

    def __aiter__(self) -> Chunks:
        return self

    async def __anext__(self) -> Any:
        if not self._chunks:
            raise StopAsyncIteration
        return self._chunks.pop(0)

    def close(self) -> None:
        """Drop the rest."""
        self._chunks.clear()
