"""``ga-ooo config show``: what a command line and its configuration file come to."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ga_ooo.cli import options, settings
from ga_ooo.cli.commands import serve
from ga_ooo.options import EndpointOptions, ModelOptions, ServeOptions
from ga_ooo.options.config_file import TABLES


def add_commands(commands: Any) -> None:
    """Register the command."""
    parser = commands.add_parser(
        "config", help="show the configuration that a command line and its file come to"
    )
    parser.add_argument("what", choices=("show",), help="print it as TOML, without secrets")
    parser.add_argument("host", type=Path, nargs="?", metavar="HOST")
    settings.add_option(parser)
    options.add_run_options(parser)
    options.add_checkpoints(parser)
    options.add_model_options(parser)
    options.add_serving_of_a_run(parser)
    options.add_journal(parser)
    serve.add_serve_options(parser, also_embedding_model=False)
    parser.set_defaults(run=_show)


def _show(arguments: argparse.Namespace) -> int:
    print("\n".join(render(arguments)))
    return 0


def render(arguments: argparse.Namespace) -> Iterator[str]:
    """Lines of TOML; a comment after each value says where it comes from."""
    given: settings.Settings = arguments.settings
    model = options.model_options(arguments)
    effective: dict[str, Mapping[str, Any]] = {
        "run": vars(options.run_options(arguments)),
        "model": vars(model),
        "retry": _slots(model.router.retry),
        "router": {**_slots(model.router.health), **_slots(model.router)},
        "journal": {**dict.fromkeys(TABLES["journal"]), **given.table("journal")},
        "serve": {**vars(ServeOptions(model="-")), "model": None, **given.table("serve")},
    }
    yield f"# {given.file.path or 'no configuration file'}"
    for table, keys in TABLES.items():
        yield f"\n[{table}]"
        for key in keys:
            value, origin = effective[table][key], given.origin(table, key)
            yield f"# {key} is not set" if value is None else f"{key} = {toml(value)}  # {origin}"
        if table == "model":
            yield from _servers(model, arguments)


def _servers(model: ModelOptions, arguments: argparse.Namespace) -> Iterator[str]:
    origin = "flag" if model.urls else "file"
    for server in model.servers:
        yield f"\n[[model.endpoints]]  # {origin}"
        for key in EndpointOptions.__dataclass_fields__:
            yield f"{key} = {toml(getattr(server, key))}"
    for kind, table in vars(model.names).items():
        if table:
            yield f"\n[model.names.{kind}]  # file"
            for name, served in table.items():
                yield f"{toml(name)} = {toml(served)}"


def _slots(options: Any) -> dict[str, Any]:
    return {name: getattr(options, name) for name in options.__dataclass_fields__}


def toml(value: Any) -> str:
    """A value as TOML writes it."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return repr(value)
    if isinstance(value, tuple | list):
        return f"[{', '.join(map(toml, value))}]"
    # JSON's escapes are among TOML's, but for DEL, which JSON does not escape.
    return json.dumps(str(value), ensure_ascii=False).replace("\x7f", "\\u007f")
