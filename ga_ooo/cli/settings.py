"""Values of a command line over those of its configuration file over the defaults."""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Literal

from ga_ooo.host.checkout.locate import BACKEND
from ga_ooo.host.prompts.kinds import PROMPT_KINDS
from ga_ooo.options.config_file import TABLES, ConfigFile, find_config, read_config

Origin = Literal["default", "file", "flag"]

_WITH_FLAGS: Final = ("run", "model", "journal", "serve")
_PATHS: Final = frozenset(
    {("journal", "file"), ("journal", "replay"), ("serve", "python"), ("serve", "log_folder")}
)
_JOURNAL_FLAGS: Final = {"keep": "keep_journal", "file": "journal", "replay": "replay"}


def attribute(table: str, key: str) -> str:
    """Where the command line's parser leaves the flag of a key."""
    if table == "journal":
        return _JOURNAL_FLAGS[key]
    return f"serve_{key}" if table == "serve" else key


ATTRIBUTES: Final = tuple(
    attribute(table, key) for table in _WITH_FLAGS for key in TABLES[table]
)  # fmt: skip
"""Of all flags that a configuration file can stand in for."""


_OTHERS: Final = (
    *("clock", "config", "embedding_name", "embedding_url", "host_log", "model_name", "model_url"),
    *("plugin", "temp_storage"),
)
"""Of the flags that only a command line can set, those that a resumed run takes over."""

NOTED: Final = (*ATTRIBUTES, *_OTHERS)
_NOT_RECALLED: Final = ("journal", "keep_journal")
"""The run's own record says where its journal is."""
_NOTED_PATHS: Final = ("config", "host_log", "replay", "temp_storage")


@dataclass(frozen=True)
class Settings:
    """What file and flags set, by table and key; what neither sets has its default.

    Attributes:
        file: the configuration file.
        values: the values.
        origins: where each value comes from.
    """

    file: ConfigFile = field(default_factory=ConfigFile)
    values: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    origins: Mapping[tuple[str, str], Origin] = field(default_factory=dict)

    def table(self, name: str) -> dict[str, Any]:
        """The values of a table, as arguments of the dataclass that it configures."""
        return dict(self.values.get(name, {}))

    def origin(self, table: str, key: str) -> Origin:
        """Where a value comes from."""
        return self.origins.get((table, key), "default")


def add_option(parser: argparse.ArgumentParser) -> None:
    """The configuration file."""
    parser.add_argument(
        "--config",
        metavar="FILE",
        help="configuration file (default: $GA_OOO_CONFIG, ./ga-ooo.toml or HOST/ga-ooo.toml)",
    )


def load(arguments: argparse.Namespace, flags: argparse.Namespace) -> None:
    """Read the configuration file of a command line into it, as ``arguments.settings``.

    Flags that were not given take the file's values.

    Args:
        arguments: as parsed.
        flags: the same, parsed with None as every default.

    Raises:
        UsageError: the file does not exist, or something in it is wrong.
    """
    file = _file(arguments)
    values: dict[str, dict[str, Any]] = {}
    origins: dict[tuple[str, str], Origin] = {}
    for table, keys in TABLES.items():
        values[table] = {}
        for key in keys:
            name = attribute(table, key)
            flag = getattr(flags, name, None) if table in _WITH_FLAGS else None
            if _is_given(flag):
                values[table][key], origins[table, key] = _frozen(flag), "flag"
            elif key in file.table(table):
                value = _read(table, key, file.table(table)[key])
                values[table][key], origins[table, key] = value, "file"
                if table in _WITH_FLAGS and hasattr(arguments, name):
                    setattr(arguments, name, value)
    arguments.settings = Settings(file, values, origins)
    arguments.flags = flags


def notes(arguments: argparse.Namespace) -> dict[str, Any]:
    """The flags that a command line was given, for one that goes on with its run; JSON values."""
    flags: Iterator[tuple[str, Any]] = (
        (name, getattr(arguments.flags, name, None)) for name in NOTED if name not in _NOT_RECALLED
    )
    # The working folder may be another one then.
    return {
        name: str(Path(value).absolute()) if name in _NOTED_PATHS else value
        for name, value in flags
        if _is_given(value)
    }


def recall(arguments: argparse.Namespace, noted: Mapping[str, Any]) -> None:
    """Give a command line the flags that another one had, where it has none of its own.

    Raises:
        UsageError: see :func:`load`.
    """
    flags = arguments.flags
    for name, value in noted.items():
        if not _is_given(getattr(flags, name, None)) and hasattr(arguments, name):
            value = Path(value) if name in _NOTED_PATHS and name != "config" else value
            setattr(arguments, name, value)
            setattr(flags, name, value)
    load(arguments, flags)


def _is_given(flag: Any) -> bool:
    return flag is not None and flag not in ([], "")


def _file(arguments: argparse.Namespace) -> ConfigFile:
    if not hasattr(arguments, "config"):
        return ConfigFile()
    host = getattr(arguments, "host", None)
    folders = [Path.cwd()]
    if isinstance(host, Path):
        folders.append(host)
        if host.parts[-2:] == Path(BACKEND).parts:
            # What `python reverie.py --ooo` gives.
            folders.append(host.parents[1])
    path = find_config(arguments.config, os.environ, folders)
    return ConfigFile() if path is None else read_config(path, PROMPT_KINDS)


def _read(table: str, key: str, value: Any) -> Any:
    return Path(value).expanduser() if (table, key) in _PATHS else _frozen(value)


def _frozen(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value
