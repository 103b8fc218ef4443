"""Reads the body of an HTTP 200 response: a valid answer, or a failure with its reason.

HTTP 200 proves little: gateways truncate bodies, overloaded servers send no choices, broken weights
give NaN. None of this may reach a persona, so all of it counts as a failed attempt.
"""

from __future__ import annotations

import base64
import binascii
import re
from typing import Final

import numpy as np
import numpy.typing as npt

from ga_ooo.model.client._bodies import MAX_NAME, Body, malformed, read_object, text_of
from ga_ooo.model.client._http.server_message import read_message
from ga_ooo.model.client._reasoning import without_reasoning
from ga_ooo.model.errors import FailureKind, TransientModelError
from ga_ooo.model.requests import CallKind, ModelAnswer

ENVELOPE_FACTOR: Final = 8
"""Room for JSON escapes (six bytes for one) and the fields around the text."""

_MAX_COUNT: Final = 10**12
"""Larger counts of tokens are errors of the server, and the journal could not store them."""

_LONE_SURROGATE: Final = re.compile("[\ud800-\udfff]")


class ThoughtOnlyError(TransientModelError):
    """The answer holds reasoning only.

    Attributes:
        was_cut: the limit of output tokens ended it.
    """

    def __init__(self, url: str, reason: str) -> None:
        self.was_cut = reason == "length"
        end = ", cut by the limit of output tokens" if self.was_cut else ""
        super().__init__(FailureKind.EMPTY, f"{url} answered with reasoning only{end}")


def read_answer(
    kind: CallKind, content: bytes, url: str, max_bytes: int, sent: Body | None = None
) -> ModelAnswer:
    """Read and check the body of an HTTP 200 response.

    Args:
        kind: kind of the request as it was sent.
        content: the body.
        url: the server, for messages.
        max_bytes: maximum length of generated text, in bytes of UTF-8.
        sent: the body of the request, whose prompt must not appear in messages.

    Raises:
        ThoughtOnlyError: the answer holds reasoning only.
        TransientModelError: the body holds no valid answer (malformed, empty, too large).
    """
    if len(content) > max_bytes * ENVELOPE_FACTOR:
        raise _too_large(url, len(content), max_bytes)
    body = read_object(content, url, sent)
    _refuse_error(body, content, url, sent)
    usage = body.get("usage")
    usage = usage if isinstance(usage, dict) else {}
    text, finish_reason = "", "stop"
    embedding: tuple[float, ...] = ()
    if kind is CallKind.EMBEDDING:
        embedding = _read_embedding(body, url)
    else:
        text, finish_reason = _read_text(kind, body, url)
        size = len(text.encode())
        if size > max_bytes:
            raise _too_large(url, size, max_bytes)
    return ModelAnswer(
        text=text,
        embedding=embedding,
        finish_reason=finish_reason,
        prompt_tokens=_count(usage.get("prompt_tokens")),
        output_tokens=_count(usage.get("completion_tokens")),
        model=_name(body.get("model"), ""),
        cached_tokens=_cached(usage),
    )


def shows_reasoning(kind: CallKind, content: bytes, url: str) -> bool:
    """Whether an answer contains reasoning, in its text or apart from it.

    Raises:
        TransientModelError: the body holds no answer. An empty text is one.
    """
    body = read_object(content, url)
    _refuse_error(body, content, url)
    _, holder = _choice(kind, body, url)
    text = text_of(holder.get(_text_field(kind)))
    return bool(_thoughts(holder)) or without_reasoning(text or "") != (text or "")


def _refuse_error(body: Body, content: bytes, url: str, sent: Body | None = None) -> None:
    """Some gateways answer HTTP 200 with an error in the body."""
    if body.get("error") and not body.get("choices") and not body.get("data"):
        message = read_message(content, sent)
        busy = message.code.startswith("429")
        kind = FailureKind.BUSY if busy else FailureKind.SERVER
        raise TransientModelError(kind, f"{url} answered with an error: {message.shown()}")


