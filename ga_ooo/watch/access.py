"""Keeps strangers out of the page: other machines, other users, and other web sites in the browser.

The server listens on the loopback interface only, but every user and every web site on this machine
can reach that. So each request must name this server as its host (a web site whose name resolves to
127.0.0.1 does not), must have no foreign origin, and must bring the token, which is in the address
that the user is shown and then in a cookie that no other site can send.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from http.cookies import CookieError, SimpleCookie
from typing import Final
from urllib.parse import parse_qs

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

HEADERS: Final[Mapping[str, str]] = {
    "Content-Security-Policy": "default-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'; object-src 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
"""Of each response: the page can load nothing from elsewhere, and no other page can embed it."""

_NO_TOKEN: Final = "Open the address that ga-ooo has printed: it contains the token of this page.\n"


class AccessControl:
    """An ASGI application in front of another one.

    Args:
        app: the application behind.
        port: on which the server listens.
        token: which a request must bring.
    """

    def __init__(self, app: ASGIApp, port: int, token: str) -> None:
        self._app = app
        self._hosts = {f"127.0.0.1:{port}", f"localhost:{port}"}
        self._token = token
        # Browsers send cookies to all ports of a host.
        self._cookie = f"ga_ooo_{port}"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or pass it to the application."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        if scope["type"] != "http":
            return
        headers = Headers(scope=scope)
        answer = self._refusal(scope, headers)
        await (answer or self._app)(scope, receive, _with_headers(send))

    def _refusal(self, scope: Scope, headers: Headers) -> Response | None:
        """An answer instead of that of the application; None if the request may pass."""
        if headers.get("host") not in self._hosts:
            return PlainTextResponse("This server has another name.\n", 421)
        origin = headers.get("origin")
        foreign = origin is not None and origin not in {f"http://{each}" for each in self._hosts}
        # A link from elsewhere may open the page, with its token, and nothing else.
        linked = headers.get("sec-fetch-site") in ("cross-site", "same-site")
        if foreign or (linked and scope["path"] != "/"):
            return PlainTextResponse("Requests of other sites are refused.\n", 403)
        given = parse_qs(scope["query_string"].decode("latin-1")).get("token", [""])[0]
        if scope["path"] == "/" and self._is_token(given):
            return self._entrance()
        if not self._is_token(_cookie(headers.get("cookie", ""), self._cookie)):
            return PlainTextResponse(_NO_TOKEN, 403)
        if scope["method"] == "POST" and origin is None:
            return PlainTextResponse("This request must name its origin.\n", 403)
        return None

    def _entrance(self) -> Response:
        """Move the token from the address, where it would be seen, into a cookie."""
        answer = RedirectResponse("/", 303)
        answer.set_cookie(self._cookie, self._token, httponly=True, samesite="strict", path="/")
        return answer

    def _is_token(self, given: str) -> bool:
        return secrets.compare_digest(given.encode(), self._token.encode())


def _cookie(header: str, name: str) -> str:
    try:
        found = SimpleCookie(header).get(name)
    except CookieError:
        return ""
    return "" if found is None else found.value


def _with_headers(send: Send) -> Send:
    async def sent(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(raw=message["headers"])
            for name, value in HEADERS.items():
                headers[name] = value
            message["headers"] = headers.raw
        await send(message)

    return sent
