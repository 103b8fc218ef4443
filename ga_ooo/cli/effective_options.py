"""The effective options of a command, as a configuration file that explains itself."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from ga_ooo.options import ModelOptions, Options, PriceOptions
from ga_ooo.options.config_file import TABLES
from ga_ooo.options.declare import nested_in
from ga_ooo.options.kinds import plain, toml_text
from ga_ooo.options.settings import Settings, values_in

_TABLES_OF_THEIR_OWN: Final = ("model.endpoints", "prices.models", "prices.server_hours")


def effective_options(settings: Settings, file: Path | None) -> Iterator[str]:
    """Lines of TOML, without secrets; a comment after each value names its source.

    Args:
        file: the configuration file that was read; None for none.
    """
    # Not all together: options that cannot run together can be shown.
    tables: list[Any] = [settings.make(kind) for _, kind, _ in nested_in(Options)]
    values = {id: value for table in tables for id, value in values_in(table).items()}
    yield f"# {file or 'no configuration file'}"
    for table, keys in TABLES.items():
        if table == "model.names":
            continue
        yield f"\n[{table}]"
        for key in keys:
            id = f"{table}.{key}"
            value, origin = values[id], settings.origins.get(id, "default")
            if id not in _TABLES_OF_THEIR_OWN:
                text = f"{key} = {toml_text(plain(value))}  # {origin}"
                yield f"# {key} is not set" if value in (None, "") else text
        if table == "model":
            yield from _servers(settings.make(ModelOptions))
        if table == "prices":
            yield from _prices(settings.make(PriceOptions))


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


def _prices(prices: PriceOptions) -> Iterator[str]:
    if prices.server_hours:
        yield "\n[prices.server_hours]  # file"
        for url, amount in prices.server_hours.items():
            yield f"{toml_text(url)} = {toml_text(amount)}"
    for name, price in prices.models.items():
        yield f"\n[prices.models.{toml_text(name)}]  # file"
        for key, amount in plain(price).items():
            if amount is not None:
                yield f"{key} = {toml_text(amount)}"
