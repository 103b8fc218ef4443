"""Commands that start runs hand their model servers on to them."""

from __future__ import annotations

import argparse

from ga_ooo.options import ModelOptions


def server_flags(arguments: argparse.Namespace) -> list[str]:
    """The flags of ``ga-ooo run`` that name the same model servers; none without servers.

    Raises:
        UsageError: they do not fit together.
    """
    # Checks them, before a process is started for them.
    servers = ModelOptions(
        urls=tuple(arguments.model_url),
        name=arguments.model_name,
        embedding_urls=tuple(arguments.embedding_url),
        embedding_name=arguments.embedding_name,
    )
    if not servers.servers:
        return []
    flags = [part for url in arguments.model_url for part in ("--model-url", url)]
    flags += [part for url in arguments.embedding_url for part in ("--embedding-url", url)]
    flags += ["--model-name", arguments.model_name, "--embedding-name", arguments.embedding_name]
    match arguments.structured_outputs:
        case True:
            flags.append("--structured-outputs")
        case False:
            flags.append("--no-structured-outputs")
    return flags
