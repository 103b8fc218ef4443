"""The module itself: its names of both generations, and the clients."""

from __future__ import annotations

import functools
import importlib
import importlib.metadata
import types
from collections.abc import Callable
from typing import Any, Final, NoReturn

from ga_ooo.errors import GaOooError, ModelError
from ga_ooo.host.imported.openai_module.endpoints import Ask, Endpoints, client_parts
from ga_ooo.host.imported.openai_module.replies import Named, Reply, unknown
from ga_ooo.host.imported.openai_module.requests import Refuse

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


class OpenAIModule(types.ModuleType):
    """Replaces the package ``openai``. A name that it does not have ends the run.

    Args:
        refuse: ends the run.
    """

    def __init__(self, refuse: Refuse) -> None:
        super().__init__("openai", "Replacement that calls the model client of the engine.")
        vars(self)["_refuse"] = refuse

    def __getattr__(self, name: str) -> Any:
        if name in _INERT:
            found = _real_part(name)
            if found is not None:
                return found
        if name.startswith("_"):
            raise AttributeError(name)
        raise self._refuse(unknown(f"openai.{name}"))


def _real_part(name: str) -> Any:
    try:
        package = importlib.import_module("openai")
        if hasattr(package, name):
            return getattr(package, name)
        return importlib.import_module(f"openai.{name}")
    except ImportError:
        return None


class Client(Named):
    """The client of 1.x: ``OpenAI(api_key=..., base_url=...)``. Its settings have no effect."""

    def with_options(self, **options: Any) -> Client:
        """The client with other settings, which have no effect either."""
        return self

    copy = with_options

    def close(self) -> Any:
        """Nothing to close; may be awaited."""
        return _Done()

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.close()

    async def __aenter__(self) -> Client:
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        self.close()


class _Done:
    def __await__(self) -> Any:
        return iter(())


def make_openai_module(ask: Ask, refuse: Callable[[GaOooError], NoReturn] | None = None) -> Any:
    """The replacement of ``openai`` for host code.

    Args:
        ask: answers one request.
        refuse: ends the run with an error, wherever host code is; None to raise it.
    """
    refuse = refuse or _raise
    endpoints = Endpoints(ask, refuse)
    module = OpenAIModule(refuse)
    parts = client_parts(endpoints, refuse, _as_it_is)
    later = client_parts(endpoints, refuse, _asynchronous)
    error = types.ModuleType("openai.error")
    for name in _ERRORS:
        # Host code may use them in except clauses. Only ModelError is ever raised.
        setattr(error, name, ModelError)
        setattr(module, name, ModelError)
    models = Named("openai.models", refuse, list=lambda **_: Reply(object="list", data=[]))

    def old(name: str, create: Callable[..., Any]) -> Named:
        return Named(f"openai.{name}", refuse, create=create, acreate=_asynchronous(create))

    def client(parts: dict[str, Any], *keys: Any, **settings: Any) -> Client:
        known = dict.fromkeys(_SETTINGS) | settings
        return Client("openai.OpenAI()", refuse, **known, **parts, models=models)

    vars(module).update(
        dict.fromkeys(_SETTINGS),
        __version__=_version(),
        ChatCompletion=old("ChatCompletion", endpoints.chat),
        Completion=old("Completion", endpoints.complete),
        Embedding=old("Embedding", endpoints.embed),
        Model=models,
        models=models,
        **parts,
        error=error,
        **_clients(functools.partial(client, parts), functools.partial(client, later)),
    )
    return module


def _clients(now: Any, later: Any) -> dict[str, Any]:
    """The names of the clients; a class each, since host code has them in annotations."""
    return {
        name: _client_class(name, later if name.startswith("Async") else now)
        for name in ("OpenAI", "AzureOpenAI", "Client", "AsyncOpenAI", "AsyncAzureOpenAI")
    } | {"AsyncClient": _client_class("AsyncClient", later)}


def _client_class(name: str, make: Any) -> type:
    def new(cls: type, *keys: Any, **settings: Any) -> Any:
        return make(*keys, **settings)

    return type(name, (), {"__new__": new, "__module__": "openai"})


def _as_it_is(function: Callable[..., Any]) -> Callable[..., Any]:
    return function


def _asynchronous(function: Callable[..., Any]) -> Callable[..., Any]:
    async def later(**arguments: Any) -> Any:
        return function(**arguments)

    return later


def _version() -> str:
    try:
        return importlib.metadata.version("openai")
    except importlib.metadata.PackageNotFoundError:
        return "1.0.0"


def _raise(error: GaOooError) -> NoReturn:
    raise error
