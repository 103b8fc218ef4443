"""``ga-ooo reembed``: replaces the embeddings of all memories of a simulation."""

from __future__ import annotations

import sys
from dataclasses import dataclass, replace
from pathlib import Path

from ga_ooo.api.reembedding import reembed
from ga_ooo.api.who_answers import check_named_model
from ga_ooo.cli import arguments
from ga_ooo.cli.command_line import Command, CommandLine
from ga_ooo.host.checkout.checkout import Checkout
from ga_ooo.host.checkout.locate import locate
from ga_ooo.host.durable.embeddings import embedding_name
from ga_ooo.host.durable.resumable import lock_run
from ga_ooo.model.requests import CallKind, ModelClient
from ga_ooo.options import EndpointOptions, FileOptions, ModelOptions
from ga_ooo.options.declare import Flags, nested
from ga_ooo.plugin import Plugins
from ga_ooo.views.simulations import find_simulation


@dataclass(frozen=True, kw_only=True)
class Arguments(arguments.ConfigArgument):
    """The simulation, and the model that embeds."""

    host: Path = arguments.host()
    sim: str = arguments.simulation()
    files: FileOptions = nested(FileOptions, Flags(("files.storage",)))
    model: ModelOptions = nested(
        ModelOptions, Flags(("model.model", "model.embedding_width", *arguments.SERVERS))
    )


def _run(line: CommandLine[Arguments]) -> int:
    given = line.arguments
    simulation = find_simulation(given.host, given.sim, given.files.storage)
    checkout = locate(given.host)
    model = _with_embedders(given.model)
    plugins = Plugins()
    check_named_model(model, checkout, plugins)
    name = embedding_name(model)
    lock = lock_run(simulation)
    try:
        client = _client(model, checkout, plugins)
        count, width = reembed(simulation, client, name, _report)
    finally:
        lock.release()
    print(f"{count:,} memories in {simulation} have new embeddings: {name}, {width} numbers each")
    return 0


def _client(model: ModelOptions, checkout: Checkout, plugins: Plugins) -> ModelClient:
    """Answers embedding calls; no server for other calls needs to run."""
    if not model.servers:
        return plugins.client(model, checkout)
    # Only here: the client library takes a third of a second to import.
    from ga_ooo.model.assembly import make_router

    return make_router(model, [CallKind.EMBEDDING])


def _with_embedders(model: ModelOptions) -> ModelOptions:
    """The options, in which the URLs for embeddings need no others beside them."""
    if model.generative_urls or not model.embedding_urls:
        return model
    servers = (
        EndpointOptions(url, ("chat", "completion", "embedding"), "", model.embedding_name)
        for url in model.embedding_urls
    )
    return replace(model, endpoints=tuple(servers))


def _report(done: int, texts: int) -> None:
    print(f"{done:,} of {texts:,} texts", file=sys.stderr)


COMMAND = Command(
    "replace the embeddings of all memories of a simulation by those of another model",
    Arguments,
    _run,
    description="Give the same command again if it was interrupted: it continues. The simulation "
    "stays as it was until all embeddings exist.",
)
