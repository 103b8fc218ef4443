"""Which model answers, and how."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from ga_ooo.errors import UsageError
from ga_ooo.options.router import RouterOptions

SCRIPTED: Final = "scripted"
"""Name of the embedded default model."""

GENERATIVE_KINDS: Final = ("chat", "completion")
ALL_KINDS: Final = (*GENERATIVE_KINDS, "embedding")

_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


@dataclass(frozen=True)
class EndpointOptions:
    """One model server.

    Attributes:
        url: base URL of an OpenAI-compatible API.
        kinds: kinds of calls that it gets, of ``chat``, ``completion``, ``embedding``.
        name: served model name for chat and completions; empty: as the table of names says.
        embedding_name: the same for embeddings.
        limit: most calls in flight at once.
        key_env: environment variable that holds the API key.
    """

    url: str
    kinds: tuple[str, ...] = GENERATIVE_KINDS
    name: str = ""
    embedding_name: str = ""
    limit: int = 256
    key_env: str = "OPENAI_API_KEY"

    def __post_init__(self) -> None:
        if not self.url.startswith(("http://", "https://")):
            raise UsageError(
                f"model URL '{self.url}' is no URL",
                "spell it as the server prints it, such as http://localhost:8000/v1",
            )
        unknown = [kind for kind in self.kinds if kind not in ALL_KINDS]
        if unknown or not self.kinds:
            raise UsageError(
                f"the endpoint {self.url} has kinds {', '.join(self.kinds) or 'none'}",
                f"choose from {', '.join(ALL_KINDS)}",
            )
        if self.limit < 1:
            raise UsageError(f"the limit of {self.url} is {self.limit}", "give 1 or more")
        if not _VARIABLE.fullmatch(self.key_env):
            # Not quoted: it may be the key.
            raise UsageError(
                f"key_env of {self.url} is no name of an environment variable",
                "put the API key into an environment variable and name that",
            )


@dataclass(frozen=True)
class NamesOptions:
    """Which served model answers for a model that the host names; ``*`` is any other name.

    Attributes:
        chat: for chat, host name to served name.
        completion: the same for completions.
        embedding: the same for embeddings.
        prompts: kind of prompt to served name, over the tables above.
    """

    chat: Mapping[str, str] = field(default_factory=dict)
    completion: Mapping[str, str] = field(default_factory=dict)
    embedding: Mapping[str, str] = field(default_factory=dict)
    prompts: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class ModelOptions:
    """Which model answers, and how.

    Attributes:
        model: ``scripted`` for the embedded model; anything else needs ``urls``, ``endpoints`` or
            a plugin.
        urls: base URLs of OpenAI-compatible servers for chat and completions.
        name: served model name for chat and completions.
        embedding_urls: base URLs for embeddings; those of ``urls`` if empty.
        embedding_name: served model name for embeddings; ``name`` if empty.
        endpoints: servers with settings of their own, used where there are no ``urls``.
        names: host names of models to served ones.
        structured_outputs: ask for answers of the form that the host takes; None: where the
            servers can.
        completion_as_chat: wrap completion prompts as a chat of one message.
        default_max_tokens: cap on output tokens where the host gives none.
        attempt_deadline_s: seconds for one attempt at a call.
        connect_deadline_s: seconds for connecting.
        max_answer_bytes: most bytes of text in one answer.
        router: retries, health checks, ejection.
        latency: of the scripted model: seconds a call, per output token, per input token.
        latency_seed: gives every scripted call a latency of its own; None for exactly modelled.
        slots: calls that the scripted model serves at once; None for no limit.
        embedding_width: width of the scripted model's embeddings.
    """

    model: str = SCRIPTED
    urls: tuple[str, ...] = ()
    name: str = ""
    embedding_urls: tuple[str, ...] = ()
    embedding_name: str = ""
    endpoints: tuple[EndpointOptions, ...] = ()
    names: NamesOptions = field(default_factory=NamesOptions)
    structured_outputs: bool | None = None
    completion_as_chat: bool = False
    default_max_tokens: int = 1024
    attempt_deadline_s: float = 120.0
    connect_deadline_s: float = 10.0
    max_answer_bytes: int = 1_000_000
    router: RouterOptions = field(default_factory=RouterOptions)
    latency: tuple[float, float, float] = (0.0, 0.0, 0.0)
    latency_seed: int | None = None
    slots: int | None = None
    embedding_width: int = 64

    def __post_init__(self) -> None:
        if self.urls and not (self.name or self.names.chat or self.names.completion):
            raise UsageError(
                "a model URL without a model name", "give --model-name, as the server serves it"
            )
        if self.embedding_urls and not self.urls:
            raise UsageError(
                "an embedding URL without a model URL", "give --model-url and --model-name too"
            )
        if min(self.latency) < 0:
            raise UsageError("a latency is negative", "give seconds of 0 or more")
        if self.slots is not None and self.slots < 1:
            raise UsageError(f"--slots {self.slots}", "give 1 or more, or leave it out")
        served = {kind for server in self.servers for kind in server.kinds}
        if served and served != set(ALL_KINDS):
            raise UsageError(
                f"no model server is given for {', '.join(sorted(set(ALL_KINDS) - served))} calls",
                "add a URL, or add the kind to an endpoint's kinds",
            )

    @property
    def servers(self) -> tuple[EndpointOptions, ...]:
        """Every model server, with the names that it is asked for; none for embedded models."""
        if not self.urls:
            return tuple(
                replace(
                    server,
                    name=self.name or server.name,
                    embedding_name=self.embedding_name or server.embedding_name,
                )
                for server in self.endpoints
            )
        generative = dict.fromkeys(self.urls)
        embedding = dict.fromkeys(self.embedding_urls or self.urls)
        return tuple(
            EndpointOptions(
                url,
                (GENERATIVE_KINDS if url in generative else ())
                + (("embedding",) if url in embedding else ()),
                self.name if url in generative else "",
                (self.embedding_name or self.name) if url in embedding else "",
            )
            for url in {**generative, **embedding}
        )
