"""HTTP to one server through ``openai.AsyncOpenAI``, for a thousand concurrent requests.

The HTTP library searches all connections of a pool for each request, so one pool of 256 costs three
times the CPU time of eight pools of 32. Requests fill one pool after the other, so a small number
of requests shares a small number of connections and keeps them alive.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import openai

from ga_ooo.errors import UsageError
from ga_ooo.model.client._http.network import http, proxy_for, tls_context
from ga_ooo.model.client._http.transport import GuardedTransport
from ga_ooo.model.endpoints import API_VERSION, EndpointConfig

_NO_KEY: Final = "EMPTY"  # as in vLLM's own examples for servers without a key

# Less than the 5 s after which uvicorn (vLLM's HTTP server) closes an idle connection: a request on
# a connection that is being closed would be reset.
_KEEPALIVE_S: Final = 3.0

_REQUESTS_PER_POOL: Final = 32


@dataclass(slots=True)
class _Pool:
    """A client with its own connections, and its number of outstanding requests."""

    client: openai.AsyncOpenAI
    requests: int = 0


class Connections:
    """Sends each request to one server once, without retries.

    Args:
        config: the server.
        connect_deadline_s: seconds for connecting; the caller limits whole requests.
        max_bytes: maximum size of a response body.
        ca: file with further certificates of authorities; None for none.

    Attributes:
        proxy: the proxy through which the server is reached; None for a direct connection.
        key: the API key; empty if the variable is not set.

    Raises:
        UsageError: the key, the proxy or the certificates of the environment cannot be used.
    """

    def __init__(
        self,
        config: EndpointConfig,
        connect_deadline_s: float,
        max_bytes: int,
        ca: Path | None = None,
    ) -> None:
        self.proxy = proxy_for(config.url)
        self.key = _key(config.key_variable)
        self._config = config
        self._timeout = http.Timeout(None, connect=connect_deadline_s)
        self._max_bytes = max_bytes
        # Without TLS no trust store is read, and no redirect can lead to https.
        self._tls = tls_context(ca) if config.url.startswith("https:") else False
        self._pools: list[_Pool] = []

    async def post(self, path: str, body: Mapping[str, Any]) -> bytes:
        """Send a POST request and read the whole response.

        Args:
            path: path below the base URL.
            body: sent as JSON.

        Raises:
            openai.APIError: HTTP status 300 or above, or no whole response.
            ModelError: the response is too large, or redirects to another server.
        """
        pool = self._pool()
        pool.requests += 1
        try:
            response = await pool.client.post(path, cast_to=http.Response, body=body)
            return bytes(response.content)
        finally:
            pool.requests -= 1

    async def get(self, url: str) -> bytes:
        """Send a GET request and read the whole response.

        Args:
            url: absolute URL.

        Raises:
            openai.APIError: HTTP status 300 or above, or no whole response.
            ModelError: the response is too large, or redirects to another server.
        """
        response = await self._pool().client.get(url, cast_to=http.Response)
        return bytes(response.content)

    async def close(self) -> None:
        """Close all connections. A second call does nothing."""
        for pool in self._pools:
            await pool.client.close()
        self._pools.clear()

    def _pool(self) -> _Pool:
        """The first pool that is not full."""
        for pool in self._pools:
            if pool.requests < _REQUESTS_PER_POOL:
                return pool
        self._pools.append(_Pool(self._client()))
        return self._pools[-1]

    def _client(self) -> openai.AsyncOpenAI:
        limits = http.Limits(
            max_connections=None,
            max_keepalive_connections=2 * _REQUESTS_PER_POOL,
            keepalive_expiry=_KEEPALIVE_S,
        )
        transport = GuardedTransport(self._config, self._max_bytes, self._tls, self.proxy, limits)
        return openai.AsyncOpenAI(
            base_url=self._config.url,
            api_key=self.key or _NO_KEY,
            max_retries=0,
            default_query=dict(self._config.query),
            default_headers=self._headers(),
            http_client=openai.DefaultAsyncHttpxClient(
                transport=transport, trust_env=False, timeout=self._timeout
            ),
        )

    def _headers(self) -> dict[str, str]:
        # Responses are read up to a limit, so they should not be compressed.
        headers = {"Accept-Encoding": "identity"}
        if self.key and any(name == API_VERSION for name, _ in self._config.query):
            # Azure's API with versions in the URL reads keys from this header only.
            headers["api-key"] = self.key
        return headers


def _key(variable: str) -> str:
    key = os.environ.get(variable, "").strip()
    if not (key.isascii() and key.isprintable()):
        # Not quoted, since it may be the key with a typing error.
        raise UsageError(
            f"the API key in {variable} contains a character that no key has",
            f"copy the key into {variable} again",
        )
    return key
