"""A model server as both sides of this package see it: the client that asks it, and the router."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final, Protocol
from urllib.parse import SplitResult, parse_qsl, urlsplit

from ga_ooo.errors import UsageError
from ga_ooo.model.requests import GENERATION, CallKind, ModelClient

_METHODS: Final = (*("/chat/completions", "/completions", "/embeddings", "/models", "/responses"),)
"""Paths of the API below its base URL. Services print URLs that end in one of them."""

_SECRET: Final = re.compile(r"key|token|secret|sig|pass|auth|code|credential|subscription", re.I)
"""Names of query parameters whose values may be secret."""

API_VERSION: Final = "api-version"
"""Query parameter by which Azure's API is recognised."""


@dataclass(frozen=True, slots=True)
class EndpointConfig:
    """Where a server is and which calls it gets.

    Attributes:
        url: base URL of the API, without a query. ``/v1`` is added if the URL has no path, and
            the path of a method such as ``/chat/completions`` is removed.
        kinds: kinds of calls that are sent to it.
        limit: maximum number of outstanding calls.
        key_variable: environment variable that holds the API key.
        is_local: this process itself answers; ``url`` is only a name then.
        query: query parameters of the URL, which are sent with every request.

    Raises:
        UsageError: the URL is not valid, or contains what may be a secret.
    """

    url: str
    kinds: frozenset[CallKind] = GENERATION
    limit: int = 256
    key_variable: str = "OPENAI_API_KEY"
    is_local: bool = False
    query: tuple[tuple[str, str], ...] = field(init=False, default=())

    def __post_init__(self) -> None:
        if self.is_local:
            return
        parts = _split(self.url)
        query = tuple(parse_qsl(parts.query, keep_blank_values=True))
        secret = next((name for name, _ in query if _SECRET.search(name)), None)
        if parts.username or parts.password or secret or parts.fragment:
            # The URL appears in logs and error messages.
            part = f"the parameter {secret!r} after the ?" if secret else "a user name or password"
            part = "a part after the #" if parts.fragment else part
            raise UsageError(
                f"the URL of the model server at {parts.hostname} contains {part}",
                f"remove it, and put the API key into the environment variable {self.key_variable}",
            )
        object.__setattr__(self, "url", f"{parts.scheme}://{parts.netloc}{_base(parts.path)}")
        object.__setattr__(self, "query", query)

    @property
    def root(self) -> str:
        """The URL without ``/v1``, under which ``/health`` and ``/metrics`` lie."""
        return self.url.removesuffix("/v1")

    def shown(self, path: str = "") -> str:
        """The URL of a path below the base URL for messages; of the query, only the API version."""
        query = [f"{name}={value if name == API_VERSION else '...'}" for name, value in self.query]
        return f"{self.url}{path}{'?' * bool(query)}{'&'.join(query)}"


def _split(url: str) -> SplitResult:
    try:
        parts = urlsplit(url.strip())
        has_host = bool(parts.hostname) and not re.search(r"[\s\x00-\x1f]", parts.netloc)
        if parts.scheme in ("http", "https") and has_host and parts.port != 0:
            return parts
    except ValueError:  # a port that is no number, an IPv6 address without its bracket
        pass
    raise UsageError(
        f"not a model server's URL: {url!r}", "give one such as http://localhost:8000/v1"
    )


def _base(path: str) -> str:
    """The path of the API's base URL from the path that the user gave."""
    path = path.rstrip("/")
    if not path:
        return "/v1"
    return next((path.removesuffix(end) for end in _METHODS if path.endswith(end)), path)


@dataclass(frozen=True, slots=True)
class Capabilities:
    """The capabilities that a probe found.

    Attributes:
        models: served names.
        priority: the server schedules by priority.
        embedding_width: length of its embeddings; None if it gets no embedding calls.
        answering: the model that answers each kind of call, in words.
        notes: how requests for this server differ from OpenAI's published form, in words.
    """

    models: tuple[str, ...] = ()
    priority: bool = False
    embedding_width: int | None = None
    answering: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ServerLoad:
    """Load of one server, summed over all of its engines.

    Attributes:
        running: requests in generation.
        waiting: requests in the server's own queue.
        kv_cache_usage: share of the key-value cache in use, in [0, 1]; with several engines, that
            of the fullest.
    """

    running: int = 0
    waiting: int = 0
    kv_cache_usage: float = 0.0


class ServerClient(ModelClient, Protocol):
    """The client of one endpoint, as the router uses it.

    Attributes:
        capabilities: found by the last probe.
    """

    capabilities: Capabilities

    @property
    def late(self) -> int:
        """Answers that arrived whole at the moment when their deadline expired."""
        ...

    async def probe(self) -> Capabilities:
        """Verify that the server can answer calls, and find its other capabilities.

        Raises:
            ModelError: it cannot answer calls.
        """
        ...

    async def find_form(self) -> str | None:
        """Find out how the model is given the form of an answer; or the reason why it cannot be.

        Raises:
            ModelError: the server does not answer any more.
        """
        ...

    async def check(self) -> ServerLoad | None:
        """Ask for health and load; None if the server publishes no load.

        Raises:
            ModelError: the server is not healthy.
        """
        ...
