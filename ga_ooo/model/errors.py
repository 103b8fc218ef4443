"""What can go wrong between a call and its answer.

Two families: :class:`TransientModelError` is tried again (see :mod:`ga_ooo.model.routing.retry`)
and never leaves the router; every other class is final, and its remedy is for the user.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

from ga_ooo.errors import ModelError


class FailureKind(StrEnum):
    """Why an attempt failed that may succeed when it is made again."""

    CONNECTION = "connection"  # refused, reset, closed before the whole answer was read
    TIMEOUT = "timeout"  # no whole answer within the deadline of one attempt
    SERVER = "server"  # HTTP 408, 409, 5xx
    BUSY = "busy"  # HTTP 429
    MALFORMED = "malformed"  # HTTP 200, but not an answer: bad JSON, no choices, NaN ...
    EMPTY = "empty"  # HTTP 200 with no text; another seed may give one
    TOO_LARGE = "too large"  # HTTP 200 with more text than any capped request can give


# The server is at fault: enough of these in a row and it gets no more calls.
FAULTS_OF_THE_SERVER = frozenset(
    {FailureKind.CONNECTION, FailureKind.TIMEOUT, FailureKind.SERVER, FailureKind.MALFORMED}
)

# The answer is at fault: the same request again seldom helps, so only a few attempts are made.
FAULTS_OF_THE_ANSWER = frozenset({FailureKind.EMPTY, FailureKind.TOO_LARGE})


class TransientModelError(ModelError):
    """One attempt failed in a way that another attempt may not.

    Attributes:
        kind: what failed.
        retry_after: seconds that the server asked to be left alone; None when it did not.
    """

    def __init__(self, kind: FailureKind, problem: str, retry_after: float | None = None) -> None:
        super().__init__(problem, "none needed: the call is made again")
        self.kind = kind
        self.retry_after = retry_after


class RetriesExhaustedError(ModelError):
    """A call failed again and again until its deadline, while the server answered others.

    Attributes:
        kind: how the last attempt failed.
    """

    def __init__(self, kind: FailureKind, problem: str, remedy: str) -> None:
        super().__init__(problem, remedy)
        self.kind = kind


class ModelUnavailableError(ModelError):
    """No endpoint that serves this kind of call answers."""


class ContextLengthError(ModelError):
    """The prompt, with the output that was asked for, is longer than the model's context.

    Attributes:
        prompt_tokens: length of the prompt, where the server told; else None.
        limit: length of the model's context in tokens, where the server told; else None.
        exact: ``prompt_tokens`` is the length; else it is the least that it can be (vLLM stops
            counting at its limit).
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
            "with one; lowering the host's retrieval counts shortens prompts too",
        )
        self.prompt_tokens = prompt_tokens
        self.limit = limit
        self.exact = exact


class RefusedParameterError(ModelError):
    """The server does not accept one of the request's parameters.

    Attributes:
        parameter: its name.
    """

    def __init__(self, url: str, parameter: str, told: str) -> None:
        super().__init__(
            f"{url} refused the parameter {parameter!r}: {told}",
            f"remove or change {parameter!r} for this model in the configuration "
            "(a request-shaping plugin can drop it)",
        )
        self.parameter = parameter


class RefusedRequestError(ModelError):
    """The server refused the request for a reason that is no single parameter's.

    Attributes:
        status: HTTP status code.
    """

    def __init__(self, url: str, status: int, told: str) -> None:
        super().__init__(
            f"{url} refused the request (HTTP {status}): {told}",
            "check that the model served there can do this kind of request "
            "(chat needs a chat template; embeddings need an embedding model)",
        )
        self.status = status


class KeyRefusedError(ModelError):
    """The server wants another API key."""

    def __init__(self, url: str, status: int, variable: str) -> None:
        super().__init__(
            f"{url} does not accept the API key (HTTP {status})",
            f"put the right key into the environment variable {variable}",
        )


class UnknownModelError(ModelError):
    """The server does not serve the model.

    Attributes:
        model: the name that was asked for.
        served: the names that the server has; empty when it lists none.
    """

    def __init__(self, url: str, model: str, served: Sequence[str]) -> None:
        have = ", ".join(served) if served else "(it lists none)"
        super().__init__(
            f"{url} does not serve the model {model!r}; it serves: {have}",
            "name one of those in the configuration, start the server with the other name "
            "(vLLM: --served-model-name), or, if it lists none, check that the URL is that of "
            "an OpenAI-compatible API (it usually ends in /v1)",
        )
        self.model = model
        self.served = tuple(served)
