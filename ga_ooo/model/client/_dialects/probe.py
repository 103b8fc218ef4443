"""Finds the dialect of a model by small requests.

For each kind of call, a small request with the usual parameters is sent. A refusal changes the
dialect, and the request is sent again, until it is accepted or nothing is left to change. A server
without the method is asked by the other one: completions as chat, or chat as completions. If the
model shows reasoning, ways to switch it off are tried.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import Any, Final, TypeAlias

from ga_ooo.model.client._answers import shows_reasoning
from ga_ooo.model.client._dialects.dialect import NO_REASONING, Dialect, adapted
from ga_ooo.model.client._dialects.wire import wire_body
from ga_ooo.model.errors import (
    KeyRefusedError,
    MissingMethodError,
    QuotaError,
    RefusedRequestError,
    TransientModelError,
    UnknownModelError,
)
from ga_ooo.model.requests import CallKind, ModelCall, ModelRequest

Post: TypeAlias = Callable[[str, Mapping[str, Any]], Awaitable[bytes]]
"""Sends a body to a path below the base URL; returns the body of the response."""

_MAX_CHANGES: Final = 12
_OUTPUT_TOKENS: Final = 16
"""Enough for a reasoning model to show its reasoning, and the least that some models accept."""

_UNNAMED: Final = ("priority", "seed")
"""Parameters that are left out in turn when a refusal names none."""

_HOST_PARAMETERS: Final = {
    "temperature": 0,
    "top_p": 1,
    "frequency_penalty": 0,
    "presence_penalty": 0,
    "stop": ["\n\n\n"],
}
"""As the host sends them with its completion prompts."""


async def find_dialect(
    kind: CallKind, model: str, known: Dialect, url: str, post: Post, *, forced: bool
) -> Dialect:
    """Find the form in which a model takes calls of a kind.

    Args:
        kind: chat or completion.
        model: served model name.
        known: the dialect to begin with.
        url: base URL, for messages.
        post: sends a request.
        forced: send the calls as ``known`` says, and as no other kind.

    Raises:
        TransientModelError: the server does not answer.
        FinalModelError: it answers neither chat nor completions with this model.
    """
    try:
        dialect, content = await _accepted(kind, model, known, post)
    except (KeyRefusedError, QuotaError, UnknownModelError):
        raise
    except RefusedRequestError as error:
        if forced:
            raise
        dialect, content = await _by_another_method(kind, model, known, post, error)
    if not shows_reasoning(dialect.sent_as, content, url):
        return dialect
    return await _without_reasoning(kind, model, dialect, url, post)


async def _by_another_method(
    kind: CallKind, model: str, known: Dialect, post: Post, error: RefusedRequestError
) -> tuple[Dialect, bytes]:
    """As :func:`_accepted`, by the other method for text or by the responses API.

    Args:
        error: the refusal by the usual method.
    """
    other = CallKind.COMPLETION if known.sent_as is CallKind.CHAT else CallKind.CHAT
    for changed in (
        replace(known, sent_as=other),
        replace(known, sent_as=CallKind.CHAT, by_responses=True),
    ):
        try:
            return await _accepted(kind, model, changed, post)
        except RefusedRequestError as second:
            # A refusal with a reason says more than a missing method.
            error = second if isinstance(error, MissingMethodError) else error
    raise error


async def find_embedding_dialect(model: str, known: Dialect, post: Post) -> tuple[Dialect, bytes]:
    """Find the form in which a model takes texts to embed; with the response to a small request.

    Raises:
        TransientModelError: the server does not answer.
        FinalModelError: it gives no embeddings with this model.
    """
    return await _accepted(CallKind.EMBEDDING, model, known, post)


def small_request(kind: CallKind) -> ModelCall:
    """A request of a kind. A priority other than 0 shows whether it is accepted."""
    if kind is CallKind.CHAT:
        request = ModelRequest(kind, "", messages=(("user", "Hi"),))
    elif kind is CallKind.COMPLETION:
        request = ModelRequest(kind, "", prompt="Hi", parameters=_HOST_PARAMETERS)
    else:
        request = ModelRequest(kind, "", prompt="Hi")
    return ModelCall(request, priority=1)


def small_body(kind: CallKind, model: str, dialect: Dialect) -> dict[str, Any]:
    """The JSON body of :func:`small_request`."""
    return wire_body(
        small_request(kind),
        model,
        dialect,
        default_max_tokens=_OUTPUT_TOKENS,
        with_priority=True,
    )


async def _accepted(
    kind: CallKind, model: str, dialect: Dialect, post: Post
) -> tuple[Dialect, bytes]:
    """Change the dialect until the server accepts a small request; with its response.

    Raises:
        FinalModelError: it refuses all forms.
    """
    for _ in range(_MAX_CHANGES):
        body = small_body(kind, model, dialect)
        try:
            return dialect, await post(dialect.path, body)
        except (KeyRefusedError, QuotaError, UnknownModelError, MissingMethodError):
            raise
        except RefusedRequestError as error:
            changed = adapted(dialect, error, body)
            if changed is None:
                return await _without_unnamed(kind, model, dialect, post, error)
            dialect = changed
    return dialect, await post(dialect.path, small_body(kind, model, dialect))


async def _without_unnamed(
    kind: CallKind, model: str, dialect: Dialect, post: Post, error: RefusedRequestError
) -> tuple[Dialect, bytes]:
    """Leave out our own parameters one after the other, since the refusal names none."""
    for name in _UNNAMED:
        if name in dialect.omitted or kind is CallKind.EMBEDDING:
            continue
        dialect = replace(dialect, omitted=dialect.omitted | {name})
        try:
            return dialect, await post(dialect.path, small_body(kind, model, dialect))
        except RefusedRequestError:
            continue
    raise error


async def _without_reasoning(
    kind: CallKind, model: str, dialect: Dialect, url: str, post: Post
) -> Dialect:
    """Switch reasoning off, if the server can; otherwise leave room for it in every answer."""
    for extra in NO_REASONING:
        changed = replace(dialect, extra=extra)
        try:
            content = await post(changed.path, small_body(kind, model, changed))
            if not shows_reasoning(changed.sent_as, content, url):
                return changed
        except (RefusedRequestError, TransientModelError):
            continue
    return dialect.with_allowance() or dialect
