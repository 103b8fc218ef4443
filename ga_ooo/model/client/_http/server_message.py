"""Reads what a server says about a failure, from the body of its response.

Servers, gateways and proxies word errors in many shapes. All of these are read::

    {"error": {"message": "...", "code": "...", "type": "...", "param": "..."}}    OpenAI, vLLM
    [{"error": {...}}]                                                             Gemini
    {"error": "...", "error_type": "..."}                                          TGI, Ollama
    {"detail": "..."}, {"detail": [{"loc": [...], "msg": "..."}]}                  FastAPI
    {"message": "...", "code": ...}                                                older vLLM, Azure
    {"title": "...", "detail": "..."}                                              RFC 9457
    plain text, or a page of HTML with a title                                     proxies

Some servers quote the request in the message. A prompt is private and must not appear in logs, so
everything that also occurs in the prompt is removed, and API keys are too.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

_MAX_READ: Final = 20_000
"""Bytes of a body that are searched for a message; pages of HTML can be long."""

_MAX_SHOWN: Final = 300
"""Characters of a message that are shown."""

_MAX_COMPARED: Final = 1_200
"""Characters of a message that are compared with the prompt."""

_MIN_QUOTED: Final = 14
"""A run of this many equal characters in message and prompt is a quotation."""

_MIN_CUT: Final = 4
"""The same at the end of a message, where the quotation may be cut."""

_REMOVED: Final = "[...]"

_CONTENT_FIELDS: Final = ("messages", "prompt", "input")
_WORD_FIELDS: Final = ("message", "detail", "msg", "error", "title", "error_description", "reason")

_QUOTED_INPUT: Final = re.compile(r"['\"]?(?<![a-z_])input['\"]?\s*[:=]|input_value\s*=")
"""Where pydantic begins to quote the input that it refuses."""

_KEY: Final = re.compile(r"\b(sk|pk|key|hf|gsk|xai|AIza|eyJ)[-_][\w.*-]{4,}|\bAIza[\w-]{8,}")


@dataclass(frozen=True, slots=True)
class ServerMessage:
    """A message about a failure.

    Attributes:
        text: the message on one line, without the prompt; at most 1,200 characters.
        code: the error's code and type, joined by a blank; empty if there are none.
        parameter: the field of the request that the error is about; empty if it names none.
        fields: all other fields of the error.
    """

    text: str
    code: str = ""
    parameter: str = ""
    fields: Mapping[str, Any] = field(default_factory=dict)

    def shown(self, key: str = "") -> str:
        """The message for the user: one short line without prompt and API key."""
        text = _QUOTED_INPUT.split(self.text, maxsplit=1)[0]
        text = text.replace(key, _REMOVED) if key else text
        text = _KEY.sub(_REMOVED, text) or self.code or "(without a message)"
        return text if len(text) <= _MAX_SHOWN else f"{text[:_MAX_SHOWN]} ..."


def read_message(content: bytes, body: Mapping[str, Any] | None = None) -> ServerMessage:
    """Read the body of a failed response. Never raises.

    Args:
        content: the body of the response.
        body: JSON body of the request, whose prompt is removed from the message.
    """
    message = _parse(content)
    text, code = (_without_prompt(each, body or {}) for each in (message.text, message.code))
    return replace(message, text=text, code=code)


def _parse(content: bytes) -> ServerMessage:
    text = content[:_MAX_READ].decode("utf-8", "replace").strip()
    try:
        body: object = json.loads(content) if len(content) <= _MAX_READ else None
    except (ValueError, RecursionError):
        body = None
    while isinstance(body, list) and body:
        body = body[0]
    if isinstance(body, dict):
        return _from_object(body)
    if isinstance(body, str):
        return ServerMessage(body)
    return ServerMessage(_from_page(text) if re.match(r"<[!a-zA-Z?]", text) else text)


def _from_object(body: Mapping[str, Any]) -> ServerMessage:
    error = body.get("error")
    inner = error if isinstance(error, dict) else body
    code = inner.get("code") or (body.get("error_type") if inner is body else None)
    names = [_short(value) for value in (code, inner.get("type")) if value]
    located = _located(inner.get("detail"))
    return ServerMessage(
        next(_messages(inner), ""),
        " ".join(dict.fromkeys(names)),
        _short(inner.get("param") or located or ""),
        {str(name): value for name, value in inner.items()},
    )


def _messages(error: Mapping[str, Any]) -> Iterator[str]:
    for name in _WORD_FIELDS:
        value = error.get(name)
        if isinstance(value, str) and value.strip():
            yield value
        elif isinstance(value, list):
            parts = [_detail(part) for part in value[:3]]
            if any(parts):
                yield "; ".join(part for part in parts if part)
        elif isinstance(value, dict):
            yield from _messages(value)


def _detail(part: object) -> str:
    if isinstance(part, str):
        return part
    if not isinstance(part, dict):
        return ""
    where = part.get("loc")
    path = ".".join(map(_short, where)) if isinstance(where, list) else ""
    words = _short(part.get("msg") or part.get("message") or "")
    return f"{path}: {words}" if path and words else words


def _located(detail: object) -> str:
    """FastAPI's path to the refused field, such as ``body.temperature``."""
    if isinstance(detail, list) and detail and isinstance(detail[0], dict):
        where = detail[0].get("loc")
        if isinstance(where, list):
            return ".".join(map(_short, where))
    return ""


