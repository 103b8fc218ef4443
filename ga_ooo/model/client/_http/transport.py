"""The HTTP transports below the openai client, with limits on what a server can do to it.

- A response is read up to a number of bytes, after decompression too: a body without an end, or a
  small body that expands to gigabytes, ends in an error while it is read.
- A redirect is followed at the same origin only, so that prompts and keys reach no other server.

For Azure's API, which is recognised by the query parameter ``api-version``, the key is sent in the
header ``api-key``.

Requests go by aiohttp, which takes a third of the CPU time of the usual HTTP library of openai. The
adapter that openai brings for aiohttp is not used: it limits nothing, and reports a connection
that a server closes as one that could not be opened in time. aiohttp knows no SOCKS proxies, so
requests through one go by the usual library.
"""

from __future__ import annotations

import asyncio
import ssl
import zlib
from abc import abstractmethod
from collections.abc import AsyncIterable, Iterable, Mapping
from typing import Any, Final

import aiohttp
from multidict import CIMultiDict
from yarl import URL

from ga_ooo.model.client._http.network import Proxy, http
from ga_ooo.model.endpoints import API_VERSION, EndpointConfig
from ga_ooo.model.errors import FailureKind, RedirectedError, TransientModelError

_ZLIB_ENCODINGS: Final = {"gzip", "x-gzip", "deflate"}
_DETECT_FORMAT: Final = zlib.MAX_WBITS | 32
"""Window bits by which zlib recognises both the gzip and the zlib format."""

_LOSES_THE_BODY: Final = frozenset({301, 302, 303})
"""Redirects after which clients repeat a POST request as a GET request."""

_KEEPALIVE_S: Final = 3.0
"""Less than the 5 s after which uvicorn (vLLM's HTTP server) closes an idle connection: a request
on a connection that is being closed would be reset."""


_MOST_OPENING: Final = 32
"""Connections that are opened at the same time."""

_KEPT_FORMS: Final = 64
"""URLs and headers that are kept in the form of aiohttp."""


class GuardedTransport(http.AsyncBaseTransport):  # type: ignore[misc] # its module is found at run time
    """Sends requests to one origin, and reads whole responses up to a size.

    Args:
        config: the server.
        max_bytes: maximum size of a response body after decompression.
    """

    def __init__(self, config: EndpointConfig, max_bytes: int) -> None:
        self._url = config.url
        self._origin = _origin(http.URL(config.url))
        self._is_azure = API_VERSION in dict(config.query)
        self._max_bytes = max_bytes

    async def handle_async_request(self, request: Any) -> Any:
        """Send one request.

        Raises:
            RedirectedError: it would go to another origin, or lose its body.
            TransientModelError: the response is too large, or cannot be decompressed.
        """
        if _origin(request.url) != self._origin:
            raise RedirectedError(self._url, str(request.url.copy_with(query=None)))
        if self._is_azure and (key := request.headers.get("authorization", "")):
            headers = request.headers.copy()
            del headers["authorization"]
            headers["api-key"] = key.removeprefix("Bearer ")
            request.headers = headers
        return await self._send(request)

    @abstractmethod
    async def _send(self, request: Any) -> Any:
        """Send a request that is allowed, and return :meth:`_whole` of its response."""

    async def _whole(
        self,
        request: Any,
        status: int,
        headers: Mapping[str, str],
        raw_headers: Iterable[tuple[bytes, bytes]],
        parts: AsyncIterable[bytes],
    ) -> Any:
        """The response with its whole body, decompressed."""
        if status in _LOSES_THE_BODY and request.method == "POST":
            raise RedirectedError(self._url, headers.get("location", "nowhere"))
        encoding = headers.get("content-encoding", "identity").strip().lower()
        kept = list(raw_headers)
        if encoding != "identity":
            # The HTTP library would decompress again.
            kept = [(name, value) for name, value in kept if name.lower() != b"content-encoding"]
        return _WholeResponse(status, kept, await self._read(parts, encoding), request)

    async def _read(self, parts: AsyncIterable[bytes], encoding: str) -> bytes:
        left, chunks, decompressor = self._max_bytes, [], None
        if encoding in _ZLIB_ENCODINGS:
            decompressor = zlib.decompressobj(_DETECT_FORMAT)
        elif encoding != "identity":
            raise self._malformed(f"is encoded as {encoding[:20]!r}, without being asked")
        async for part in parts:
            chunk = part
            if decompressor is not None:
                try:
                    chunk = decompressor.decompress(part, left + 1)
                except zlib.error as error:
                    raise self._malformed(f"cannot be decompressed ({error})") from None
            left -= len(chunk)
            if left < 0:
                raise TransientModelError(
                    FailureKind.TOO_LARGE,
                    f"{self._url} sent a response of more than {self._max_bytes} bytes",
                )
            chunks.append(chunk)
        return b"".join(chunks)

    def _malformed(self, problem: str) -> TransientModelError:
        return TransientModelError(FailureKind.MALFORMED, f"{self._url}: the response {problem}")


