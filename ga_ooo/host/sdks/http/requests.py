"""The stand-in for ``requests``.

Where the real package is installed, everything but the answers of models is its own: sessions,
exceptions, adapters.
"""

from __future__ import annotations

import importlib
import json
from collections.abc import Callable
from types import ModuleType
from typing import Any, Final

from ga_ooo.host.sdks.host_model import HostModel
from ga_ooo.host.sdks.http.wire import Wire, WireReply
from ga_ooo.host.sdks.parts import Client, Named, SdkModule, client_class, errors
from ga_ooo.host.sdks.replies import Chunks, RefuseName

_METHODS: Final = ("get", "options", "head", "post", "put", "patch", "delete")

_ERRORS: Final = errors(
    (
        *("RequestException", "HTTPError", "ConnectionError", "Timeout", "ConnectTimeout"),
        *("ReadTimeout", "JSONDecodeError", "TooManyRedirects", "SSLError", "InvalidURL"),
        *("ChunkedEncodingError", "MissingSchema", "ProxyError"),
    )
)


class Response(Named):
    """The answer of a model; always a success.

    Args:
        url: of the request.
        reply: of the model.
        refuse: ends the run.
    """

    def __init__(self, url: str, reply: WireReply, refuse: RefuseName) -> None:
        super().__init__(
            "requests.Response",
            refuse,
            url=url,
            status_code=200,
            reason="OK",
            ok=True,
            encoding="utf-8",
            apparent_encoding="utf-8",
            headers=reply.headers,
            content=reply.content,
            text=reply.content.decode(),
            history=[],
            cookies={},
        )

    def json(self, **options: Any) -> Any:
        """The body as an object."""
        return json.loads(self.content, **options)

    def raise_for_status(self) -> None:
        """Nothing to raise."""

    def iter_lines(self, *sizes: Any, decode_unicode: bool = False, **options: Any) -> Chunks:
        """The lines of the body."""
        return Chunks(*(self.text if decode_unicode else self.content).splitlines())

    def iter_content(self, *sizes: Any, decode_unicode: bool = False, **options: Any) -> Chunks:
        """The body, in one piece."""
        return Chunks(self.text if decode_unicode else self.content)

    def close(self) -> None:
        """Nothing to close."""

    def __enter__(self) -> Response:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.close()


class _Requests:
    """The functions of the module, and those of a session where the real package is missing.

    Args:
        model: ends the run.
    """

    def __init__(self, model: HostModel) -> None:
        self._model = model
        self._wire = Wire(model)

    def request(self, method: str, url: str, **arguments: Any) -> Any:
        """Send a request: to the model, or by the real package."""
        body = arguments.get("json")
        reply = self.answer(method, url, arguments.get("data") if body is None else body)
        if reply is not None:
            return reply
        real = _real_package()
        if real is None:
            self._model.refuse(
                f"the host sends {method.upper()} {url} by requests, which is not installed",
                "install it: pip install requests",
            )
        return real.request(method, url, **arguments)

    def answer(self, method: str, url: str, body: Any) -> Response | None:
        """The response of a model; None for a request to another server."""
        reply = self._wire.answer(method, url, body)
        return None if reply is None else Response(str(url), reply, self._model.refuse_name)

    def parts(self) -> dict[str, Any]:
        """The functions, by name."""
        return {"request": self.request, **{name: self._shorthand(name) for name in _METHODS}}

    def session(self) -> Any:
        """A session: the real one with the answers of models, where it is installed."""
        real = _real_package()
        if real is not None:
            return _session_class(vars(real)["Session"], self.answer)()
        known: dict[str, Any] = {
            "headers": {},
            "auth": None,
            "verify": True,
            "proxies": {},
            "params": {},
        }
        return Client(
            "requests.Session()", self._model.refuse_name, **known, **self.parts(), mount=_mount
        )

    def _shorthand(self, method: str) -> Callable[..., Any]:
        # The second argument is the body of some methods, and the query of the others.
        second = "data" if method in ("post", "put", "patch") else "params"

        def send(url: str, *values: Any, **arguments: Any) -> Any:
            given = dict(zip((second, "json"), values, strict=False))
            return self.request(method, url, **given, **arguments)

        return send


def make(model: HostModel) -> dict[str, ModuleType]:
    """The module ``requests``."""
    requests = _Requests(model)
    names = {
        **requests.parts(),
        "Session": client_class("Session", "requests", requests.session),
        "session": requests.session,
    }
    return {"requests": SdkModule("requests", model.refuse_name, names, _other_name)}


def _session_class(real: Any, answer: Callable[[str, str, Any], Any]) -> Any:
    def send(self: Any, request: Any, **arguments: Any) -> Any:
        reply = answer(request.method, request.url, request.body)
        return real.send(self, request, **arguments) if reply is None else reply

    return type("Session", (real,), {"send": send, "__module__": "requests"})


def _other_name(name: str) -> Any:
    """A name of the real package; its exceptions, where it is missing."""
    real = _real_package()
    if real is None:
        if name == "exceptions":
            exceptions = ModuleType("requests.exceptions")
            vars(exceptions).update(_ERRORS)
            return exceptions
        return _ERRORS.get(name)
    return getattr(real, name, None)


def _real_package() -> Any:
    try:
        return importlib.import_module("requests")
    except ImportError:
        return None


def _mount(prefix: str, adapter: Any) -> None:
    """Connections have no effect."""
