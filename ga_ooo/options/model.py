"""Which model answers, and how it is asked."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, ClassVar, Final

from ga_ooo.errors import UsageError
from ga_ooo.options._tables import read_keys
from ga_ooo.options.declare import (
    SECONDS,
    Check,
    Declared,
    at_least,
    declarations,
    nearest,
    nested,
    option,
)
from ga_ooo.options.kinds import NUMBER, Kind, instance_of, list_of
from ga_ooo.options.router import RouterOptions

SCRIPTED: Final = "scripted"
"""Name of the embedded default model."""

GENERATIVE_KINDS: Final = ("chat", "completion")
ALL_KINDS: Final = (*GENERATIVE_KINDS, "embedding")

_VARIABLE: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def _is_url(text: str) -> bool:
    return text.startswith(("http://", "https://"))


_URL: Final = "a URL as the server prints it, such as http://localhost:8000/v1"
_URLS: Final = Check(_URL, lambda urls: all(map(_is_url, urls)))


@dataclass(frozen=True)
class EndpointOptions(Declared):
    """One model server."""

    TABLE: ClassVar[str] = "model.endpoints"
    HAS_FLAGS: ClassVar[bool] = False

    url: str = option(help="base URL of an OpenAI-compatible API", check=Check(_URL, _is_url))
    kinds: tuple[str, ...] = option(
        GENERATIVE_KINDS,
        f"kinds of calls that the server gets, of {', '.join(ALL_KINDS)}",
        check=Check(
            f"a list of some of {', '.join(ALL_KINDS)}",
            lambda kinds: bool(kinds) and set(kinds) <= set(ALL_KINDS),
        ),
    )
    name: str = option("", "served model for chat and completions", unset="as [model.names] says")
    embedding_name: str = option("", "served model for embeddings", unset="as [model.names] says")
    limit: int = option(256, "most calls in flight at once", check=at_least(1))
    key_env: str = option(
        "OPENAI_API_KEY",
        "environment variable that holds the API key",
        check=Check(
            "the name of an environment variable, which holds the API key",
            lambda name: _VARIABLE.fullmatch(name) is not None,
        ),
    )


def _endpoints(value: Any) -> tuple[EndpointOptions, ...]:
    def read(entry: Any) -> EndpointOptions:
        if isinstance(entry, EndpointOptions):
            return entry
        values = read_keys(instance_of(dict)(entry), EndpointOptions.TABLE, ENDPOINT_KEYS)
        if "url" not in values:
            raise UsageError("a model.endpoints has no url", "add one")
        return EndpointOptions(**values)

    return tuple(map(read, list_of(lambda entry: entry)(value)))


def _names(value: Any) -> Mapping[str, str]:
    for name, served in instance_of(dict)(value).items():
        if not (isinstance(served, str) and served):
            raise ValueError(name)
    return dict(value)


ENDPOINT_KEYS: Final = {each.name: each for each in declarations(EndpointOptions)}
_ENDPOINTS: Final = Kind("a list of tables: write [[model.endpoints]] above each", str, _endpoints)
_NAMES: Final = Kind("a table of names of models", str, _names)


@dataclass(frozen=True)
class NamesOptions(Declared):
    """Which served model answers for a model that the host names; ``*`` is any other name."""

    TABLE: ClassVar[str] = "model.names"
    HAS_FLAGS: ClassVar[bool] = False

    chat: Mapping[str, str] = option(
        {},
        "the host's name of a chat model = served name; * is any other name",
        kind=_NAMES,
        unset="none",
    )
    completion: Mapping[str, str] = option(
        {}, "the same for completions", kind=_NAMES, unset="none"
    )
    embedding: Mapping[str, str] = option({}, "the same for embeddings", kind=_NAMES, unset="none")
    prompts: Mapping[str, str] = option(
        {}, "kind of prompt = served name, over the tables above", kind=_NAMES, unset="none"
    )

    def check_prompts(self, known: Iterable[str]) -> None:
        """Check the kinds of prompts.

        Raises:
            UsageError: one does not exist.
        """
        known = list(known)
        for name in self.prompts:
            if name not in known:
                raise UsageError(f"there is no model.names.prompts.{name}", nearest(name, known))


def _latency(text: str) -> tuple[float, ...]:
    return (*(float(part) for part in text.split(":")), 0.0, 0.0)[:3]


LATENCY: Final = Kind(
    "seconds of 0 or more, such as 0.05, or three numbers such as 0.05:0.02:0.0001 (in a file "
    "[0.05, 0.02, 0.0001]) per call, per output token, per input token",
    _latency,
    list_of(NUMBER.read),
)


@dataclass(frozen=True)
class ClientOptions(Declared):
    """How one call is made."""

    TABLE: ClassVar[str] = "model"
    HAS_FLAGS: ClassVar[bool] = False

    completion_as_chat: bool = option(
        False,
        "send completion prompts as a chat of one message, for models that only chat",
    )
    default_max_tokens: int = option(
        1024, "limit on output tokens where the host gives none", check=at_least(1)
    )
    attempt_deadline_s: float = option(120.0, "seconds for one attempt at a call", check=SECONDS)
    connect_deadline_s: float = option(10.0, "seconds for a connection", check=SECONDS)
    ca: Path | None = option(
        None,
        "file with certificates (PEM) that are trusted in addition to the usual ones",
        flag="--ca",
        metavar="FILE",
        unset="none",
    )
    max_answer_bytes: int = option(1_000_000, "most bytes of text in one answer", check=at_least(1))


@dataclass(frozen=True)
class ModelOptions(Declared):
    """Which model answers, and how it is asked."""

    TABLE: ClassVar[str] = "model"

    model: str = option(
        SCRIPTED,
        "scripted (offline and deterministic), or the model of a plugin",
        hides=("model.endpoints",),
    )
    urls: tuple[str, ...] = option(
        (),
        "base URL of an OpenAI-compatible server (http://localhost:8000/v1); repeatable",
        flag="--model-url",
        metavar="URL",
        check=_URLS,
        unset="none",
        in_file=False,
        hides=("model.endpoints",),
    )
    name: str = option(
        "",
        "served model for chat and completions",
        flag="--model-name",
        metavar="NAME",
        unset="none",
        in_file=False,
    )
    embedding_urls: tuple[str, ...] = option(
        (),
        "base URL of a server for embeddings; repeatable",
        flag="--embedding-url",
        metavar="URL",
        check=_URLS,
        unset="the model URLs",
        in_file=False,
    )
    embedding_name: str = option(
        "", "served model for embeddings", metavar="NAME", unset="the model name", in_file=False
    )
    endpoints: tuple[EndpointOptions, ...] = option(
        (),
        flag="",
        help="model servers, each with options of its own",
        kind=_ENDPOINTS,
        unset="none",
    )
    names: NamesOptions = nested(NamesOptions)
    structured_outputs: bool | None = option(
        None,
        "ask for answers of the form that the host accepts",
        unset="where all servers can, as vLLM",
    )
    client: ClientOptions = nested(ClientOptions)
    router: RouterOptions = nested(RouterOptions)
    latency: tuple[float, float, float] = option(
        (0.0, 0.0, 0.0),
        "scripted model: seconds per call, per output token, per input token; 0.05:0.02:0.0001 is "
        "like an 8B model on one GPU",
        metavar="CALL[:OUT:IN]",
        kind=LATENCY,
        unset="none",
        check=Check(LATENCY.words, lambda latency: len(latency) == 3 and min(latency) >= 0),
    )
    latency_seed: int | None = option(
        None,
        "scripted model: a latency of its own for each call, 1/4 to 4 times the modelled one",
        metavar="SEED",
        unset="all as modelled",
    )
    slots: int | None = option(
        None,
        "scripted model: calls served at once",
        metavar="N",
        check=at_least(1),
        unset="no limit",
    )
    embedding_width: int = option(
        64, "scripted model: width of embeddings", metavar="N", check=at_least(1)
    )
    unknown_prompts: Path | None = option(
        None,
        "scripted model: file for the prompts that it does not know",
        metavar="FILE",
        unset="none",
        in_file=False,
    )

    def check(self) -> None:
        if self.urls and not (self.name or self.names.chat or self.names.completion):
            raise UsageError(
                "a model URL without a model name", "give --model-name, as the server serves it"
            )
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
