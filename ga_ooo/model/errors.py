"""Failures between a call and its answer.

There are two families. A :class:`TransientModelError` is retried and never leaves the router
(:mod:`ga_ooo.model.routing`). All other classes are final, and their remedies are for the user.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import Final

from ga_ooo.errors import ModelError


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


class TransientModelError(ModelError):
    """An attempt failed, and another attempt may succeed.

    Attributes:
        kind: reason of the failure.
        retry_after: seconds that the server asked to wait; None if it did not.
    """

    def __init__(self, kind: FailureKind, problem: str, retry_after: float | None = None) -> None:
        super().__init__(problem, "none needed: the call is made again")
        self.kind = kind
        self.retry_after = retry_after


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


class ContextLengthError(ModelError):
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


class RefusedParameterError(ModelError):
    """The server does not accept a parameter of the request.

    Attributes:
        parameter: its name.
    """

    def __init__(self, url: str, parameter: str, reason: str) -> None:
        super().__init__(
            f"{url} refused the parameter {parameter!r}: {reason}",
            f"remove or change {parameter!r} for this model in the configuration "
            "(a request-shaping plugin can remove it)",
        )
        self.parameter = parameter


class RefusedRequestError(ModelError):
    """The server refused the request, and not because of a single parameter.

    Attributes:
        status: HTTP status code.
    """

    def __init__(self, url: str, status: int, reason: str) -> None:
        super().__init__(
            f"{url} refused the request (HTTP {status}): {reason}",
            "check that the model at this URL supports this kind of request "
            "(chat needs a chat template; embeddings need an embedding model)",
        )
        self.status = status


class KeyRefusedError(ModelError):
    """The server does not accept the API key."""

    def __init__(self, url: str, status: int, variable: str) -> None:
        super().__init__(
            f"{url} does not accept the API key (HTTP {status})",
            f"put the right key into the environment variable {variable}",
        )


class UnknownModelError(ModelError):
    """The server does not serve the model.

    Attributes:
        model: the requested name.
        served: the names that the server lists; empty if it lists none.
    """

    def __init__(self, url: str, model: str, served: Sequence[str]) -> None:
        listed = ", ".join(served) if served else "(it lists none)"
        super().__init__(
            f"{url} does not serve the model {model!r}; it serves: {listed}",
            "use one of these names in the configuration, start the server with the other name "
            "(vLLM: --served-model-name), or, if it lists none, check that the URL belongs to "
            "an OpenAI-compatible API (it usually ends in /v1)",
        )
        self.model = model
        self.served = tuple(served)
