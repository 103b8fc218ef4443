"""``ga-ooo scripted-model``."""

from __future__ import annotations

import argparse
from typing import Any

from ga_ooo.cli import options
from ga_ooo.scripted import Latency


def add_commands(commands: Any) -> None:
    """Register the command."""
    parser = commands.add_parser(
        "scripted-model", help="serve the scripted model over HTTP, as an OpenAI-compatible server"
    )
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on")
    parser.add_argument("--port", type=int, default=8000)
    options.add_model_options(parser)
    parser.set_defaults(run=_serve)


def _serve(arguments: argparse.Namespace) -> int:
    from ga_ooo.scripted.server import serve

    model = options.model_options(arguments)
    latency = Latency(*model.latency, seed=model.latency_seed, slots=model.slots)
    names = [arguments.model_name or "scripted"]
    serve(arguments.host, arguments.port, names, latency, arguments.embedding_width)
    return 0
