"""``ga-ooo config``: the effective options, and the reference page of all options."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from ga_ooo.cli.arguments import ConfigArgument
from ga_ooo.cli.command_line import Command, CommandLine
from ga_ooo.cli.reference import reference
from ga_ooo.options import ModelOptions, Options
from ga_ooo.options.config_file import TABLES
from ga_ooo.options.declare import Flags, nested, nested_in, option
from ga_ooo.options.kinds import plain, toml_text
from ga_ooo.options.settings import values_in


@dataclass(frozen=True, kw_only=True)
class Arguments(ConfigArgument):
    """All options of a run, to see their effect."""

    what: Literal["show", "reference"] = option(
        help="show: print the effective options as TOML, without secrets; reference: print the "
        "reference page of all options",
        flag="show|reference",
    )
    host: Path | None = option(None, "checkout whose ga-ooo.toml is read", flag="HOST")
    options: Options = nested(Options, Flags(("run", "model", "journal", "serve")))


def _run(line: CommandLine[Arguments]) -> int:
    if line.flags["what"] == "show":
        print("\n".join(_shown(line)))
    else:
        print(reference(), end="")
    return 0


def _shown(line: CommandLine[Arguments]) -> Iterator[str]:
    """Lines of TOML; a comment after each value names its source."""
    settings = line.settings
    # Not all together: options that cannot run together can be shown.
    tables: list[Any] = [settings.make(kind) for _, kind, _ in nested_in(Options)]
    values = {id: value for table in tables for id, value in values_in(table).items()}
    yield f"# {line.file.path or 'no configuration file'}"
    for table, keys in TABLES.items():
        if table == "model.names":
            continue
        yield f"\n[{table}]"
        for key in keys:
            id = f"{table}.{key}"
            value, origin = values[id], settings.origins.get(id, "default")
            if id != "model.endpoints":
                text = f"{key} = {toml_text(plain(value))}  # {origin}"
                yield f"# {key} is not set" if value in (None, "") else text
        if table == "model":
            yield from _servers(settings.make(ModelOptions))


def _servers(model: ModelOptions) -> Iterator[str]:
    origin = "flag" if model.generative_urls else "file"
    for server in model.servers:
        yield f"\n[[model.endpoints]]  # {origin}"
        for key, value in plain(server).items():
            yield f"{key} = {toml_text(value)}"
    for kind, names in plain(model.names).items():
        if names:
            yield f"\n[model.names.{kind}]  # file"
            for name, served in names.items():
                yield f"{toml_text(name)} = {toml_text(served)}"


COMMAND = Command(
    "show the effective options, or the reference page of all options", Arguments, _run
)
