"""The stand-in for ``urllib.request``: ``urlopen`` with the answers of models."""

from __future__ import annotations

import io
import urllib.request
from types import ModuleType
from typing import Any

from ga_ooo.host.sdks.host_model import HostModel
from ga_ooo.host.sdks.http.wire import Wire, WireReply
from ga_ooo.host.sdks.parts import SdkModule


class Response(io.BytesIO):
    """The answer of a model; always a success.

    Args:
        url: of the request.
        reply: of the model.
    """

    def __init__(self, url: str, reply: WireReply) -> None:
        super().__init__(reply.content)
        self.url = url
        self.status = self.code = 200
        self.reason = self.msg = "OK"
        self.headers = reply.headers

    def getcode(self) -> int:
        """The status."""
        return self.status

    def geturl(self) -> str:
        """The URL of the request."""
        return self.url

    def info(self) -> dict[str, str]:
        """The headers."""
        return self.headers

    def getheader(self, name: str, default: Any = None) -> Any:
        """One header."""
        return self.headers.get(name.lower(), default)


def make(model: HostModel) -> dict[str, ModuleType]:
    """The module ``urllib.request``."""
    wire = Wire(model)

    def urlopen(url: Any, data: Any = None, *values: Any, **arguments: Any) -> Any:
        is_request = isinstance(url, urllib.request.Request)
        address = url.full_url if is_request else str(url)
        body = url.data if is_request and data is None else data
        method = url.get_method() if is_request else "GET" if body is None else "POST"
        reply = None if body is None else wire.answer(method, address, body)
        if reply is not None:
            return Response(address, reply)
        return urllib.request.urlopen(url, data, *values, **arguments)

    module = SdkModule("urllib.request", model.refuse_name, {"urlopen": urlopen}, _other_name)
    return {"urllib.request": module}


def _other_name(name: str) -> Any:
    return getattr(urllib.request, name, None)
