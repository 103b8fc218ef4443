"""The settings that determine a model's answers, as text: kept in records and journals."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import msgspec

from ga_ooo.options import ModelOptions


@dataclass(frozen=True)
class Shaping:
    """How a run changes the host's requests.

    Attributes:
        structured: whether it asks for answers of the form that the host accepts.
        prompts: kind of prompt to served model.
        checked: whether answers without the form are asked for once more. This and the next are
            no part of the settings that a journal is compared with: a journal holds the answers
            that the host got.
        fail_safe: whether the host takes its fail-safe for a prompt that is refused.
    """

    structured: bool
    prompts: Mapping[str, str] = field(default_factory=dict)
    checked: bool = False
    fail_safe: bool = False


UNSHAPED: Final = Shaping(structured=False)
"""Requests and answers stay as they are."""


class ModelIdentity(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The content of the text.

    Attributes:
        structured_outputs: see :class:`Shaping`.
        prompts: see :class:`Shaping`.
        served: names that model servers are asked for; empty for an embedded model.
        model: the embedded model, such as ``scripted``; empty for model servers.
        embedding_width: of an embedded model.
        chat: the host's name of a chat model to served name. Likewise the next two.
        completion_as_chat: see :class:`~ga_ooo.options.ClientOptions`. Likewise the next one.
    """

    structured_outputs: bool = False
    prompts: dict[str, str] = {}
    served: list[str] = []
    model: str = ""
    embedding_width: int = 0
    chat: dict[str, str] = {}
    completion: dict[str, str] = {}
    embedding: dict[str, str] = {}
    completion_as_chat: bool = False
    default_max_tokens: int = 0

    @property
    def shaping(self) -> Shaping:
        """How requests are changed."""
        return Shaping(self.structured_outputs, self.prompts)


def read_model_text(text: str) -> ModelIdentity:
    """The settings in a text of :func:`model_text`.

    Raises:
        ValueError: it is no such text.
    """
    return msgspec.json.decode(text or "{}", type=ModelIdentity)


def model_text(options: ModelOptions, shaping: Shaping) -> str:
    """All settings that determine the model's answers, without the URLs of servers."""
    values: dict[str, Any] = {
        "structured_outputs": shaping.structured,
        "prompts": dict(shaping.prompts),
    }
    if options.servers:
        values |= {
            "served": served_names(options),
            "chat": dict(options.names.chat),
            "completion": dict(options.names.completion),
            "embedding": dict(options.names.embedding),
            "completion_as_chat": options.client.completion_as_chat,
            "default_max_tokens": options.client.default_max_tokens,
        }
    else:
        values |= {"model": options.embedded_model, "embedding_width": options.embedding_width}
    return json.dumps(values, sort_keys=True)


def served_names(options: ModelOptions) -> list[str]:
    """The names that model servers are asked for, sorted."""
    served = {(server.name, server.embedding_name) for server in options.servers}
    return sorted({name for names in served for name in names if name})
