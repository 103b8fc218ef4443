"""Makes the JSON body of a request, and the host's answer from the server's."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

from ga_ooo.model.client._dialects.dialect import CAP, LEGACY_CAP, SMALL_TEMPERATURE, Dialect
from ga_ooo.model.client._dialects.forms import Form, put_form, unwrapped
from ga_ooo.model.requests import CallKind, ModelAnswer, ModelCall, ModelRequest
from ga_ooo.model.structured import PARAMETER

# Parameters of /v1/completions that /v1/chat/completions lacks, or has with another type.
_COMPLETION_ONLY: Final = frozenset({"best_of", "echo", "suffix", "logprobs"})

# Parameters of /v1/chat/completions that /v1/completions lacks.
_CHAT_ONLY: Final = frozenset({"response_format", "tools", "tool_choice", "functions"})

# Parameters of /v1/responses under the names of the other methods.
_OF_RESPONSES: Final = frozenset({"model", "temperature", "top_p", "user", "stream", "priority"})

# Arguments of the openai client before 1.0, not of the API: servers refuse a body with them.
_NOT_SENT: Final = frozenset({"engine", "deployment_id", "request_timeout", "stream"})


def has_own_cap(request: ModelRequest) -> bool:
    """Whether the host limits the number of output tokens."""
    return LEGACY_CAP in request.parameters or CAP in request.parameters


def wire_body(
    call: ModelCall, model: str, dialect: Dialect, *, default_max_tokens: int, with_priority: bool
) -> dict[str, Any]:
    """The JSON body of a call.

    Args:
        call: the call.
        model: served model name.
        dialect: the form of requests that the model takes.
        default_max_tokens: limit of output tokens if the host gives none.
        with_priority: send the call's priority (vLLM serves lower numbers first).
    """
    request = _converted(call.request, dialect.sent_as)
    body = {name: value for name, value in request.body().items() if name not in _NOT_SENT}
    body["model"] = model
    if request.kind is CallKind.EMBEDDING:
        body["encoding_format"] = "float"
        if dialect.single_input:
            body["input"] = request.prompt
    else:
        own = next((name for name in (CAP, LEGACY_CAP) if name in body), None)
        cap = body.pop(own) if own else default_max_tokens
        name = CAP if own == CAP else dialect.cap
        body[name] = cap + dialect.allowance if isinstance(cap, int) else cap
        body["seed"] = call.seed
        if with_priority:
            body["priority"] = call.priority
        if dialect.streams:
            body |= {"stream": True, "stream_options": {"include_usage": True}}
        _fit(body, dialect, name)
        if dialect.by_responses:
            body = _for_responses(body, name)
    for name in dialect.omitted:
        body.pop(name, None)
    return body


def cut_at_stops(answer: ModelAnswer, call: ModelCall, dialect: Dialect) -> ModelAnswer:
    """The answer up to the first of the host's stop texts that the server did not apply."""
    is_wrapped = dialect.form is Form.SCHEMA and PARAMETER in call.request.parameters
    if is_wrapped:
        answer = unwrapped(answer)
    are_sent = not (is_wrapped or dialect.by_responses or "stop" in dialect.omitted)
    if are_sent and dialect.max_stops is None:
        return answer
    stop = call.request.parameters.get("stop") or ()
    texts = (stop,) if isinstance(stop, str) else stop
    ends = [answer.text.find(text) for text in texts if text and text in answer.text]
    if not ends:
        return answer
    return replace(answer, text=answer.text[: min(ends)], finish_reason="stop")


def _fit(body: dict[str, Any], dialect: Dialect, cap: str) -> None:
    """Change values to those that the model takes."""
    body.update(dialect.extra)
    put_form(body, dialect.form, cap)
    if dialect.one_message and len(body.get("messages", ())) > 0:
        body["messages"] = [{"role": "user", "content": _joined(body["messages"])}]
    if dialect.positive_temperature and body.get("temperature") == 0:
        body["temperature"] = SMALL_TEMPERATURE
    if dialect.max_stops is not None and isinstance(body.get("stop"), list):
        body["stop"] = body["stop"][: dialect.max_stops]
        if not body["stop"]:
            del body["stop"]


def _for_responses(body: dict[str, Any], cap: str) -> dict[str, Any]:
    """A chat as a request of the responses API, which has neither seeds nor stop texts."""
    changed = {name: value for name, value in body.items() if name in _OF_RESPONSES}
    changed |= {"input": body["messages"], "max_output_tokens": body[cap], "store": False}
    if "response_format" in body:
        format = body["response_format"]
        changed["text"] = {"format": {"type": format["type"], **format.get("json_schema", {})}}
    if "reasoning_effort" in body:
        changed["reasoning"] = {"effort": body["reasoning_effort"]}
    return changed


def _joined(messages: list[dict[str, str]]) -> str:
    """All messages as one; roles are named where there are several."""
    if len(messages) == 1:
        return messages[0]["content"]
    return "\n\n".join(f"{message['role']}: {message['content']}" for message in messages)


def _converted(request: ModelRequest, kind: CallKind) -> ModelRequest:
    """The request as one of another kind, for servers with chat only or completions only."""
    if request.kind is kind or CallKind.EMBEDDING in (request.kind, kind):
        return request
    dropped = _COMPLETION_ONLY if kind is CallKind.CHAT else _CHAT_ONLY
    parameters = {k: v for k, v in request.parameters.items() if k not in dropped}
    if kind is CallKind.CHAT:
        messages = (("user", request.prompt),)
        return replace(request, kind=kind, messages=messages, prompt="", parameters=parameters)
    # A chat of one message is its text. Roles need names, or the model continues another's turn.
    prompt = request.messages[0][1] if len(request.messages) == 1 else _dialogue(request)
    return replace(request, kind=kind, messages=(), prompt=prompt, parameters=parameters)


def _dialogue(request: ModelRequest) -> str:
    lines = [f"{role}: {text}" for role, text in request.messages]
    return "\n\n".join([*lines, "assistant:"])
