"""Which failure of the HTTP client means what: the table behind retry and error messages.

============================================ ====================================
connection error, reset, truncated body      again (connection)
attempt's deadline, connect timeout          again (timeout)
408, 409, 5xx                                again (server), ``Retry-After`` honoured
429                                          again (busy), ``Retry-After`` honoured
200 that is no answer                        again (malformed, empty, too large)
400 because of the context's length          :class:`ContextLengthError`
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

_TOLD_LENGTH: Final = 200

# A server that asks for more is asked again sooner than it wants.
_MOST_RETRY_AFTER_S: Final = 300.0

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
# What is asked, as opposed to how: naming one of these refuses no parameter.
_CONTENT_FIELDS: Final = frozenset({"model", "messages", "prompt", "input"})


def connection_failure(error: openai.APIError, url: str) -> TransientModelError:
    """A failure without an HTTP status: no connection, one that broke, or no HTTP at all."""
    if isinstance(error, openai.APITimeoutError):
        return TransientModelError(FailureKind.TIMEOUT, f"{url}: connecting took too long")
    cause = type(error.__cause__ or error).__name__
    return TransientModelError(FailureKind.CONNECTION, f"{url}: {cause}")


def transient_status(error: openai.APIStatusError, url: str) -> TransientModelError | None:
    """The HTTP status as a failure that is tried again; None if it is final."""
    status = error.status_code
    if status == 429:
        kind = FailureKind.BUSY
    elif status in (408, 409) or status >= 500:
        kind = FailureKind.SERVER
    else:
        return None
    return TransientModelError(kind, f"{url}: HTTP {status}", retry_after(error.response.headers))


def refusal(error: openai.APIStatusError, url: str, body: Mapping[str, Any]) -> ModelError:
    """A 4xx other than 401, 403, 404 as the error that says what was refused.

    Args:
        error: the client's exception.
        url: the endpoint.
        body: the request's JSON body; its parameter names are looked for in the message.
    """
    details = error.body if isinstance(error.body, dict) else {}
    told = str(details.get("message") or error.message)
    if _CONTEXT_WORDS.search(f"{told} {details.get('code')} {details.get('type')}"):
        return ContextLengthError(
            url,
            prompt_tokens=_number(details.get("n_prompt_tokens"), _PROMPT_PATTERNS, told),
            limit=_number(details.get("n_ctx"), _LIMIT_PATTERNS, told),
            exact="at least" not in told,
        )
    parameter = _refused_parameter(details, told, body)
    if parameter and error.status_code in (400, 422):
        return RefusedParameterError(url, parameter, without_input(told))
    return RefusedRequestError(url, error.status_code, without_input(told))


def without_input(told: str) -> str:
    """The server's words, cut before it quotes the request: prompts stay out of messages."""
    head = re.split(r"['\"]input['\"]\s*:|input_value=", told, maxsplit=1)[0]
    head = " ".join(head.split())
    return head if len(head) <= _TOLD_LENGTH else head[:_TOLD_LENGTH] + " ..."


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds that the ``Retry-After`` header asks for (RFC 9110, 10.2.3); None without one.

    A date is read against the server's own ``Date``, so that neither clock has to be right.
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
    return min(max(0.0, seconds), _MOST_RETRY_AFTER_S)


def _number(field: object, patterns: tuple[re.Pattern[str], ...], told: str) -> int | None:
    if isinstance(field, int):
        return field
    for pattern in patterns:
        if found := pattern.search(told):
            return int(found.group(1))
    return None


def _refused_parameter(
    details: Mapping[str, Any], told: str, body: Mapping[str, Any]
) -> str | None:
    named = details.get("param")
    if isinstance(named, str) and named:
        # vLLM: the path to the field, such as body.messages.0.content.
        name = named.removeprefix("body.").partition(".")[0]
        return None if name in _CONTENT_FIELDS else name
    for name in body:
        if name not in _CONTENT_FIELDS and re.search(rf"\b{re.escape(name)}\b", told):
            return name
    return None
