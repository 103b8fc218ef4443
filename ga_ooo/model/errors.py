"""Failures between a call and its answer.

There are two families. A :class:`TransientModelError` is retried and never leaves the router
(:mod:`ga_ooo.model.routing`). All other classes are final, and their remedies are for the user.

Messages name the request (method and URL) and quote the server's own message. They never contain
a prompt or an API key; :mod:`ga_ooo.model.client._http.server_message` removes both.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from difflib import get_close_matches
from enum import StrEnum
from typing import Final

from ga_ooo.errors import ModelError, install_command


class FailureKind(StrEnum):
    """Why an attempt failed that may succeed when it is repeated."""

    CONNECTION = "connection"  # refused, reset, or closed before the whole answer was read
    TIMEOUT = "timeout"  # no whole answer within the deadline of one attempt
    SERVER = "server"  # HTTP 408, 409, 5xx
    BUSY = "busy"  # HTTP 429
    MALFORMED = "malformed"  # HTTP 200 without a valid answer: bad JSON, no choices, NaN ...
    EMPTY = "empty"  # HTTP 200 with no text; another seed may give some
    TOO_LARGE = "too large"  # HTTP 200 with more text than any capped request can give


FAULTS_OF_THE_SERVER: Final = frozenset(
    {FailureKind.CONNECTION, FailureKind.TIMEOUT, FailureKind.SERVER, FailureKind.MALFORMED}
)
"""After a number of these in a row the server is ejected."""

FAULTS_OF_THE_ANSWER: Final = frozenset({FailureKind.EMPTY, FailureKind.TOO_LARGE})
"""The same request seldom gives a better answer, so only a few attempts are made."""

_REMEDIES: Final = {
    FailureKind.CONNECTION: "start the model server (vllm serve MODEL, or ga-ooo serve), or "
    "correct its URL",
    FailureKind.TIMEOUT: "see the server's log; if it is only slow, raise attempt_deadline_s",
    FailureKind.SERVER: "see the server's log",
    FailureKind.BUSY: "lower the limit of calls in flight at this endpoint, or raise the limit of "
    "the account",
    FailureKind.MALFORMED: "check that the URL belongs to an OpenAI-compatible API (it usually "
    "ends in /v1)",
    FailureKind.EMPTY: "raise default_max_tokens, switch the model's reasoning off, or serve "
    "another model",
    FailureKind.TOO_LARGE: "check the URL (the server, or a proxy before it, sends more text than "
    "was asked for), or raise max_answer_bytes",
}


class TransientModelError(ModelError):
    """An attempt failed, and another attempt may succeed.

    Attributes:
        kind: reason of the failure.
        retry_after: seconds that the server asked to wait; None if it did not.
    """

    def __init__(
        self,
        kind: FailureKind,
        problem: str,
        retry_after: float | None = None,
        remedy: str | None = None,
    ) -> None:
        super().__init__(problem, remedy or _REMEDIES[kind])
        self.kind = kind
        self.retry_after = retry_after


class FinalModelError(ModelError):
    """A server refused a call for good."""

    def at_attempt(self, number: int) -> FinalModelError:
        """The same error, with the number of the attempt that it ended."""
        self.problem += f" (attempt {number})"
        self.args = (f"{self.problem}\n  remedy: {self.remedy}",)
        return self


class RetriesExhaustedError(ModelError):
    """A call failed repeatedly until its deadline, while the server answered other calls.

    Attributes:
        kind: reason of the last failure.
    """

    def __init__(self, kind: FailureKind, problem: str, remedy: str) -> None:
        super().__init__(problem, remedy)
        self.kind = kind


class ModelUnavailableError(ModelError):
    """No endpoint for this kind of call answers."""


class ContextLengthError(FinalModelError):
    """Prompt and requested output together are longer than the model's context.

    Attributes:
        prompt_tokens: length of the prompt; None if the server did not report it.
        limit: length of the model's context in tokens; None if the server did not report it.
        exact: ``prompt_tokens`` is exact; otherwise it is a lower bound (vLLM stops counting at
            its limit).
    """

    def __init__(
        self, url: str, prompt_tokens: int | None, limit: int | None, *, exact: bool = True
    ) -> None:
        prompt = "an unknown number of" if prompt_tokens is None else str(prompt_tokens)
        if not exact:
            prompt = f"at least {prompt}"
        context = "unknown" if limit is None else f"{limit} tokens"
        super().__init__(
            f"a prompt of {prompt} tokens does not fit the model at {url} (context: {context})",
            "serve the model with a longer context (vLLM: --max-model-len), or choose a model "
            "with one; lower retrieval counts in the host also make prompts shorter",
        )
        self.prompt_tokens = prompt_tokens
        self.limit = limit
        self.exact = exact


class RefusedRequestError(FinalModelError):
    """The server refused the request.

    Attributes:
        status: HTTP status code.
        message: the server's own message.
    """

    def __init__(self, request: str, status: int, message: str, remedy: str | None = None) -> None:
        super().__init__(
            f"{request} was refused with HTTP {status}: {message}",
            remedy
            or "check that the model at this URL supports this kind of request "
            "(chat needs a chat template; embeddings need an embedding model)",
        )
        self.status = status
        self.message = message


class RefusedParameterError(RefusedRequestError):
    """The server does not accept a parameter of the request.

    Attributes:
        parameter: its name.
    """

    def __init__(self, request: str, status: int, message: str, parameter: str) -> None:
        super().__init__(
            request,
            status,
            message,
            f"remove or change {parameter!r} for this model in the configuration "
            "(a request-shaping plugin can remove it)",
        )
        self.parameter = parameter


class KeyRefusedError(RefusedRequestError):
    """The server does not accept the API key."""

    def __init__(
        self, request: str, status: int, message: str, variable: str, *, is_set: bool
    ) -> None:
        remedy = f"put the API key into the environment variable {variable}; it is not set"
        if is_set:
            remedy = f"put the right API key into the environment variable {variable}"
        if is_set and status == 403:
            remedy += ", or give the key access to this model"
        super().__init__(request, status, message, remedy)


class QuotaError(RefusedRequestError):
    """The quota or credit of the account is used up, so that waiting does not help."""

    retry_move = False

    def __init__(self, request: str, status: int, message: str) -> None:
        super().__init__(
            request,
            status,
            f"the quota of the account is used up: {message}",
            "add credit or raise the quota, then resume the run: all answers so far are stored",
        )


class ContentFilterError(RefusedRequestError):
    """The service refuses this prompt because of its content."""

    def __init__(self, request: str, status: int, message: str) -> None:
        super().__init__(
            request,
            status,
            f"its content filter refuses this prompt: {message}",
            "lower or switch off the content filter of the service, or use another model, or let "
            "the host take its fail-safe for such prompts (--on-refusal fail-safe); then resume "
            "the run: all answers so far are stored",
        )


class MissingMethodError(RefusedRequestError):
    """The server does not have this method of the API (chat, completions, embeddings)."""

    def __init__(self, request: str, status: int, message: str) -> None:
        super().__init__(
            request,
            status,
            message,
            "check the URL: an OpenAI-compatible API is expected there (it usually ends in /v1)",
        )


class RedirectedError(FinalModelError):
    """The server redirects requests to another server, or to a page for browsers."""

    def __init__(self, url: str, target: str) -> None:
        shown = "".join(char for char in target if char.isprintable())[:200]
        super().__init__(
            f"{url} redirects requests to {shown}; prompts are not sent there",
            "give the URL at which the API answers itself, such as https:// instead of http://; "
            "if the target is a login page, log in or correct the URL",
        )


class TlsError(FinalModelError):
    """The server's certificate is not trusted, or it does not use TLS."""


