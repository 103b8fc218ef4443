"""Makes the JSON body of a request."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

from ga_ooo.model.requests import CallKind, ModelCall, ModelRequest

PATHS: Final = {
    CallKind.CHAT: "/chat/completions",
    CallKind.COMPLETION: "/completions",
    CallKind.EMBEDDING: "/embeddings",
}

OUTPUT_CAPS: Final = ("max_tokens", "max_completion_tokens")

# Parameters of /v1/completions that /v1/chat/completions lacks, or has with another type.
_COMPLETION_ONLY: Final = frozenset({"best_of", "echo", "suffix", "logprobs"})

# Arguments of the openai client before 1.0, not of the API: servers refuse a body with them.
_NOT_SENT: Final = frozenset({"engine", "deployment_id", "request_timeout", "stream"})


def as_chat(request: ModelRequest) -> ModelRequest:
    """A completion request as a chat with one user message."""
    parameters = {k: v for k, v in request.parameters.items() if k not in _COMPLETION_ONLY}
    return replace(
        request,
        kind=CallKind.CHAT,
        messages=(("user", request.prompt),),
        prompt="",
        parameters=parameters,
    )


def wire_body(
    call: ModelCall, model: str, *, default_max_tokens: int, with_priority: bool
) -> dict[str, Any]:
    """The JSON body of a call.

    Args:
        call: the call.
        model: served model name.
        default_max_tokens: limit of output tokens if the host gives none.
        with_priority: send the call's priority (vLLM serves lower numbers first).
    """
    body = {k: v for k, v in call.request.body().items() if k not in _NOT_SENT}
    body["model"] = model
    if call.request.kind is CallKind.EMBEDDING:
        body["encoding_format"] = "float"
        return body
    if not any(cap in body for cap in OUTPUT_CAPS):
        body["max_tokens"] = default_max_tokens
    body["seed"] = call.seed
    if with_priority:
        body["priority"] = call.priority
    return body