def _short(value: object) -> str:
    """A value of any type as a short text."""
    try:
        return value[:500] if isinstance(value, str) else str(value)[:500]
    except (ValueError, RecursionError):  # integers of more than 4,300 digits
        return ""


def _from_page(page: str) -> str:
    for tag in ("title", "h1"):
        found = re.search(rf"<{tag}\b[^>]*>(.*?)</{tag}", page, re.IGNORECASE | re.DOTALL)
        if found and found.group(1).strip():
            return html.unescape(re.sub(r"<[^>]*>", " ", found.group(1)))
    page = re.sub(r"<(script|style)\b.*?(</\1>|$)", " ", page, flags=re.IGNORECASE | re.DOTALL)
    return html.unescape(re.sub(r"<[^>]*>", " ", page))


def _without_prompt(message: str, body: Mapping[str, Any]) -> str:
    """A message without the parts that also occur in the prompt of the request.

    Both are compared without escapes and differences in blanks, so that a quotation as JSON, as a
    Python literal or as HTML is found, too. It may be part of the prompt.
    """
    prompt = _plain(" ".join(_texts([body.get(name) for name in _CONTENT_FIELDS])))
    plain = _plain(message)[:_MAX_COMPARED]
    if not prompt:
        return plain
    if plain.strip("\"'") and plain.strip("\"'") in prompt:
        return _REMOVED
    plain = _without_cut_quotation(plain, prompt)
    keep: list[str] = []
    at = 0
    while at < len(plain):
        length = _quoted_length(plain, at, prompt)
        if length:
            keep.append(_REMOVED)
            at += length
        else:
            keep.append(plain[at])
            at += 1
    return "".join(keep)


def _without_cut_quotation(message: str, prompt: str) -> str:
    """A message without its end, if it is cut within a quotation of the prompt's beginning."""
    for length in range(min(_MIN_QUOTED, len(message)) - 1, _MIN_CUT - 1, -1):
        if prompt.startswith(message[-length:]):
            return message[:-length] + _REMOVED
    return message


def _quoted_length(message: str, at: int, prompt: str) -> int:
    """Length of the quotation that begins there; 0 if none does."""
    least = min(_MIN_QUOTED, max(len(prompt), 3))
    if len(message) - at < least or message[at : at + least] not in prompt:
        return 0
    # Only a whole short prompt counts, not a word of the message that happens to contain it.
    if least < _MIN_QUOTED and re.search(r"\w", message[at - 1 : at] + message[at + least :][:1]):
        return 0
    length = least
    while at + length < len(message) and message[at : at + length + 1] in prompt:
        length += 1
    return length


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for name, inner in value.items():
            if name != "role":
                yield from _texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _texts(inner)


def _plain(text: str) -> str:
    """A text without escapes, control characters and repeated blanks."""
    text = re.sub(r"\\u([0-9a-fA-F]{4})", lambda found: chr(int(found.group(1), 16)), text)
    text = re.sub(r"\\+[nrt]", " ", text)
    text = html.unescape(re.sub(r"\\+(?=[\"'/\\])", "", text))
    return " ".join("".join(char if char.isprintable() else " " for char in text).split())
