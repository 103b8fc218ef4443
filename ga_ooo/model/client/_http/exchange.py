"""One request and its response: deadlines, and the translation of all failures."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import openai

from ga_ooo.errors import ModelError
from ga_ooo.model.client._http.connections import Connections
from ga_ooo.model.client._http.failures import SentRequest, connection_failure, status_failure
from ga_ooo.model.endpoints import EndpointConfig
from ga_ooo.model.errors import FailureKind, TransientModelError


class Exchange:
    """Sends requests to one server.

    Args:
        config: the server.
        attempt_deadline_s: seconds for a POST request, from sending it to the whole response.
        connect_deadline_s: seconds for connecting, and for a GET request.
        max_bytes: maximum size of a response body.
        ca: file with further certificates of authorities; None for none.

    Attributes:
        late: responses that arrived whole at the moment when their deadline expired.

    Raises:
        UsageError: the key, the proxy or the certificates of the environment cannot be used.
    """

    def __init__(
        self,
        config: EndpointConfig,
        *,
        attempt_deadline_s: float,
        connect_deadline_s: float,
        max_bytes: int,
        ca: Path | None,
    ) -> None:
        self.late = 0
        self._config = config
        self._attempt_deadline_s = attempt_deadline_s
        self._connect_deadline_s = connect_deadline_s
        self._connections = Connections(config, connect_deadline_s, max_bytes, ca)

    async def post(self, path: str, body: Mapping[str, Any]) -> bytes:
        """Send a request to a path below the base URL; returns the body of the response.

        Raises:
            ModelError: no whole response, or a status of 300 or above.
        """
        try:
            async with asyncio.timeout(self._attempt_deadline_s) as scope:
                content = await self._connections.post(path, body)
            # The answer is whole although its deadline expired: use it instead of asking again.
            self.late += scope.expired()
            return content
        except Exception as error:
            request = self._sent("POST", self._config.shown(path), body)
            raise _failure(error, request, self._attempt_deadline_s) from None

    async def get(self, url: str) -> bytes:
        """Send a GET request to an absolute URL; returns the body of the response.

        Raises:
            ModelError: no whole response, or a status of 300 or above.
        """
        try:
            async with asyncio.timeout(self._connect_deadline_s):
                return await self._connections.get(url)
        except Exception as error:
            request = self._sent("GET", url, None)
            raise _failure(error, request, self._connect_deadline_s) from None

    async def close(self) -> None:
        """Close all connections. A second call does nothing."""
        await self._connections.close()

    def _sent(self, method: str, url: str, body: Mapping[str, Any] | None) -> SentRequest:
        connections = self._connections
        return SentRequest(
            method, url, body, connections.key, self._config.key_variable, connections.proxy
        )


def _failure(error: Exception, request: SentRequest, deadline_s: float) -> ModelError:
    """The error for any exception; odd responses make the HTTP libraries raise all kinds."""
    if isinstance(error, ModelError):
        return error
    if isinstance(error, TimeoutError):
        return TransientModelError(
            FailureKind.TIMEOUT,
            f"{request}: no whole answer within {deadline_s:g} s",
            remedy=request.proxy_remedy,
        )
    if isinstance(error, openai.APIStatusError):
        response = error.response
        return status_failure(request, error.status_code, response.headers, response.content)
    return connection_failure(error, request)