class UnknownModelError(FinalModelError):
    """The server does not serve the model.

    Attributes:
        model: the requested name.
        served: the names that the server lists; empty if it lists none.
        message: the server's own message; empty if it gave none.
    """

    def __init__(self, url: str, model: str, served: Sequence[str], message: str = "") -> None:
        close = get_close_matches(model, served, 3, 0.5)
        rest = [name for name in served if name not in close]
        listed = ", ".join([*close, *rest][:_MAX_LISTED]) if served else "(it lists none)"
        more = f" and {len(served) - _MAX_LISTED} more" if len(served) > _MAX_LISTED else ""
        words = f" ({message})" if message else ""
        super().__init__(
            f"{url} does not serve the model {model!r}{words}; it serves: {listed}{more}",
            "use one of these names in the configuration, start the server with the other name "
            "(vLLM: --served-model-name), or, if it lists none, check that the URL belongs to "
            "an OpenAI-compatible API (it usually ends in /v1)",
        )
        self.model = model
        self.served = tuple(served)
        self.message = message


class NoEmbeddingsError(FinalModelError):
    """The server gives no embeddings with the model."""

    def __init__(self, url: str, model: str, message: str, served: Sequence[str]) -> None:
        words = f": {message}" if message else ""
        likely = [name for name in served if _EMBEDDER.search(name)][:5]
        listed = f" (the server lists {', '.join(likely)})" if likely else ""
        super().__init__(
            f"{url} gives no embeddings with the model {model!r}{words}",
            f"give an embedding model with --embedding-name NAME{listed}, and with "
            "--embedding-url URL if another server has it; --embedding-url local embeds in this "
            f"process ({install_command('embeddings')})",
        )


_EMBEDDER: Final = re.compile(r"embed|bge|minilm|\be5\b|gte-", re.IGNORECASE)

_MAX_LISTED: Final = 12
"""Number of served models that a message lists; some services list hundreds."""
