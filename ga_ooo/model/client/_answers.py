"""Reads the body of an HTTP 200 response: a valid answer, or a failure with its reason.

HTTP 200 proves little: gateways truncate bodies, overloaded servers send no choices, broken weights
give NaN. None of this may reach a persona, so all of it counts as a failed attempt.
"""

from __future__ import annotations

import base64
import binascii
import json
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from ga_ooo.model.errors import FailureKind, TransientModelError
from ga_ooo.model.requests import CallKind, ModelAnswer

# Room for JSON escapes (six bytes for one) and the fields around the text.
_ENVELOPE_FACTOR: Final = 8


def read_answer(kind: CallKind, content: bytes, url: str, max_bytes: int) -> ModelAnswer:
    """Read and check the body of an HTTP 200 answer.

    Args:
        kind: kind of the request as it was sent.
        content: the body.
        url: the server, for messages.
        max_bytes: maximum length of generated text, in bytes of UTF-8.

    Raises:
        TransientModelError: the body holds no valid answer (malformed, empty, too large).
    """
    if len(content) > max_bytes * _ENVELOPE_FACTOR:
        raise _too_large(url, len(content), max_bytes)
    body = read_object(content, url)
    usage = body.get("usage")
    usage = usage if isinstance(usage, dict) else {}
    model = body.get("model")
    text, finish_reason = "", "stop"
    embedding: tuple[float, ...] = ()
    if kind is CallKind.EMBEDDING:
        embedding = _read_embedding(body, url)
    else:
        text, finish_reason = _read_text(kind, body, url)
        size = len(text.encode("utf-8", "surrogatepass"))
        if size > max_bytes:
            raise _too_large(url, size, max_bytes)
    return ModelAnswer(
        text=text,
        embedding=embedding,
        finish_reason=finish_reason,
        prompt_tokens=_count(usage.get("prompt_tokens")),
        output_tokens=_count(usage.get("completion_tokens")),
        model=model if isinstance(model, str) else "",
    )


def read_object(content: bytes, url: str) -> dict[str, Any]:
    """The body as a JSON object.

    Raises:
        TransientModelError: it is no JSON object.
    """
    try:
        body = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise _malformed(url, f"the body of {len(content)} bytes is not JSON") from error
    if not isinstance(body, dict):
        raise _malformed(url, "the body is not a JSON object")
    return body


def _read_text(kind: CallKind, body: dict[str, Any], url: str) -> tuple[str, str]:
    choices = body.get("choices")
    if not isinstance(choices, list) or not choices or not isinstance(choices[0], dict):
        raise _malformed(url, "the answer has no choices")
    choice = choices[0]
    holder = choice.get("message") if kind is CallKind.CHAT else choice
    if not isinstance(holder, dict):
        raise _malformed(url, "the answer has no message")
    text = holder.get("content" if kind is CallKind.CHAT else "text")
    reason = choice.get("finish_reason")
    reason = reason if isinstance(reason, str) else "stop"
    if text is None or text == "":
        raise TransientModelError(
            FailureKind.EMPTY, f"{url} answered with no text (finish reason: {reason})"
        )
    if not isinstance(text, str):
        raise _malformed(url, "the answer's content is not a text")
    return text, reason


def _read_embedding(body: dict[str, Any], url: str) -> tuple[float, ...]:
    data = body.get("data")
    if not isinstance(data, list) or len(data) != 1 or not isinstance(data[0], dict):
        raise _malformed(url, "the answer does not hold exactly one embedding")
    vector = _vector(data[0].get("embedding"), url)
    if vector.ndim != 1 or vector.size == 0:
        raise _malformed(url, "the embedding is not a vector")
    if not np.isfinite(vector).all():
        raise _malformed(url, "the embedding has entries that are not finite")
    if not vector.any():
        # The host divides by the norm of embeddings.
        raise _malformed(url, "the embedding is all zeros")
    return tuple(vector.tolist())


def _vector(value: object, url: str) -> npt.NDArray[np.float64]:
    try:
        if isinstance(value, str):
            # The API's base64 format: little-endian float32.
            raw = np.frombuffer(base64.b64decode(value, validate=True), dtype="<f4")
            return raw.astype(np.float64)
        if isinstance(value, list):
            return np.asarray(value, dtype=np.float64)
    except (ValueError, TypeError, binascii.Error) as error:
        raise _malformed(url, "the embedding is not a list of numbers") from error
    raise _malformed(url, "the answer has no embedding")


def _count(value: object) -> int:
    return value if isinstance(value, int) else 0


def _malformed(url: str, problem: str) -> TransientModelError:
    return TransientModelError(FailureKind.MALFORMED, f"{url}: {problem}")


def _too_large(url: str, size: int, limit: int) -> TransientModelError:
    return TransientModelError(
        FailureKind.TOO_LARGE, f"{url} answered with {size} bytes; the limit is {limit}"
    )