class _WholeResponse(http.Response):  # type: ignore[misc] # as above
    """A response whose body has been read."""

    def __init__(
        self, status: int, headers: list[tuple[bytes, bytes]], content: bytes, request: Any
    ) -> None:
        super().__init__(status, headers=headers, stream=http.ByteStream(content), request=request)
        self._whole = content

    @property
    def content(self) -> bytes:
        """The body."""
        return self._whole


class _Connector(aiohttp.TCPConnector):
    """Opens few connections at the same time.

    If a process begins thousands of requests at once, it is busy for longer than the deadline of a
    connection. So the deadline must not begin before the process can look after the connection.
    """

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._openings = asyncio.Semaphore(_MOST_OPENING)

    async def _create_connection(self, *args: Any, **options: Any) -> Any:
        async with self._openings:
            await asyncio.sleep(0)
            return await super()._create_connection(*args, **options)


class AiohttpTransport(GuardedTransport):
    """Sends requests by aiohttp, directly or through an HTTP proxy.

    Args:
        config: the server.
        max_bytes: maximum size of a response body after decompression.
        tls: trusted certificates; False if the URL is not https.
        proxy: proxy of the environment; None for a direct connection.
        connect_deadline_s: seconds for a connection.
    """

    def __init__(
        self,
        config: EndpointConfig,
        max_bytes: int,
        tls: ssl.SSLContext | bool,
        proxy: Proxy | None,
        connect_deadline_s: float,
    ) -> None:
        super().__init__(config, max_bytes)
        self._tls = tls
        self._proxy = proxy.url if proxy else None
        self._timeout = aiohttp.ClientTimeout(total=None, sock_connect=connect_deadline_s)
        self._session: aiohttp.ClientSession | None = None
        self._forms: dict[int, tuple[Any, URL, CIMultiDict[str]]] = {}

    async def aclose(self) -> None:
        """Close all connections."""
        if self._session is not None:
            await self._session.close()

    async def _send(self, request: Any) -> Any:
        try:
            try:
                return await self._exchange(request)
            except aiohttp.ClientConnectionError as error:
                if not isinstance(error.__cause__ or error, aiohttp.ClientConnectionResetError):
                    raise
                # The server was closing the idle connection, so it has got no whole request.
                return await self._exchange(request)
        except aiohttp.ServerTimeoutError as error:
            raise http.ConnectTimeout(str(error), request=request) from error
        except aiohttp.ClientError as error:
            raise http.NetworkError(str(error), request=request) from error

    async def _exchange(self, request: Any) -> Any:
        url, headers = self._known(request)
        async with self._opened().request(
            request.method,
            url,
            data=await request.aread() or None,
            headers=headers,
            allow_redirects=False,
            proxy=self._proxy,
        ) as response:
            return await self._whole(
                request,
                response.status,
                response.headers,
                response.raw_headers,
                response.content.iter_any(),
            )

    def _known(self, request: Any) -> tuple[URL, CIMultiDict[str]]:
        """URL and headers in the form of aiohttp. Most requests share their headers."""
        known = self._forms.get(id(request.headers))
        if known is None or known[0] is not request.headers:
            headers = CIMultiDict(request.headers.multi_items())
            headers.popall("content-length", None)
            known = request.headers, URL(str(request.url), encoded=True), headers
            if len(self._forms) >= _KEPT_FORMS:
                self._forms.clear()
            self._forms[id(request.headers)] = known
        return known[1:]

    def _opened(self) -> aiohttp.ClientSession:
        """The session. It belongs to a running loop, so the first request opens it."""
        if self._session is None:
            connector = _Connector(limit=0, ssl=self._tls, keepalive_timeout=_KEEPALIVE_S)
            self._session = aiohttp.ClientSession(
                connector=connector,
                cookie_jar=aiohttp.DummyCookieJar(),
                auto_decompress=False,
                timeout=self._timeout,
                trust_env=False,
            )
        return self._session


class SocksTransport(GuardedTransport):
    """Sends requests through a SOCKS proxy.

    Args:
        config: the server.
        max_bytes: maximum size of a response body after decompression.
        tls: trusted certificates; False if the URL is not https.
        proxy: proxy of the environment.
    """

    def __init__(
        self, config: EndpointConfig, max_bytes: int, tls: ssl.SSLContext | bool, proxy: Proxy
    ) -> None:
        super().__init__(config, max_bytes)
        limits = http.Limits(max_connections=None, keepalive_expiry=_KEEPALIVE_S)
        self._inner = http.AsyncHTTPTransport(
            verify=tls, proxy=proxy.url, limits=limits, trust_env=False
        )

    async def aclose(self) -> None:
        """Close all connections."""
        await self._inner.aclose()

    async def _send(self, request: Any) -> Any:
        if content := await request.aread():
            request.headers = request.headers.copy()
            request.headers["content-length"] = str(len(content))
        response = await self._inner.handle_async_request(request)
        try:
            return await self._whole(
                request,
                response.status_code,
                response.headers,
                response.headers.raw,
                response.stream,
            )
        finally:
            await response.aclose()


def _origin(url: Any) -> tuple[str, str, int]:
    default = 443 if url.scheme == "https" else 80
    return url.scheme, url.host, url.port or default
