"""Reads the body of an HTTP 200 response as JSON, and the text of a content."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, Final, TypeAlias

from ga_ooo.model.client._http.server_message import read_message
from ga_ooo.model.errors import FailureKind, TransientModelError

Body: TypeAlias = dict[str, Any]

MAX_NAME: Final = 200
"""Characters of a name that are kept."""

_MAX_NAMES: Final = 10_000
"""Entries of a list of models that are read."""


def read_object(content: bytes, url: str, sent: Body | None = None) -> Body:
    """The body as a JSON object.

    A stream of server-sent events is joined into one, and an answer of the responses API becomes
    one of chat.

    Args:
        content: the body of the response.
        url: the server, for messages.
        sent: the body of the request, whose prompt must not appear in messages.

    Raises:
        TransientModelError: it is no JSON object.
    """
    if content.lstrip()[:6] in (b"data: ", b"event:"):
        return _joined_stream(content, url)
    body = _parsed(content, url, sent)
    return _as_chat(body) if isinstance(body.get("output"), list) else body


def _parsed(content: bytes, url: str, sent: Body | None = None) -> Body:
    try:
        body = json.loads(content)
    except (ValueError, RecursionError) as error:
        is_page = content.lstrip()[:1] == b"<"
        title = f" ({read_message(content, sent).shown()[:100]})" if is_page else ""
        problem = f"the body of {len(content)} bytes is not JSON{title}"
        raise malformed(url, problem) from error
    if not isinstance(body, dict):
        raise malformed(url, "the body is not a JSON object")
    return body


def read_names(content: bytes, url: str) -> tuple[str, ...]:
    """The model names in a list of models.

    Raises:
        TransientModelError: the body is not JSON.
    """
    if content.lstrip()[:1] == b"[":
        content = b'{"data":' + content + b"}"
    body = read_object(content, url)
    listed = body.get("data") or body.get("models")
    entries = listed[:_MAX_NAMES] if isinstance(listed, list) else []
    names = (e.get("id") or e.get("name") for e in entries if isinstance(e, dict))
    known = (name for name in names if isinstance(name, str) and name.isprintable())
    return tuple(dict.fromkeys(name[:MAX_NAME] for name in known))


def text_of(content: object) -> str | None:
    """The text of a content, which may be a list of parts; None if it is no text."""
    if content is None:
        return ""
    if isinstance(content, str):
        return content
    if isinstance(content, list):
        parts = list(_text_parts(content))
        return None if None in parts else "".join(part or "" for part in parts)
    return None


def malformed(url: str, problem: str) -> TransientModelError:
    """The failure for a body that holds no valid answer."""
    return TransientModelError(FailureKind.MALFORMED, f"{url}: {problem}")


def _text_parts(content: list[object]) -> Iterator[str | None]:
    """The parts of type text; None for what is no part. Other types, such as thoughts, are none."""
    for part in content:
        if isinstance(part, dict) and part.get("type", "text") in ("text", "output_text"):
            text = part.get("text")
            yield text if isinstance(text, str) else None
        elif not isinstance(part, dict) or not isinstance(part.get("type"), str):
            yield None


def _as_chat(body: Body) -> Body:
    """An answer of the responses API in the shape of a chat's answer."""
    text: list[str] = []
    message: Body = {}
    for item in body["output"]:
        if not isinstance(item, dict):
            continue
        if item.get("type") == "reasoning":
            message["reasoning"] = "reasoning"
        elif item.get("type") == "message":
            text.append(text_of(item.get("content")) or "")
    reason = "length" if body.get("status") == "incomplete" else "stop"
    usage = body.get("usage")
    counts = usage if isinstance(usage, dict) else {}
    return {
        **body,
        "choices": [{"message": {**message, "content": "".join(text)}, "finish_reason": reason}],
        "usage": {
            "prompt_tokens": counts.get("input_tokens"),
            "completion_tokens": counts.get("output_tokens"),
        },
    }


def _joined_stream(content: bytes, url: str) -> Body:
    """The whole answer from a server that streams although it was not asked to."""
    joined: Body = {}
    choice: Body = {}
    text: list[str] = []
    for line in content.splitlines():
        name, _, data = line.partition(b":")
        if name.strip() != b"data" or data.strip() == b"[DONE]":
            continue
        chunk = _parsed(data.strip(), url)
        joined |= _given(chunk)
        choices = chunk.get("choices")
        if isinstance(choices, list) and choices and isinstance(choices[0], dict):
            choice |= _given(choices[0])
            text.append(_text_of_chunk(choices[0]))
    if not choice:
        return joined
    whole = "".join(text)
    return {**joined, "choices": [{**choice, "text": whole, "message": {"content": whole}}]}


def _text_of_chunk(choice: Body) -> str:
    for name in ("delta", "message"):
        holder = choice.get(name)
        if isinstance(holder, dict):
            return text_of(holder.get("content")) or ""
    return text_of(choice.get("text")) or ""


def _given(fields: Body) -> Body:
    return {name: value for name, value in fields.items() if value is not None}
