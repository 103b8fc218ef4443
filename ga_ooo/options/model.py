"""Which model answers, and how it is asked."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import ClassVar, Final, Literal

from ga_ooo.errors import UsageError
from ga_ooo.options.declare import SECONDS, Check, Declared, at_least, nested, option
from ga_ooo.options.endpoints import (
    ALL_KINDS,
    EMBEDDING_URLS,
    ENDPOINTS,
    GENERATIVE_KINDS,
    URLS,
    EndpointOptions,
    NamesOptions,
)
from ga_ooo.options.kinds import NUMBER, Kind, list_of
from ga_ooo.options.providers import PROVIDERS, Provider, ProviderName
from ga_ooo.options.router import RouterOptions

SCRIPTED: Final = "scripted"
"""Name of the embedded default model."""


def _latency(text: str) -> tuple[float, ...]:
    seconds = tuple(float(part) for part in text.split(":"))
    if len(seconds) not in (1, 3):
        raise ValueError(text)
    return (*seconds, 0.0, 0.0)[:3]


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

    model: str | None = option(
        None,
        "scripted (offline and deterministic), or the model of a plugin",
        unset="scripted; refused if an API key is found",
        hides=("model.endpoints",),
    )
    provider: ProviderName | None = option(
        None,
        "a service or server with its usual URL, API key variable and embedding model (servers.md)",
        unset="none",
        in_file=False,
        hides=("model.endpoints",),
    )
    urls: tuple[str, ...] = option(
        (),
        "base URL of an OpenAI-compatible server (http://localhost:8000/v1); repeatable",
        flag="--model-url",
        metavar="URL",
        check=URLS,
        unset="that of the provider",
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
        "base URL of a server for embeddings; repeatable; local: this process embeds, with "
        "the package sentence-transformers",
        flag="--embedding-url",
        metavar="URL",
        check=EMBEDDING_URLS,
        unset="the model URLs",
        in_file=False,
    )
    embedding_name: str = option(
        "",
        "served model for embeddings",
        metavar="NAME",
        unset="that of the provider, or the model name",
        in_file=False,
    )
    endpoints: tuple[EndpointOptions, ...] = option(
        (),
        flag="",
        help="model servers, each with options of its own",
        kind=ENDPOINTS,
        unset="none",
    )
    names: NamesOptions = nested(NamesOptions)
    structured_outputs: bool | None = option(
        None,
        "ask for answers of the form that the host accepts",
        unset="where all servers can, as vLLM",
    )
    on_refusal: Literal["stop", "fail-safe"] = option(
        "stop",
        "if the content filter of a service refuses a prompt: stop the run, saved, or let the "
        "host take its own fail-safe for this prompt",
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
        provider = self._provider
        if provider is not None and not self.generative_urls:
            raise UsageError(
                f"--provider {self.provider} has no URL that is the same for all users",
                f"give yours with --model-url, such as {provider.example}",
            )
        named = self.name or self.names.chat or self.names.completion
        if self.generative_urls and not named:
            given = f"--provider {self.provider}" if self.provider else "a model URL"
            raise UsageError(
                f"{given} without a model name", "give --model-name, as the server serves it"
            )
        served = {kind for server in self.servers for kind in server.kinds}
        if served and served != set(ALL_KINDS):
            raise UsageError(
                f"no model server is given for {', '.join(sorted(set(ALL_KINDS) - served))} calls",
                "add a URL, or add the kind to an endpoint's kinds",
            )

    @property
    def embedded_model(self) -> str:
        """The model that answers where no server does."""
        return self.model or SCRIPTED

    @property
    def generative_urls(self) -> tuple[str, ...]:
        """The URLs that flags give for chat and completions: of servers, or of a provider."""
        provider = self._provider
        if self.urls or provider is None or not provider.url:
            return self.urls
        return (provider.url,)

    @property
    def servers(self) -> tuple[EndpointOptions, ...]:
        """Every model server, with the names that it is asked for; none for embedded models."""
        generative = dict.fromkeys(self.generative_urls)
        if not generative:
            return tuple(
                replace(
                    server,
                    name=self.name or server.name,
                    embedding_name=self.embedding_name or server.embedding_name,
                )
                for server in self.endpoints
            )
        embedding = dict.fromkeys(self.embedding_urls or generative)
        return tuple(
            self._endpoint(url, url in generative, url in embedding)
            for url in {**generative, **embedding}
        )

    @property
    def _provider(self) -> Provider | None:
        return None if self.provider is None else PROVIDERS[self.provider]

    def _endpoint(self, url: str, generates: bool, embeds: bool) -> EndpointOptions:
        """The server of a URL that is given by flags."""
        kinds = (GENERATIVE_KINDS if generates else ()) + (("embedding",) if embeds else ())
        endpoint = EndpointOptions(
            url,
            kinds,
            self.name if generates else "",
            (self.embedding_name or self.name) if embeds else "",
        )
        provider = self._provider
        if provider is None or not generates:
            return endpoint
        usual = self.embedding_name or provider.embedding_name or self.name
        return replace(
            endpoint,
            embedding_name=usual if embeds else "",
            limit=provider.limit,
            key_env=provider.key_env,
        )
