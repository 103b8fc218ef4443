"""A model server as both sides of this package see it: the client that asks it, and the router."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol
from urllib.parse import urlsplit

from ga_ooo.errors import UsageError
from ga_ooo.model.requests import GENERATION, CallKind, ModelClient


@dataclass(frozen=True, slots=True)
class EndpointConfig:
    """Where a server is and which calls it gets.

    Attributes:
        url: base URL of the API; ``/v1`` is added if the URL has no path.
        kinds: kinds of calls that are sent to it.
        limit: maximum number of outstanding calls.
        key_variable: environment variable that holds the API key.

    Raises:
        UsageError: the URL is not valid.
    """

    url: str
    kinds: frozenset[CallKind] = GENERATION
    limit: int = 256
    key_variable: str = "OPENAI_API_KEY"

    def __post_init__(self) -> None:
        parts = urlsplit(self.url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise UsageError(
                f"not a model server's URL: {self.url!r}",
                "give one such as http://localhost:8000/v1",
            )
        if parts.username or parts.password or parts.query or parts.fragment:
            # Any of these may be a secret, and the URL appears in logs and error messages.
            raise UsageError(
                f"the URL of the model server at {parts.hostname} holds more than a path",
                f"put the API key into the environment variable {self.key_variable}",
            )
        path = parts.path.rstrip("/") or "/v1"
        object.__setattr__(self, "url", f"{parts.scheme}://{parts.netloc}{path}")

    @property
    def root(self) -> str:
        """The URL without ``/v1``, under which ``/health`` and ``/metrics`` lie."""
        return self.url.removesuffix("/v1")


@dataclass(frozen=True, slots=True)
class Capabilities:
    """The capabilities that a probe found.

    Attributes:
        models: served names.
        priority: the server schedules by priority.
        embedding_width: length of its embeddings; None if it gets no embedding calls.
    """

    models: tuple[str, ...] = ()
    priority: bool = False
    embedding_width: int | None = None


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
        late: answers that arrived whole at the moment when their deadline expired.
    """

    late: int

    async def probe(self) -> Capabilities:
        """Verify that the server can answer calls, and find its other capabilities.

        Raises:
            ModelError: it cannot answer calls.
        """
        ...

    async def check(self) -> ServerLoad | None:
        """Ask for health and load; None if the server publishes no load.

        Raises:
            ModelError: the server is not healthy.
        """
        ...
