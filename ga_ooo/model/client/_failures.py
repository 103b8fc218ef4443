"""Translates failures of the HTTP client into errors of this package.

============================================ ====================================
connection error, reset, truncated body      transient (connection)
attempt's deadline, connect timeout          transient (timeout)
408, 409, 5xx                                transient (server), ``Retry-After`` is obeyed
429                                          transient (busy), ``Retry-After`` is obeyed
200 without a valid answer                   transient (malformed, empty, too large)
400 because of the context length            :class:`ContextLengthError`
400, 422 that names a parameter              :class:`RefusedParameterError`
400, 413, 422 and any other 4xx              :class:`RefusedRequestError`
401, 403                                     :class:`KeyRefusedError`
404                                          :class:`UnknownModelError`
============================================ ====================================
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from typing import Any, Final

import openai

from ga_ooo.errors import ModelError
from ga_ooo.model.errors import (
    ContextLengthError,
    FailureKind,
    RefusedParameterError,
    RefusedRequestError,
    TransientModelError,
)

_MESSAGE_LENGTH: Final = 200

# The longest wait that a server can ask for.
_MAX_RETRY_AFTER_S: Final = 300.0

_CONTEXT_WORDS: Final = re.compile(
    r"context.?length|context.?size|context window|model length|max_model_len"
    r"|prompt is too long|exceed_context_size",
    re.IGNORECASE,
)
_LIMIT_PATTERNS: Final = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        r"(?:context|model) length (?:is|of) (?:only )?(\d+)",
        r"(?:context length|context size) \((\d+)",
        r"> ?(\d+) maximum",
    )
)
_PROMPT_PATTERNS: Final = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        r"(\d+) in the (?:messages|prompt)",
        r"(?:contains|has) (?:at least )?(\d+) input tokens",
        r"(\d+) (?:tokens from the input|prompt tokens)",
        r"messages resulted in (\d+)",
        r"prompt \(length (\d+)\)",
        r"(?:input|request|prompt) \((\d+) tokens",
        r"too long: (\d+)",
        r"requested (\d+) tokens",
    )
)
# The content of a request. An error that names one of these refuses no sampling parameter.
_CONTENT_FIELDS: Final = frozenset({"model", "messages", "prompt", "input"})


def connection_failure(error: openai.APIError, url: str) -> TransientModelError:
    """A failure without an HTTP status: no connection, a broken one, or a response without HTTP."""
    if isinstance(error, openai.APITimeoutError):
        return TransientModelError(FailureKind.TIMEOUT, f"{url}: connecting took too long")
    cause = type(error.__cause__ or error).__name__
    return TransientModelError(FailureKind.CONNECTION, f"{url}: {cause}")


def transient_status(error: openai.APIStatusError, url: str) -> TransientModelError | None:
    """The HTTP status as a transient failure; None if it is final."""
    status = error.status_code
    if status == 429:
        kind = FailureKind.BUSY
    elif status in (408, 409) or status >= 500:
        kind = FailureKind.SERVER
    else:
        return None
    return TransientModelError(kind, f"{url}: HTTP {status}", retry_after(error.response.headers))


def refusal(error: openai.APIStatusError, url: str, body: Mapping[str, Any]) -> ModelError:
    """The error for a status 4xx other than 401, 403 and 404.

    Args:
        error: exception of the HTTP client.
        url: base URL of the server.
        body: JSON body of the request; its parameter names are searched for in the message.
    """
    details = error.body if isinstance(error.body, dict) else {}
    message = str(details.get("message") or error.message)
    if _CONTEXT_WORDS.search(f"{message} {details.get('code')} {details.get('type')}"):
        return ContextLengthError(
            url,
            prompt_tokens=_number(details.get("n_prompt_tokens"), _PROMPT_PATTERNS, message),
            limit=_number(details.get("n_ctx"), _LIMIT_PATTERNS, message),
            exact="at least" not in message,
        )
    parameter = _refused_parameter(details, message, body)
    if parameter and error.status_code in (400, 422):
        return RefusedParameterError(url, parameter, without_input(message))
    return RefusedRequestError(url, error.status_code, without_input(message))


def without_input(message: str) -> str:
    """The server's message, cut before the point where it quotes the request with the prompt."""
    head = re.split(r"['\"]input['\"]\s*:|input_value=", message, maxsplit=1)[0]
    head = " ".join(head.split())
    return head if len(head) <= _MESSAGE_LENGTH else head[:_MESSAGE_LENGTH] + " ..."


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds of the ``Retry-After`` header (RFC 9110, section 10.2.3); None without one.

    A date is compared with the server's own ``Date``, so neither clock has to be right.
    """
    value = headers.get("retry-after")
    if value is None:
        return None
    if re.fullmatch(r"\s*\d+(\.\d+)?\s*", value):
        seconds = float(value)
    else:
        try:
            until = parsedate_to_datetime(value)
            since = parsedate_to_datetime(headers.get("date", ""))
            seconds = (until - since).total_seconds()
        except (ValueError, TypeError):
            return None
    return min(max(0.0, seconds), _MAX_RETRY_AFTER_S)


def _number(field: object, patterns: tuple[re.Pattern[str], ...], message: str) -> int | None:
    if isinstance(field, int):
        return field
    for pattern in patterns:
        if found := pattern.search(message):
            return int(found.group(1))
    return None


def _refused_parameter(
    details: Mapping[str, Any], message: str, body: Mapping[str, Any]
) -> str | None:
    named = details.get("param")
    if isinstance(named, str) and named:
        # vLLM: the path to the field, such as body.messages.0.content.
        name = named.removeprefix("body.").partition(".")[0]
        return None if name in _CONTENT_FIELDS else name
    for name in body:
        if name not in _CONTENT_FIELDS and re.search(rf"\b{re.escape(name)}\b", message):
            return name
    return None
