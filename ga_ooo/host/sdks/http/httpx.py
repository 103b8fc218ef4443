"""The stand-in for ``httpx``: the real package, with the answers of models."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from types import ModuleType
from typing import Any, Final

from ga_ooo.host.sdks.host_model import HostModel
from ga_ooo.host.sdks.http.wire import Wire
from ga_ooo.host.sdks.parts import SdkModule, client_class

_METHODS: Final = ("get", "options", "head", "post", "put", "patch", "delete")

_OF_REQUESTS: Final = ("json", "data", "content", "params", "headers", "files", "cookies")
"""Arguments of a request; the others are about the connection."""


def make(model: HostModel) -> dict[str, ModuleType]:
    """The module ``httpx``."""
    wire = Wire(model)

    def answer(request: Any) -> Any:
        """The response of a model; None for a request to another server."""
        reply = wire.answer(request.method, str(request.url), request.read())
        if reply is None:
            return None
        headers, content = reply.headers, reply.content
        return _real("Response")(200, headers=headers, content=content, request=request)

    def request(method: str, url: Any, **arguments: Any) -> Any:
        about = {name: arguments[name] for name in _OF_REQUESTS if name in arguments}
        reply = answer(_real("Request")(method, url, **about))
        return _real("request")(method, url, **arguments) if reply is None else reply

    names = {
        "request": request,
        **{name: _shorthand(name, request) for name in _METHODS},
        "Client": client_class("Client", "httpx", lambda **s: _client(answer, **s)),
        "AsyncClient": client_class("AsyncClient", "httpx", lambda **s: _async_client(answer, **s)),
    }
    return {"httpx": SdkModule("httpx", model.refuse_name, names, _other_name)}


def _shorthand(method: str, request: Callable[..., Any]) -> Callable[..., Any]:
    def send(url: Any, **arguments: Any) -> Any:
        return request(method.upper(), url, **arguments)

    return send


def _client(answer: Callable[[Any], Any], **settings: Any) -> Any:
    real = _real("Client")

    def send(self: Any, request: Any, **arguments: Any) -> Any:
        reply = answer(request)
        return real.send(self, request, **arguments) if reply is None else reply

    return type("Client", (real,), {"send": send, "__module__": "httpx"})(**settings)


def _async_client(answer: Callable[[Any], Any], **settings: Any) -> Any:
    real = _real("AsyncClient")

    async def send(self: Any, request: Any, **arguments: Any) -> Any:
        reply = answer(request)
        return await real.send(self, request, **arguments) if reply is None else reply

    async def close(self: Any, *exc_info: object) -> None:
        # The real one asks which event loop runs, and nothing was opened.
        pass

    async def enter(self: Any) -> Any:
        return self

    methods = {"send": send, "aclose": close, "__aenter__": enter, "__aexit__": close}
    return type("AsyncClient", (real,), {**methods, "__module__": "httpx"})(**settings)


def _real(name: str) -> Any:
    return getattr(importlib.import_module("httpx"), name)


def _other_name(name: str) -> Any:
    return getattr(importlib.import_module("httpx"), name, None)
