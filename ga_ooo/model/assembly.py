"""Makes the router and its clients from the options of a run."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Sequence
from dataclasses import replace

from ga_ooo.errors import ModelError
from ga_ooo.model.client import ANY_NAME, ModelNames, OpenAIClient
from ga_ooo.model.endpoints import EndpointConfig, ServerClient
from ga_ooo.model.local_embeddings import LocalEmbedder
from ga_ooo.model.requests import GENERATION, CallKind
from ga_ooo.model.routing import Router
from ga_ooo.options import LOCAL, EndpointOptions, ModelOptions


def make_router(options: ModelOptions, kinds: Collection[CallKind] = tuple(CallKind)) -> Router:
    """A router over the servers of the options. It does not connect to them yet.

    Args:
        kinds: the kinds of calls that will be made.

    Raises:
        UsageError: a URL is not valid, or is given twice.
    """
    endpoints = [
        (
            EndpointConfig(
                endpoint.url,
                frozenset(CallKind(kind) for kind in endpoint.kinds if kind in kinds),
                endpoint.limit,
                endpoint.key_env,
                is_local=endpoint.url == LOCAL,
            ),
            model_names(options, endpoint),
        )
        for endpoint in _merged(options.servers)
        if not set(endpoint.kinds).isdisjoint(kinds)
    ]
    names = {config.url: table for config, table in endpoints}

    def client(config: EndpointConfig) -> ServerClient:
        table = names[config.url]
        if config.is_local:
            return LocalEmbedder(config, table.embedding.get(ANY_NAME, ""))
        return OpenAIClient(config, table, options.client)

    return Router([config for config, _ in endpoints], client, options.router)


def _merged(servers: Sequence[EndpointOptions]) -> list[EndpointOptions]:
    """The servers; one that is given by two spellings of its URL for different kinds is one.

    Services print one URL for chat and another for embeddings, with the same base URL.
    """
    merged: dict[str, EndpointOptions] = {}
    rest: list[EndpointOptions] = []
    for server in servers:
        is_local = server.url == LOCAL
        config = EndpointConfig(server.url, key_variable=server.key_env, is_local=is_local)
        base = config.shown()
        known = merged.get(base)
        if known is None:
            merged[base] = server
        elif set(known.kinds).isdisjoint(server.kinds) and known.key_env == server.key_env:
            merged[base] = replace(
                known,
                kinds=(*known.kinds, *server.kinds),
                name=known.name or server.name,
                embedding_name=known.embedding_name or server.embedding_name,
            )
        else:
            rest.append(server)
    return [*merged.values(), *rest]


def model_names(options: ModelOptions, endpoint: EndpointOptions) -> ModelNames:
    """The names served at one endpoint: from the table, and for all other names its own."""
    names = options.names
    # Requests with these kinds of prompts already give the served name.
    direct = {model: model for model in names.prompts.values()}
    generative = {ANY_NAME: endpoint.name} if endpoint.name else {}
    embedding = {ANY_NAME: endpoint.embedding_name} if endpoint.embedding_name else {}
    return ModelNames(
        chat={**names.chat, **direct, **generative},
        completion={**names.completion, **direct, **generative},
        embedding={**names.embedding, **embedding},
    )


async def constrains_answers(router: Router) -> str | None:
    """The reason why some endpoint in service cannot constrain answers; None if all can.

    Raises:
        ModelError: none of the endpoints answers any more.
    """
    asked = [e for e in router.endpoints if e.in_service and e.config.kinds & GENERATION]
    found = await asyncio.gather(
        *(endpoint.client.find_form() for endpoint in asked), return_exceptions=True
    )
    for result in found:
        if isinstance(result, BaseException) and not isinstance(result, ModelError):
            raise result
    failures = [result for result in found if isinstance(result, ModelError)]
    if asked and len(failures) == len(asked):
        raise failures[0]
    return next((result for result in found if isinstance(result, str)), None)


def refused_structured_outputs(reason: str) -> ModelError:
    """The error if the user requires structured outputs and a server does not obey them."""
    return ModelError(
        f"structured outputs are required, but: {reason}",
        "leave --structured-outputs out: answers are then checked, and asked for once more; or "
        "serve the model with vLLM, SGLang or llama.cpp",
    )
