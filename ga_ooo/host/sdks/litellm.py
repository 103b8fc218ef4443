"""The stand-in for ``litellm``, which has the API of OpenAI for all providers.

Source: the documentation of LiteLLM (``completion``, ``text_completion``, ``embedding``).
"""

from __future__ import annotations

from types import ModuleType
from typing import Any, Final

from ga_ooo.host.sdks.host_model import HostModel
from ga_ooo.host.sdks.openai.endpoints import Endpoints
from ga_ooo.host.sdks.openai.requests import with_schema
from ga_ooo.host.sdks.parts import SdkModule, asynchronous, errors
from ga_ooo.host.sdks.replies import Reply

_INERT: Final = frozenset(
    {"base_url", "custom_llm_provider", "num_retries", "max_retries", "fallbacks", "caching"}
    | {"cache", "drop_params", "allowed_openai_params", "model_list", "deployment_id", "client"}
    | {"force_timeout", "context_window_fallback_dict", "input_cost_per_token", "verbose"}
    | {"output_cost_per_token", "logger_fn", "azure_ad_token", "aws_bedrock_client"}
    | {"aws_access_key_id", "aws_secret_access_key", "aws_region_name", "vertex_project"}
    | {"vertex_location", "vertex_credentials", "litellm_call_id", "input_type", "ssl_verify"}
)
"""Arguments that say where and how to ask, and not what."""

_SETTINGS: Final = (
    *("api_key", "api_base", "api_version", "organization", "openai_key", "anthropic_key"),
    *("set_verbose", "drop_params", "cache", "model_list", "num_retries", "request_timeout"),
    *("suppress_debug_info", "telemetry", "modify_params", "client_session", "model_alias_map"),
    *("ssl_verify", "turn_off_message_logging", "headers", "add_function_to_prompt"),
    *("aclient_session", "max_budget", "openrouter_key", "together_ai_api_key", "token"),
)
"""Settings of the module: kept, and without effect."""

_CALLBACKS: Final = ("callbacks", "input_callback", "success_callback", "failure_callback")

_ERRORS: Final = (
    *("APIError", "APIConnectionError", "AuthenticationError", "BadRequestError", "Timeout"),
    *("RateLimitError", "ServiceUnavailableError", "ContextWindowExceededError"),
    *("ContentPolicyViolationError", "InternalServerError", "NotFoundError", "OpenAIError"),
    *("UnprocessableEntityError", "UnsupportedParamsError", "BudgetExceededError"),
    *("InvalidRequestError", "PermissionDeniedError", "JSONSchemaValidationError"),
)


class _Functions:
    """The functions of the package, with the positional arguments that it allows."""

    def __init__(self, model: HostModel) -> None:
        self._endpoints = Endpoints(model)

    def completion(self, model: str, messages: Any = (), **arguments: Any) -> Any:
        """A conversation; with a pydantic class as ``response_format``, of that form."""
        kept = _kept(arguments)
        form = kept.get("response_format")
        if isinstance(form, type):
            kept = with_schema(kept, form)
        return self._endpoints.chat(model=model, messages=messages, **kept)

    def text_completion(self, model: str, prompt: Any = "", **arguments: Any) -> Any:
        """The continuation of a text."""
        return self._endpoints.complete(model=model, prompt=prompt, **_kept(arguments))

    def embedding(self, model: str, input: Any = (), **arguments: Any) -> Any:
        """The vectors of texts."""
        return self._endpoints.embed(model=model, input=input, **_kept(arguments))


def make(model: HostModel) -> dict[str, ModuleType]:
    """The module ``litellm``."""
    functions = _Functions(model)
    asked = {
        "completion": functions.completion,
        "text_completion": functions.text_completion,
        "embedding": functions.embedding,
    }
    exceptions = SdkModule("litellm.exceptions", model.refuse_name, errors(_ERRORS))
    names = {
        **dict.fromkeys(_SETTINGS),
        **{name: [] for name in _CALLBACKS},
        **asked,
        **{f"a{name}": asynchronous(function) for name, function in asked.items()},
        **errors(_ERRORS),
        "exceptions": exceptions,
        "ModelResponse": Reply,
    }
    return {"litellm": SdkModule("litellm", model.refuse_name, names)}


def _kept(arguments: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in arguments.items() if name not in _INERT}
