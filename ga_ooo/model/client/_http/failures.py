"""Translates failures of the HTTP client into errors of this package.

============================================ ====================================
connection error, reset, truncated body      transient (connection)
attempt's deadline, connect timeout          transient (timeout)
408, 409, 5xx but 501                        transient (server)
429                                          transient (busy)
200 without a valid answer                   transient (malformed, empty, too large)
certificate that is not trusted, no TLS      :class:`TlsError`
402; any 4xx that says quota or credit       :class:`QuotaError`
4xx of a content filter                      :class:`ContentFilterError`
401, 403                                     :class:`KeyRefusedError`
4xx because of the context length            :class:`ContextLengthError`
4xx, 5xx that names a parameter of ours      :class:`RefusedParameterError`
404 about the model                          :class:`UnknownModelError` (the client adds names)
404, 405, 501 otherwise                      :class:`MissingMethodError`
any other 4xx                                :class:`RefusedRequestError`
============================================ ====================================
"""

from __future__ import annotations

import re
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import openai

from ga_ooo.errors import ModelError
from ga_ooo.model.client._http.network import Proxy, http
from ga_ooo.model.client._http.rate_limits import MAX_WAIT_S, is_quota, requested_wait
from ga_ooo.model.client._http.server_message import ServerMessage, read_message
from ga_ooo.model.errors import (
    ContentFilterError,
    ContextLengthError,
    FailureKind,
    KeyRefusedError,
    MissingMethodError,
    QuotaError,
    RefusedParameterError,
    RefusedRequestError,
    TlsError,
    TransientModelError,
    UnknownModelError,
)

_CONTEXT_WORDS: Final = re.compile(
    r"context.?length|context.?size|context window|model length|max_model_len"
    r"|prompt is too long|exceed_context_size|must have less than \d+ tokens",
    re.IGNORECASE,
)
# llama.cpp answers a long text to embed with HTTP 500; a repetition would get the same answer.
_TOO_LARGE: Final = re.compile(
    r"input.{0,40}too large to process|input prompt is too big", re.IGNORECASE
)
_LIMIT_PATTERNS: Final = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        r"(?:context|model) length (?:is|of) (?:only )?(\d{1,12})\b",
        r"(?:context length|context size) \((\d{1,12})\b",
        r"> ?(\d{1,12}) maximum",
        r"must have less than (\d{1,12}) tokens",
        r"current batch size: (\d{1,12})\b",
    )
)
_PROMPT_PATTERNS: Final = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        r"\b(\d{1,12}) in the (?:messages|prompt)",
        r"(?:contains|has) (?:at least )?(\d{1,12}) input tokens",
        r"\b(\d{1,12}) (?:tokens from the input|prompt tokens)",
        r"messages resulted in (\d{1,12})\b",
        r"prompt \(length (\d{1,12})\)",
        r"(?:input|request|prompt) \((\d{1,12}) tokens",
        r"too long: (\d{1,12})\b",
        r"requested (\d{1,12}) tokens",
        r"given: (\d{1,12})\b",
    )
)
_UNKNOWN_MODEL: Final = re.compile(
    r"model.{0,200}?(does not exist|not found|not exist|unknown|is not available)"
    r"|(no such|unknown|invalid|not a valid) model|deployment.{0,80}does not exist|model_not_found",
    re.IGNORECASE | re.DOTALL,
)
_WRONG_KIND: Final = re.compile(
    r"not a chat model|is a chat model|chat.?template(?!_kwargs)", re.IGNORECASE
)

_CONTENT_FILTER: Final = re.compile(
    r"content.?(filter|policy|management)|ResponsibleAIPolicy|input was flagged|safety system",
    re.IGNORECASE,
)

# The content of a request. An error that names one of these refuses no sampling parameter.
_CONTENT_FIELDS: Final = frozenset({"model", "messages", "prompt", "input"})


@dataclass(frozen=True, slots=True)
class SentRequest:
    """A request, as far as messages about its failure need it.

    Attributes:
        method: GET or POST.
        url: its URL without secrets.
        body: its JSON body; None for GET.
        key: the API key, which messages must not contain; empty if there is none.
        key_variable: environment variable of the key.
        proxy: the proxy that it goes through; None for a direct connection.
    """

    method: str
    url: str
    body: Mapping[str, Any] | None = None
    key: str = ""
    key_variable: str = "OPENAI_API_KEY"
    proxy: Proxy | None = None

    def __str__(self) -> str:
        via = f" through {self.proxy}" if self.proxy else ""
        return f"{self.method} {self.url}{via}"

    @property
    def proxy_remedy(self) -> str | None:
        """Remedy for a failure that the proxy may have caused."""
        if self.proxy is None:
            return None
        host = http.URL(self.url).host
        return (
            f"check {self.proxy}; set NO_PROXY={host} if the server is reachable without it; "
            "otherwise start the model server, or correct its URL"
        )


