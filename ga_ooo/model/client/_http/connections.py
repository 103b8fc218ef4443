"""HTTP to one server through ``openai.AsyncOpenAI``, for thousands of concurrent requests.

The openai client makes each request from nothing: it copies options, merges headers, parses the URL
three times and passes the request through steps that this package has no use for. That costs more
CPU time than sending it. So here it makes the first request of each path, and later requests are
that one with another body.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import msgspec
import openai

from ga_ooo.errors import UsageError
from ga_ooo.model.client._http.network import http, proxy_for, tls_context
from ga_ooo.model.client._http.transport import (
    AiohttpTransport,
    GuardedTransport,
    SocksTransport,
)
from ga_ooo.model.endpoints import API_VERSION, EndpointConfig

_NO_KEY: Final = "EMPTY"  # as in vLLM's own examples for servers without a key


class _HttpClient(openai.DefaultAsyncHttpxClient):
    """Passes requests to a transport at once: there are no cookies, hooks or further keys."""

    def __init__(self, transport: GuardedTransport, **options: Any) -> None:
        super().__init__(transport=transport, trust_env=False, **options)
        self._direct = transport

    async def send(self, request: Any, **options: Any) -> Any:
        """Send a request, and follow redirects as usual."""
        response = await self._direct.handle_async_request(request)
        if response.has_redirect_location:
            return await super().send(request, **options)
        return response


class _Repeated(http.Request):  # type: ignore[misc] # its base is found at run time
    """A request like an earlier one, with another body.

    Args:
        first: the earlier request.
        content: the body.
    """

    def __init__(self, first: Any, content: bytes) -> None:
        # Not that of the base, which would parse and copy what is known.
        self.method, self.url, self.headers = first.method, first.url, first.headers
        self.extensions = first.extensions
        self.stream = http.ByteStream(content)
        self._body = content

    @property
    def content(self) -> bytes:
        """The body."""
        return self._body

    async def aread(self) -> bytes:
        """The body."""
        return self._body


class _Client(openai.AsyncOpenAI):
    """Makes each request after the first one of its path from that one."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._options: dict[str, Any] = {}
        self._requests: dict[str, Any] = {}

    async def post_json(self, path: str, body: Mapping[str, Any]) -> Any:
        """As ``post``."""
        known = self._options.get(path)
        if known is None:
            return await self.post(path, cast_to=http.Response, body=body)
        return await self.request(http.Response, known.model_copy(update={"json_data": body}))

    def _build_request(self, options: Any, *, retries_taken: int = 0) -> Any:
        if options.method != "post":
            return super()._build_request(options, retries_taken=retries_taken)
        first = self._requests.get(options.url)
        if first is None:
            first = super()._build_request(options, retries_taken=retries_taken)
            del first.headers["content-length"]
            self._requests[options.url] = first
            self._options[options.url] = options
        return _Repeated(first, msgspec.json.encode(options.json_data))


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
        # Without TLS no trust store is read, and no redirect can lead to https.
        tls = tls_context(ca) if config.url.startswith("https:") else False
        transport: GuardedTransport
        if self.proxy is not None and self.proxy.is_socks:
            transport = SocksTransport(config, max_bytes, tls, self.proxy)
        else:
            transport = AiohttpTransport(config, max_bytes, tls, self.proxy, connect_deadline_s)
        timeout = http.Timeout(None, connect=connect_deadline_s)
        self._client = _Client(
            base_url=config.url,
            api_key=self.key or _NO_KEY,
            max_retries=0,
            default_query=dict(config.query),
            default_headers=_headers(config, self.key),
            http_client=_HttpClient(transport, timeout=timeout),
        )

    async def post(self, path: str, body: Mapping[str, Any]) -> bytes:
        """Send a POST request and read the whole response.

        Args:
            path: path below the base URL.
            body: sent as JSON.

        Raises:
            openai.APIError: HTTP status 300 or above, or no whole response.
            ModelError: the response is too large, or redirects to another server.
        """
        response = await self._client.post_json(path, body)
        return bytes(response.content)

    async def get(self, url: str) -> bytes:
        """Send a GET request and read the whole response.

        Args:
            url: absolute URL.

        Raises:
            openai.APIError: HTTP status 300 or above, or no whole response.
            ModelError: the response is too large, or redirects to another server.
        """
        response = await self._client.get(url, cast_to=http.Response)
        return bytes(response.content)

    async def close(self) -> None:
        """Close all connections. A second call does nothing."""
        await self._client.close()


def _headers(config: EndpointConfig, key: str) -> dict[str, str]:
    # Responses are read up to a limit, so they should not be compressed.
    headers = {"Accept-Encoding": "identity"}
    if key and any(name == API_VERSION for name, _ in config.query):
        # Azure's API with versions in the URL reads keys from this header only.
        headers["api-key"] = key
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
