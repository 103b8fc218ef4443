"""Inputs of LangChain's models become messages or prompts, and their settings parameters."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from ga_ooo.host.sdks.arguments import Arguments
from ga_ooo.host.sdks.host_model import HostModel

_ROLES: Final = {"human": "user", "ai": "assistant", "AIMessageChunk": "assistant"}

_TITLES: Final = {"user": "Human", "assistant": "AI", "system": "System"}

SETTINGS: Final = Arguments(
    "langchain",
    {
        **{name: name for name in ("temperature", "top_p", "top_k", "min_p", "seed")},
        **{name: name for name in ("presence_penalty", "frequency_penalty", "logit_bias")},
        **{name: name for name in ("response_format", "reasoning_effort")},
        **dict.fromkeys(("max_tokens", "max_tokens_to_sample", "max_output_tokens"), "max_tokens"),
        **dict.fromkeys(("max_completion_tokens", "num_predict", "max_new_tokens"), "max_tokens"),
        **dict.fromkeys(("stop", "stop_sequences", "stopping_strings"), "stop"),
        **dict.fromkeys(("repeat_penalty", "repetition_penalty"), "repetition_penalty"),
    },
    refused={
        "tools": "tools and function calls",
        "functions": "tools and function calls",
        "logprobs": "log probabilities",
    },
)
"""Settings of constructors and calls. Constructors have many others, about the connection."""


def parameters(settings: Mapping[str, Any], model: HostModel) -> dict[str, Any]:
    """The sampling parameters among settings."""
    if (settings.get("n") or 1) != 1:
        model.refuse_argument("langchain(n=...)", "several answers to one request")
    given = {**settings, **(settings.get("model_kwargs") or {})}
    known = SETTINGS.sampling.keys() | SETTINGS.refused.keys()
    return SETTINGS.parameters({name: given[name] for name in given if name in known}, model)


def messages(given: Any, model: HostModel) -> list[tuple[str, str]]:
    """The conversation in an input: a text, a prompt, a message, or a list of messages."""
    if hasattr(given, "to_messages"):
        given = given.to_messages()
    if isinstance(given, str):
        return [("user", given)]
    if not isinstance(given, list | tuple):
        given = [given]
    return [_message(each, model) for each in given]


def prompt(given: Any, model: HostModel) -> str:
    """The text in an input."""
    if isinstance(given, str):
        return given
    if hasattr(given, "to_string"):
        return str(given.to_string())
    said = messages(given, model)
    return "\n".join(f"{_TITLES.get(role, role)}: {text}" for role, text in said)


def _message(given: Any, model: HostModel) -> tuple[str, str]:
    if isinstance(given, str):
        return "user", given
    if isinstance(given, tuple):
        role, content = given
    elif isinstance(given, Mapping):
        role, content = given["role"], given["content"]
    else:
        role, content = given.type, given.content
        role = getattr(given, "role", role) if role == "chat" else role
    return _ROLES.get(str(role), str(role)), model.text(content)