def _choice(kind: CallKind, body: Body, url: str) -> tuple[Body, Body]:
    """The first choice, and the part of it that holds the text."""
    choices = body.get("choices")
    if not isinstance(choices, list) or not choices or not isinstance(choices[0], dict):
        raise malformed(url, "the answer has no choices")
    choice = choices[0]
    holder = choice.get("message") if kind is CallKind.CHAT else choice
    if not isinstance(holder, dict):
        raise malformed(url, "the answer has no message")
    return choice, holder


def _read_text(kind: CallKind, body: Body, url: str) -> tuple[str, str]:
    choice, holder = _choice(kind, body, url)
    reason = _name(choice.get("finish_reason"), "stop")
    content = holder.get(_text_field(kind))
    whole = text_of(content)
    if whole is None:
        raise malformed(url, "the answer's content is not a text")
    text = _storable(without_reasoning(whole))
    if text:
        return text, reason
    if whole or _thoughts(holder):
        raise ThoughtOnlyError(url, reason)
    shown = reason if re.fullmatch(r"[a-z_-]{1,30}", reason) else "unknown"
    refusal = ", the model refuses this prompt" if holder.get("refusal") else ""
    raise TransientModelError(
        FailureKind.EMPTY, f"{url} answered with no text (finish reason: {shown}{refusal})"
    )


def _text_field(kind: CallKind) -> str:
    return "content" if kind is CallKind.CHAT else "text"


def _thoughts(holder: Body) -> object:
    """Reasoning apart from the text, under the names of several servers."""
    content = holder.get("content")
    apart = holder.get("reasoning_content") or holder.get("reasoning") or holder.get("thinking")
    parts = content if isinstance(content, list) else []
    return apart or any(
        isinstance(part, dict) and part.get("type") in ("thinking", "reasoning") for part in parts
    )


def _storable(text: str) -> str:
    """The text without NUL and halves of surrogate pairs, which no file of the host can hold."""
    return _LONE_SURROGATE.sub("\ufffd", text).replace("\0", "")


def _name(value: object, default: str) -> str:
    return _storable(value[:MAX_NAME]) if isinstance(value, str) else default


def _read_embedding(body: Body, url: str) -> tuple[float, ...]:
    data = body.get("data")
    if not isinstance(data, list) or len(data) != 1 or not isinstance(data[0], dict):
        raise malformed(url, "the answer does not hold exactly one embedding")
    vector = _vector(data[0].get("embedding"), url)
    if vector.ndim != 1 or vector.size == 0:
        raise malformed(url, "the embedding is not a vector")
    if not np.isfinite(vector).all():
        raise malformed(url, "the embedding has entries that are not finite")
    with np.errstate(over="ignore", under="ignore"):
        norm = float(vector @ vector)
    if not 0.0 < norm < np.inf:
        # The host divides by the norm of embeddings.
        raise malformed(url, "the embedding's length is zero, or too large for a number")
    return tuple(vector.tolist())


def _vector(value: object, url: str) -> npt.NDArray[np.float64]:
    try:
        if isinstance(value, str):
            # The API's base64 format: little-endian float32.
            raw = np.frombuffer(base64.b64decode(value, validate=True), dtype="<f4")
            return raw.astype(np.float64)
        if isinstance(value, list):
            numbers = np.asarray(value)
            if numbers.dtype.kind in "fiu":
                return numbers.astype(np.float64)
    except (ValueError, TypeError, OverflowError, binascii.Error) as error:
        raise malformed(url, "the embedding is not a list of numbers") from error
    raise malformed(url, "the answer has no embedding")


def _count(value: object) -> int:
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return value if isinstance(value, int) and 0 <= value < _MAX_COUNT else 0


def _cached(usage: Body) -> int:
    details = usage.get("prompt_tokens_details")
    return _count(details.get("cached_tokens")) if isinstance(details, dict) else 0


def _too_large(url: str, size: int, limit: int) -> TransientModelError:
    return TransientModelError(
        FailureKind.TOO_LARGE, f"{url} answered with {size} bytes; the limit is {limit}"
    )
