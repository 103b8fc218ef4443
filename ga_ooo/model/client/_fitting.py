"""Makes a request fit the context of a model that has refused it as too long."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from ga_ooo.model.client._dialects.wire import has_own_cap
from ga_ooo.model.errors import ContextLengthError
from ga_ooo.model.requests import CallKind, ModelCall, ModelRequest

# If the context has no room for this number of output tokens, the prompt is too long.
_MIN_OUTPUT: Final = 16

# A text of this length that is still too long is refused for another reason.
_MIN_TEXT: Final = 16


def lower_cap(request: ModelRequest, cap: int, error: ContextLengthError) -> int:
    """A lower limit of output tokens, if the limit was our own default.

    Args:
        request: a chat or completion.
        cap: the limit that was refused.
        error: the refusal.

    Raises:
        ContextLengthError: the host set the limit, or the context has no room for an answer.
    """
    if has_own_cap(request):
        raise error
    if error.exact and error.limit is not None and error.prompt_tokens is not None:
        room = error.limit - error.prompt_tokens
    else:
        room = cap // 2
    if not _MIN_OUTPUT <= room < cap:
        raise error
    return room


def shorter_text(call: ModelCall, error: ContextLengthError) -> ModelCall:
    """The call with the first three quarters of its text to embed.

    An embedding model describes the beginning of a long text, as sentence-transformers does.
    The length depends on the text and the server's limit alone, so each repetition of the call
    gets the same vector. Servers stop counting at their limit, so the length cannot be computed.

    Raises:
        ContextLengthError: so short a text must fit.
    """
    assert call.request.kind is CallKind.EMBEDDING
    length = len(call.request.prompt) * 3 // 4
    if length < _MIN_TEXT:
        raise error
    request = replace(call.request, prompt=call.request.prompt[:length])
    return replace(call, request=request)
