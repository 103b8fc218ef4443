"""Arguments of the API become requests. What cannot be asked for is refused by name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from ga_ooo.host.sdks.host_model import HostModel, form_of_answer

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
    | {"reasoning"}
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


def parameters(arguments: Mapping[str, Any], model: HostModel) -> dict[str, Any]:
    """The sampling parameters among the arguments of a call. What no answer would have is
    refused."""
    for name, title in _REFUSED.items():
        if arguments.get(name):
            model.refuse_argument(f"{name}=...", title)
    if (arguments.get("n") or 1) != 1:
        model.refuse_argument(f"n={arguments['n']}", "several answers to one request")
    given = {**arguments, **(arguments.get("extra_body") or {})}
    kept = {
        name: value
        for name, value in given.items()
        if name not in _NOT_SAMPLING and value is not None and not _is_absent(value)
    }
    if given.get("max_output_tokens") is not None:
        kept["max_tokens"] = given["max_output_tokens"]
    return kept


def response_messages(arguments: Mapping[str, Any]) -> list[Any]:
    """The messages of a request to the responses API."""
    given = arguments["input"]
    messages = [("user", given)] if isinstance(given, str) else list(given)
    if arguments.get("instructions"):
        messages.insert(0, ("system", arguments["instructions"]))
    return messages


def response_parameters(arguments: Mapping[str, Any], model: HostModel) -> dict[str, Any]:
    """The sampling parameters of a request to the responses API."""
    kept = parameters(arguments, model)
    form = _given(arguments, "text").get("format") or {}
    if form.get("type") == "json_schema":
        inner = {name: form[name] for name in ("name", "schema", "strict") if name in form}
        kept["response_format"] = {"type": "json_schema", "json_schema": inner}
    elif form.get("type") == "json_object":
        kept["response_format"] = {"type": "json_object"}
    effort = _given(arguments, "reasoning").get("effort")
    if effort is not None:
        kept["reasoning_effort"] = effort
    return kept


def prompt_of(arguments: Mapping[str, Any], model: HostModel) -> str:
    """The one prompt of a completion."""
    prompt = arguments["prompt"]
    if isinstance(prompt, list | tuple):
        if len(prompt) != 1:
            model.refuse_argument("prompt=[...]", "several prompts in one request")
        prompt = prompt[0]
    return str(prompt)


def model_name(arguments: Mapping[str, Any]) -> str:
    """The model that the host names, by any of the names of that argument."""
    for name in ("model", "engine", "deployment_id"):
        if arguments.get(name):
            return str(arguments[name])
    return ""


def with_schema(arguments: Mapping[str, Any], form: Any) -> dict[str, Any]:
    """The arguments, with the JSON schema of a pydantic class as the form of the answer."""
    return {**arguments, **form_of_answer(form.__name__, form.model_json_schema())}


def _given(arguments: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = arguments.get(name)
    return value if isinstance(value, Mapping) else {}


def _is_absent(value: Any) -> bool:
    """Whether a value means no value in the client of 1.x."""
    return type(value).__name__ in ("NotGiven", "Omit")
