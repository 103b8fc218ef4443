"""HTTP to one server through ``openai.AsyncOpenAI``, for a thousand concurrent requests.

The HTTP library searches all connections of a pool for each request, so one pool of 256 costs three
times the CPU time of eight pools of 32. Requests fill one pool after the other, so a small number
of requests shares a small number of connections and keeps them alive.
"""

from __future__ import annotations

import functools
import importlib
import os
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import openai

_NO_KEY: Final = "EMPTY"  # as in vLLM's own examples for servers without a key

# Less than the 5 s after which uvicorn (vLLM's HTTP server) closes an idle connection: a request on
# a connection that is being closed would be reset.
_KEEPALIVE_S: Final = 3.0

_REQUESTS_PER_POOL: Final = 32

# Versions 1 and 2 of openai use httpx, version 3 uses httpx2. This finds the right one.
_http: Any = importlib.import_module(
    openai.DefaultAsyncHttpxClient.__mro__[1].__module__.partition(".")[0]
)


@functools.cache
def _tls() -> ssl.SSLContext:
    """One context for all clients, since reading the trust store takes 0.1 s."""
    context: ssl.SSLContext = _http.create_ssl_context()
    return context


@dataclass(slots=True)
class _Pool:
    """A client with its own connections, and its number of outstanding requests."""

    client: openai.AsyncOpenAI
    requests: int = 0


class Connections:
    """Sends each request to one server once, without retries.

    Args:
        url: base URL of the API.
        key_variable: environment variable that holds the API key.
        connect_deadline_s: seconds for connecting; the caller limits whole requests.
    """

    def __init__(self, url: str, key_variable: str, connect_deadline_s: float) -> None:
        self._url = url
        self._key = os.environ.get(key_variable) or _NO_KEY
        self._timeout = _http.Timeout(None, connect=connect_deadline_s)
        self._pools: list[_Pool] = []

    async def post(self, path: str, body: Mapping[str, Any]) -> bytes:
        """Send a POST request and read the whole response.

        Args:
            path: path below the base URL.
            body: sent as JSON.

        Raises:
            openai.APIError: HTTP status 300 or above, or no whole response.
        """
        pool = self._pool()
        pool.requests += 1
        try:
            response = await pool.client.post(path, cast_to=_http.Response, body=body)
            return bytes(response.content)
        finally:
            pool.requests -= 1

    async def get(self, url: str) -> bytes:
        """Send a GET request and read the whole response.

        Args:
            url: absolute URL.

        Raises:
            openai.APIError: HTTP status 300 or above, or no whole response.
        """
        response = await self._pool().client.get(url, cast_to=_http.Response)
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
        http_client = openai.DefaultAsyncHttpxClient(
            limits=_http.Limits(
                max_connections=None,
                max_keepalive_connections=2 * _REQUESTS_PER_POOL,
                keepalive_expiry=_KEEPALIVE_S,
            ),
            verify=_tls(),
            timeout=self._timeout,
        )
        client = openai.AsyncOpenAI(
            base_url=self._url, api_key=self._key, max_retries=0, http_client=http_client
        )
        self._pools.append(_Pool(client))
        return self._pools[-1]
