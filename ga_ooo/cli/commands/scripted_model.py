"""``ga-ooo scripted-model``: the scripted model as a server."""

from __future__ import annotations

from dataclasses import dataclass

from ga_ooo.cli.command_line import Command, CommandLine
from ga_ooo.options import ModelOptions
from ga_ooo.options.declare import Check, Declared, Flags, nested, option
from ga_ooo.scripted import Latency

_OPTIONS = (
    *("model.name", "model.latency", "model.latency_seed", "model.slots"),
    *("model.embedding_width", "model.unknown_prompts"),
)


@dataclass(frozen=True, kw_only=True)
class Arguments(Declared):
    """Where to listen, and how to answer."""

    host: str = option("127.0.0.1", "address to listen on")
    port: int = option(
        8000,
        "port to listen on; 0: any that is free",
        check=Check("a port from 0 to 65535", lambda value: 0 <= value <= 65535),
    )
    model: ModelOptions = nested(ModelOptions, Flags(_OPTIONS))


def _run(line: CommandLine[Arguments]) -> int:
    from ga_ooo.scripted.server import serve

    model = line.arguments.model
    latency = Latency(*model.latency, seed=model.latency_seed, slots=model.slots)
    names = [model.name or "scripted"]
    serve(
        line.arguments.host,
        line.arguments.port,
        names,
        latency,
        model.embedding_width,
        model.unknown_prompts,
    )
    return 0


COMMAND = Command(
    "serve the scripted model over HTTP, as an OpenAI-compatible server", Arguments, _run
)
