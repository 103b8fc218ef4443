"""Arguments of the API become requests. What cannot be asked for is refused by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from ga_ooo.errors import GaOooError, HostError
from ga_ooo.model.requests import CallKind, ModelRequest

_NOT_SAMPLING: Final = frozenset(
    {"model", "engine", "deployment_id", "messages", "prompt", "input", "instructions", "timeout"}
    | {"stream", "stream_options", "request_timeout", "api_key", "api_base", "api_type"}
    | {"api_version", "organization", "headers", "extra_headers", "extra_query", "extra_body"}
    | {"user", "encoding_format", "dimensions", "store", "metadata", "service_tier", "n"}
    | {"logprobs"}
    | {"safety_identifier", "prompt_cache_key", "prompt_cache_retention", "echo", "best_of"}
    | {"tools", "tool_choice", "parallel_tool_calls", "functions", "function_call", "text_format"}
    | {"text", "truncation", "include", "background", "previous_response_id", "conversation"}
    | {"max_output_tokens", "modalities", "audio", "prediction", "idempotency_key"}
)
"""Arguments that have no effect on the answer, that have their own field in the request, or that
are refused."""

_REFUSED: Final[Mapping[str, str]] = {
    "tools": "tools",
    "functions": "functions",
    "logprobs": "log probabilities",
    "echo": "the prompt in the answer",
    "previous_response_id": "answers that continue others",
    "conversation": "answers that continue others",
    "background": "answers in the background",
}

Refuse = Callable[[GaOooError], Any]


def parameters(arguments: Mapping[str, Any], refuse: Refuse) -> dict[str, Any]:
    """The sampling parameters among the arguments of a call.

    Args:
        refuse: ends the run; called for what no answer would have.
    """
    for name, title in _REFUSED.items():
        if arguments.get(name):
            raise refuse(_refusal(f"{name}=...", title))
    if (arguments.get("n") or 1) != 1:
        raise refuse(_refusal(f"n={arguments['n']}", "several answers to one request"))
    given = {**arguments, **(arguments.get("extra_body") or {})}
    kept = {
        name: value
        for name, value in given.items()
        if name not in _NOT_SAMPLING and value is not None and not _is_absent(value)
    }
    if given.get("max_output_tokens") is not None:
        kept["max_tokens"] = given["max_output_tokens"]
    return kept


def chat_request(messages: Any, arguments: Mapping[str, Any], refuse: Refuse) -> ModelRequest:
    """A chat of messages, each with its text as a text or in parts."""
    pairs = tuple((str(m["role"]), _text(m["content"], refuse)) for m in messages)
    kept = parameters(arguments, refuse)
    return ModelRequest(CallKind.CHAT, model_name(arguments), pairs, parameters=kept)


def response_request(arguments: Mapping[str, Any], refuse: Refuse) -> ModelRequest:
    """A request to the responses API, as a chat."""
    given = arguments["input"]
    messages = [{"role": "user", "content": given}] if isinstance(given, str) else list(given)
    if arguments.get("instructions"):
        messages.insert(0, {"role": "system", "content": arguments["instructions"]})
    return chat_request(messages, arguments, refuse)


def completion_request(arguments: Mapping[str, Any], refuse: Refuse) -> ModelRequest:
    """A completion of one prompt."""
    prompt = arguments["prompt"]
    if isinstance(prompt, list | tuple):
        if len(prompt) != 1:
            raise refuse(_refusal("prompt=[...]", "several prompts in one request"))
        prompt = prompt[0]
    kept = parameters(arguments, refuse)
    return ModelRequest(
        CallKind.COMPLETION, model_name(arguments), prompt=str(prompt), parameters=kept
    )


def model_name(arguments: Mapping[str, Any]) -> str:
    """The model that the host names, by any of the names of that argument."""
    for name in ("model", "engine", "deployment_id"):
        if arguments.get(name):
            return str(arguments[name])
    return ""


def with_schema(arguments: Mapping[str, Any], form: Any) -> dict[str, Any]:
    """The arguments, with the JSON schema of a pydantic class as the form of the answer."""
    schema = _strict(form.model_json_schema())
    json_schema = {"name": form.__name__, "schema": schema, "strict": True}
    return {
        **arguments,
        "response_format": {"type": "json_schema", "json_schema": json_schema},
    }


def _strict(schema: Any) -> Any:
    """A schema in which every object has all of its properties, and no other."""
    if isinstance(schema, list):
        return [_strict(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    strict = {key: _strict(value) for key, value in schema.items()}
    if strict.get("type") == "object" and "properties" in strict:
        strict["additionalProperties"] = False
        strict["required"] = list(strict["properties"])
    return strict


def _text(content: Any, refuse: Refuse) -> str:
    if not isinstance(content, list | tuple):
        return "" if content is None else str(content)
    texts = []
    for part in content:
        if isinstance(part, str):
            texts.append(part)
        elif part.get("type") in ("text", "input_text", "output_text"):
            texts.append(str(part["text"]))
        else:
            raise refuse(_refusal(f"a part of type {part.get('type')!r}", "anything but text"))
    return "".join(texts)


def _is_absent(value: Any) -> bool:
    """Whether a value stands for no value in the client of 1.x."""
    return type(value).__name__ in ("NotGiven", "Omit")


def _refusal(argument: str, title: str) -> HostError:
    return HostError(
        f"the host asks the model with {argument}; {title} are not supported",
        "change the host to ask for one text, or for one object by `parse`",
    )
