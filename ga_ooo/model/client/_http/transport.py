"""The HTTP transport below the openai client, with limits on what a server can do to it.

- A response is read up to a number of bytes, after decompression too: a body without an end, or a
  small body that expands to gigabytes, ends in an error while it is read.
- A redirect is followed at the same origin only, so that prompts and keys reach no other server.

For Azure's API, which is recognised by the query parameter ``api-version``, the key is sent in the
header ``api-key``.
"""

from __future__ import annotations

import ssl
import zlib
from collections.abc import AsyncIterator
from typing import Any, Final

from ga_ooo.model.client._http.network import Proxy, http
from ga_ooo.model.endpoints import API_VERSION, EndpointConfig
from ga_ooo.model.errors import FailureKind, RedirectedError, TransientModelError

_ZLIB_ENCODINGS: Final = {"gzip", "x-gzip", "deflate"}
_DETECT_FORMAT: Final = zlib.MAX_WBITS | 32
"""Window bits by which zlib recognises both the gzip and the zlib format."""

_LOSES_THE_BODY: Final = frozenset({301, 302, 303})
"""Redirects after which clients repeat a POST request as a GET request."""


class GuardedTransport(http.AsyncBaseTransport):  # type: ignore[misc] # its module is found at run time
    """Sends requests to one origin, and limits the size of responses.

    Args:
        config: the server.
        max_bytes: maximum size of a response body after decompression.
        verify: trusted certificates; False if the URL is not https.
        proxy: proxy of the environment; None for a direct connection.
        limits: limits of the connection pool.
    """

    def __init__(
        self,
        config: EndpointConfig,
        max_bytes: int,
        verify: ssl.SSLContext | bool,
        proxy: Proxy | None,
        limits: Any,
    ) -> None:
        self._url = config.url
        self._origin = _origin(http.URL(config.url))
        self._is_azure = API_VERSION in dict(config.query)
        self._max_bytes = max_bytes
        self._inner = http.AsyncHTTPTransport(
            verify=verify, proxy=proxy.url if proxy else None, limits=limits, trust_env=False
        )

    async def handle_async_request(self, request: Any) -> Any:
        """Send one request.

        Raises:
            RedirectedError: it would go to another origin, or lose its body.
            TransientModelError: while the response is read: it is too large.
        """
        if _origin(request.url) != self._origin:
            raise RedirectedError(self._url, str(request.url.copy_with(query=None)))
        if self._is_azure and (key := request.headers.pop("authorization", "")):
            request.headers["api-key"] = key.removeprefix("Bearer ")
        response = await self._inner.handle_async_request(request)
        if response.status_code in _LOSES_THE_BODY and request.method == "POST":
            await response.aclose()
            raise RedirectedError(self._url, response.headers.get("location", "nowhere"))
        encoding = response.headers.get("content-encoding", "identity").strip().lower()
        if encoding != "identity":
            # The HTTP library would decompress without a limit.
            del response.headers["content-encoding"]
        response.stream = _BoundedStream(response.stream, encoding, self._url, self._max_bytes)
        return response

    async def aclose(self) -> None:
        """Close all connections."""
        await self._inner.aclose()


class _BoundedStream(http.AsyncByteStream):  # type: ignore[misc] # as above
    """A response body that is decompressed and counted while it is read."""

    def __init__(self, stream: Any, encoding: str, url: str, max_bytes: int) -> None:
        self._stream = stream
        self._encoding = encoding
        self._url = url
        self._max_bytes = max_bytes

    async def __aiter__(self) -> AsyncIterator[bytes]:
        left = self._max_bytes
        decompressor = None
        if self._encoding in _ZLIB_ENCODINGS:
            decompressor = zlib.decompressobj(_DETECT_FORMAT)
        elif self._encoding != "identity":
            raise self._malformed(f"is encoded as {self._encoding[:20]!r}, without being asked")
        async for part in self._stream:
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
            yield chunk

    async def aclose(self) -> None:
        await self._stream.aclose()

    def _malformed(self, problem: str) -> TransientModelError:
        return TransientModelError(FailureKind.MALFORMED, f"{self._url}: the response {problem}")


def _origin(url: Any) -> tuple[str, str, int]:
    default = 443 if url.scheme == "https" else 80
    return url.scheme, url.host, url.port or default
