"""The module itself: its names of both generations, and the clients."""

from __future__ import annotations

import functools
import importlib
import importlib.metadata
from collections.abc import Callable
from types import ModuleType
from typing import Any, Final

from ga_ooo.host.sdks.host_model import HostModel
from ga_ooo.host.sdks.openai.endpoints import Endpoints, client_parts
from ga_ooo.host.sdks.parts import Client, Named, SdkModule, asynchronous, client_class, errors
from ga_ooo.host.sdks.replies import Reply

_ERRORS: Final = (
    *("OpenAIError", "APIError", "APIStatusError", "APIConnectionError", "APITimeoutError"),
    *("APIResponseValidationError", "BadRequestError", "AuthenticationError", "NotFoundError"),
    *("PermissionDeniedError", "ConflictError", "UnprocessableEntityError", "RateLimitError"),
    *("InternalServerError", "LengthFinishReasonError", "ContentFilterFinishReasonError"),
    # Of the API of 2022.
    *("Timeout", "ServiceUnavailableError", "InvalidRequestError", "InvalidAPIType", "TryAgain"),
    *("PermissionError", "SignatureVerificationError", "IdempotencyError"),
)
"""Names of exceptions in both generations."""

_SETTINGS: Final = (
    *("api_key", "api_base", "api_type", "api_version", "organization", "proxy", "base_url"),
    *("timeout", "max_retries", "default_headers", "default_query", "http_client", "log"),
    *("azure_endpoint", "azure_ad_token", "azure_ad_token_provider", "project", "debug"),
    *("verify_ssl_certs", "requestssession", "aiosession", "app_info", "ca_bundle_path"),
)
"""Settings of the module and of its clients: kept, and without effect."""

_INERT: Final = frozenset(
    {"types", "NOT_GIVEN", "NotGiven", "Omit", "BaseModel", "DefaultHttpxClient", "_types"}
    | {"_models", "pydantic_function_tool", "lib", "_exceptions"}
)
"""Names of the real package that host code and its libraries use and that ask nothing."""


def _real_part(name: str) -> Any:
    if name not in _INERT:
        return None
    try:
        package = importlib.import_module("openai")
        if hasattr(package, name):
            return getattr(package, name)
        return importlib.import_module(f"openai.{name}")
    except ImportError:
        return None


def make_openai_module(model: HostModel) -> ModuleType:
    """The replacement of ``openai`` for host code.

    Args:
        model: asked by all of its functions.
    """
    endpoints = Endpoints(model)
    parts = client_parts(endpoints, model, _as_it_is)
    later = client_parts(endpoints, model, asynchronous)
    error = ModuleType("openai.error")
    vars(error).update(errors(_ERRORS))
    models = Named("openai.models", model.refuse_name, list=_no_models)

    def old(name: str, create: Callable[..., Any]) -> Named:
        return Named(
            f"openai.{name}", model.refuse_name, create=create, acreate=asynchronous(create)
        )

    def client(parts: dict[str, Any], *keys: Any, **settings: Any) -> Client:
        known = dict.fromkeys(_SETTINGS) | settings
        return Client("openai.OpenAI()", model.refuse_name, **known, **parts, models=models)

    names = {
        **dict.fromkeys(_SETTINGS),
        "__version__": _version(),
        "ChatCompletion": old("ChatCompletion", endpoints.chat),
        "Completion": old("Completion", endpoints.complete),
        "Embedding": old("Embedding", endpoints.embed),
        "Model": models,
        "models": models,
        **parts,
        **errors(_ERRORS),
        "error": error,
        **_clients(functools.partial(client, parts), functools.partial(client, later)),
    }
    return SdkModule("openai", model.refuse_name, names, _real_part)


def _no_models(**_: Any) -> Reply:
    return Reply(object="list", data=[])


def _clients(now: Any, later: Any) -> dict[str, Any]:
    """The names of the clients; a class each, since host code has them in annotations."""
    return {
        name: client_class(name, "openai", later if name.startswith("Async") else now)
        for name in ("OpenAI", "AzureOpenAI", "Client", "AsyncOpenAI", "AsyncAzureOpenAI")
    } | {"AsyncClient": client_class("AsyncClient", "openai", later)}


def _as_it_is(function: Callable[..., Any]) -> Callable[..., Any]:
    return function


def _version() -> str:
    try:
        return importlib.metadata.version("openai")
    except importlib.metadata.PackageNotFoundError:
        return "1.0.0"