def connection_failure(error: BaseException, request: SentRequest) -> ModelError:
    """The error for a failure without an HTTP status: no connection, or no whole response."""
    causes = list(_causes(error))
    for cause in causes:
        if isinstance(cause, ModelError):
            return cause
        # Errors of aiohttp belong to the same classes, and lack what OpenSSL says.
        if reason := getattr(cause, "verify_message", ""):
            return TlsError(
                f"{request}: the server's certificate is not trusted: {reason}",
                "give the certificate of its authority with --ca FILE or SSL_CERT_FILE; if the "
                "name does not match, use the name in the certificate as host in the URL",
            )
        if isinstance(cause, ssl.SSLError) and getattr(cause, "reason", "") in _NO_TLS:
            return TlsError(
                f"{request}: the server does not use TLS ({cause.reason})",
                "give the URL with http:// instead of https://",
            )
    if isinstance(error, openai.APITimeoutError):
        kind, words = FailureKind.TIMEOUT, "connecting took too long"
    else:
        kind, words = FailureKind.CONNECTION, _words(causes, request)
    return TransientModelError(kind, f"{request}: {words}", remedy=request.proxy_remedy)


def status_failure(
    request: SentRequest, status: int, headers: Mapping[str, str], content: bytes
) -> ModelError:
    """The error for a response with an HTTP status of 300 or above."""
    message = read_message(content, request.body)
    words = message.shown(request.key)
    raw = content[:20_000].decode("utf-8", "replace")
    if 400 <= status < 500 and is_quota(status, message, requested_wait(headers, raw)):
        return QuotaError(str(request), status, words)
    if status == 407 or (request.proxy and status in (502, 503, 504)):
        return TransientModelError(
            FailureKind.SERVER, f"{request}: HTTP {status}: {words}", remedy=request.proxy_remedy
        )
    if status in (401, 403) and not _CONTENT_FILTER.search(f"{message.text} {message.code}"):
        return KeyRefusedError(
            str(request), status, words, request.key_variable, is_set=bool(request.key)
        )
    if status >= 400 and (refusal := _refusal(request, status, message, words)):
        return refusal
    if status == 429 or status in (408, 409) or status >= 500:
        kind = FailureKind.BUSY if status == 429 else FailureKind.SERVER
        wait = requested_wait(headers, raw if status == 429 else "")
        wait = None if wait is None else min(wait, MAX_WAIT_S)
        return TransientModelError(kind, f"{request}: HTTP {status}: {words}", wait)
    return RefusedRequestError(str(request), status, words)


def _refusal(
    request: SentRequest, status: int, message: ServerMessage, words: str
) -> RefusedRequestError | ContextLengthError | UnknownModelError | None:
    """The error that says which part of the request is refused; None if none is named."""
    searched = f"{message.text} {message.code}"
    if status < 500 and _CONTENT_FILTER.search(searched):
        return ContentFilterError(str(request), status, words)
    if _WRONG_KIND.search(searched):
        return MissingMethodError(str(request), status, words)
    if status in (400, 404, 422) and _UNKNOWN_MODEL.search(searched):
        return UnknownModelError(request.url, str((request.body or {}).get("model")), (), words)
    if status in (404, 405, 410, 501):
        return MissingMethodError(str(request), status, words)
    if (status < 500 and _CONTEXT_WORDS.search(searched)) or _TOO_LARGE.search(searched):
        return ContextLengthError(
            request.url,
            prompt_tokens=_number(message.fields.get("n_prompt_tokens"), _PROMPT_PATTERNS, message),
            limit=_number(message.fields.get("n_ctx"), _LIMIT_PATTERNS, message),
            exact="at least" not in message.text,
        )
    parameter = refused_parameter(message, request.body or {})
    if parameter and (status in (400, 422) or (status == 500 and parameter == "priority")):
        return RefusedParameterError(str(request), status, words, parameter)
    return None


def refused_parameter(message: ServerMessage, body: Mapping[str, Any]) -> str | None:
    """The parameter of the request that a message refuses; None if it names none."""
    if message.parameter:
        # vLLM and FastAPI: the path to the field, such as body.messages.0.content.
        name = message.parameter.removeprefix("body.").partition(".")[0]
        return None if name in _CONTENT_FIELDS or name not in body else name
    for name in sorted(body, key=len, reverse=True):
        if name not in _CONTENT_FIELDS and re.search(rf"\b{re.escape(name)}\b", message.text):
            return name
    return None


_NO_TLS: Final = frozenset(
    {"WRONG_VERSION_NUMBER", "RECORD_LAYER_FAILURE", "HTTP_REQUEST", "UNKNOWN_PROTOCOL"}
)
"""Reasons of OpenSSL for a response in plain HTTP."""


def _causes(error: BaseException) -> list[BaseException]:
    """The error and the errors that caused it, outermost first."""
    found: list[BaseException] = []
    current: BaseException | None = error
    while current is not None and current not in found and len(found) < 20:
        found.append(current)
        current = current.__cause__ or current.__context__
    return found


def _words(causes: list[BaseException], request: SentRequest) -> str:
    """The innermost message of the operating system or the HTTP library."""
    for cause in reversed(causes):
        text = read_message(str(cause).encode(), request.body).shown(request.key)
        if str(cause) and not isinstance(cause, openai.APIError):
            return f"{type(cause).__name__}: {text}"
    return type(causes[-1]).__name__


def _number(
    field: object, patterns: tuple[re.Pattern[str], ...], message: ServerMessage
) -> int | None:
    if isinstance(field, int) and 0 <= field < 10**12:
        return int(field)
    for pattern in patterns:
        if found := pattern.search(message.text):
            return int(found.group(1))
    return None
