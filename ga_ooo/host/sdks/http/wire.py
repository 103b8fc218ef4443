"""HTTP requests to the APIs of models, and their replies as HTTP has them."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeAlias
from urllib.parse import urlsplit

from ga_ooo.host.sdks import anthropic, ollama
from ga_ooo.host.sdks.google import api as gemini
from ga_ooo.host.sdks.host_model import HostModel
from ga_ooo.host.sdks.openai.endpoints import Endpoints
from ga_ooo.host.sdks.replies import Chunks

_Endpoint: TypeAlias = Callable[["re.Match[str]", dict[str, Any]], Any]
"""Takes the match of the path and the body, and gives a reply."""

_JSON: Final = "application/json"
_EVENTS: Final = "text/event-stream"
_LINES: Final = "application/x-ndjson"


@dataclass(frozen=True)
class WireReply:
    """The answer to an HTTP request.

    Attributes:
        content: body.
        kind: its content type.
    """

    content: bytes
    kind: str

    @property
    def headers(self) -> dict[str, str]:
        """The headers of the answer."""
        return {"content-type": self.kind, "content-length": str(len(self.content))}


class Wire:
    """Answers HTTP requests to model servers.

    Args:
        model: asked.
    """

    def __init__(self, model: HostModel) -> None:
        self._model = model
        self._table = [(re.compile(path), endpoint) for path, endpoint in _endpoints(model)]

    def answer(self, method: str, url: str, body: Any) -> WireReply | None:
        """The answer of the model; None if the request is to another kind of server.

        Args:
            method: of HTTP.
            url: of the request.
            body: JSON text, or an object that is sent as JSON.
        """
        path = urlsplit(str(url)).path.rstrip("/")
        for pattern, endpoint in self._table:
            match = pattern.search(path)
            if match is not None and method.upper() == "POST":
                given = _decoded(body)
                if given is None:
                    self._model.refuse(
                        f"the host asks a model by POST {path} with a body that is no JSON object",
                        "send the request as JSON",
                    )
                return _encoded(endpoint(match, given), path)
        return None


def _endpoints(model: HostModel) -> Iterator[tuple[str, _Endpoint]]:
    """A pattern of the path, and what answers: the first that matches counts."""
    local, claude, openai = ollama.Api(model), anthropic.Api(model), Endpoints(model)
    google = gemini.Api(model)

    def generate(match: re.Match[str], body: dict[str, Any]) -> Any:
        given = gemini.fields(body)
        config = {**gemini.fields(given.pop("generation_config", None)), **given}
        reply = google.generate(match[1], config.pop("contents"), config)
        return Chunks(reply) if match[2].startswith("stream") else reply

    def embed(match: re.Match[str], body: dict[str, Any]) -> Any:
        return {"embedding": {"values": list(google.embed(match[1], body["content"]).embedding)}}

    yield r"/api/chat$", lambda _, body: local.chat(**body)
    yield r"/api/generate$", lambda _, body: local.generate(**body)
    yield r"/api/embeddings$", lambda _, body: local.embeddings(**body)
    yield r"/api/embed$", lambda _, body: local.embed(**body)
    yield r"/v1/messages$", lambda _, body: claude.message(**body)
    yield r"/v1/complete$", lambda _, body: claude.complete(**body)
    yield r"/models/([^/:]+):(generateContent|streamGenerateContent)$", generate
    yield r"/models/([^/:]+):embedContent$", embed
    # Azure has the name of the model in the path.
    deployment = r"(?:/deployments/([^/]+))?"
    yield deployment + r"/chat/completions$", lambda m, body: openai.chat(**_named(m, body))
    yield deployment + r"/completions$", lambda m, body: openai.complete(**_named(m, body))
    yield deployment + r"/embeddings$", lambda m, body: openai.embed(**_named(m, body))
    yield r"/v1/responses$", lambda _, body: openai.respond(**body)


def _named(match: re.Match[str], body: dict[str, Any]) -> dict[str, Any]:
    return {"model": match[1], **body} if match[1] else body


def _decoded(body: Any) -> dict[str, Any] | None:
    if isinstance(body, str | bytes | bytearray):
        try:
            body = json.loads(body)
        except ValueError:
            return None
    return dict(body) if isinstance(body, Mapping) else None


def _encoded(reply: Any, path: str) -> WireReply:
    """A reply as JSON; a stream as events or lines, as the API has them."""
    is_gemini = "Content" in path.rpartition(":")[2]
    chunks = [reply] if not isinstance(reply, Chunks) else list(reply)
    texts = [_text(chunk, is_gemini) for chunk in chunks]
    if not isinstance(reply, Chunks):
        return WireReply(texts[0].encode(), _JSON)
    if "/api/" in path:
        return WireReply("".join(f"{text}\n" for text in texts).encode(), _LINES)
    named = "/v1/messages" in path
    events = [
        (f"event: {chunk['type']}\n" if named else "") + f"data: {text}\n\n"
        for chunk, text in zip(chunks, texts, strict=True)
    ]
    if not is_gemini and not named:
        events.append("data: [DONE]\n\n")
    return WireReply("".join(events).encode(), _EVENTS)


def _text(reply: Any, is_gemini: bool) -> str:
    if not is_gemini:
        return json.dumps(reply)
    # Not part of the API: the package adds them.
    known = {key: value for key, value in reply.items() if key not in ("text", "parts", "parsed")}
    return json.dumps(gemini.json_fields(known))
