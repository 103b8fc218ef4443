"""Finds the parameter by which a model can be given the form of an answer."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from dataclasses import replace
from typing import Final, TypeAlias

from ga_ooo.model.client._dialects.dialect import Dialect
from ga_ooo.model.client._dialects.forms import Form
from ga_ooo.model.errors import (
    FAULTS_OF_THE_ANSWER,
    ContextLengthError,
    FailureKind,
    KeyRefusedError,
    QuotaError,
    RefusedRequestError,
    TransientModelError,
)
from ga_ooo.model.requests import CallKind, ModelAnswer, ModelCall
from ga_ooo.model.structured import obeys, trial

Ask: TypeAlias = Callable[[ModelCall, Dialect], Awaitable[ModelAnswer]]
"""Makes one attempt at a call in a dialect."""

_ATTEMPTS: Final = 3


async def find_form(kind: CallKind, known: Dialect, ask: Ask) -> Dialect | None:
    """The dialect in which a model obeys the form of a request; None if there is none.

    Completions whose form a server does not obey are sent as chat, if the server obeys it there.

    Args:
        kind: chat or completion.
        known: the dialect to begin with.
        ask: asks the model.

    Raises:
        TransientModelError: the server does not answer any more.
        FinalModelError: it refuses the key, or the quota is used up.
    """
    for dialect in _candidates(known):
        if await _is_obeyed(trial(kind), dialect, ask):
            return dialect
    return None


def _candidates(known: Dialect) -> Iterator[Dialect]:
    for form in Form:
        yield replace(known, form=form)
    if known.sent_as is CallKind.COMPLETION:
        for form in Form:
            yield replace(known, sent_as=CallKind.CHAT, form=form)


async def _is_obeyed(call: ModelCall, dialect: Dialect, ask: Ask) -> bool:
    for attempt in range(_ATTEMPTS):
        try:
            return obeys(await ask(call, dialect))
        except (KeyRefusedError, QuotaError):
            raise
        except (RefusedRequestError, ContextLengthError):
            return False
        except TransientModelError as error:
            is_last = attempt == _ATTEMPTS - 1
            # Some servers fail with HTTP 500 at parameters that they do not know.
            if error.kind in FAULTS_OF_THE_ANSWER or (is_last and error.kind is FailureKind.SERVER):
                return False
            if is_last:
                raise
    raise AssertionError("the last attempt returns or raises")
