"""The configuration file ``ga-ooo.toml``: found, read, checked (docs/configuration.md).

Its values stand between the defaults and the flags of a command line. API keys are never in it,
only the names of the environment variables that hold them.
"""

from __future__ import annotations

import tomllib
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from ga_ooo.errors import UsageError
from ga_ooo.options._tables import check_names, read_keys
from ga_ooo.options.all import Options
from ga_ooo.options.declare import Declaration, all_declarations
from ga_ooo.options.endpoints import NamesOptions

FILE_NAME: Final = "ga-ooo.toml"
_LAYOUT: Final = "host"
"""The table of a checkout's own file that says where its folders are. It is read with the checkout
(:mod:`ga_ooo.host.checkout.layout`), and is no option."""
VARIABLE: Final = "GA_OOO_CONFIG"


def _tables() -> Mapping[str, Mapping[str, Declaration]]:
    tables: dict[str, dict[str, Declaration]] = defaultdict(dict)
    for declaration in all_declarations(Options):
        if declaration.in_file:
            tables[declaration.table][declaration.name] = declaration
    return tables


TABLES: Final = _tables()
"""All options that the file may set, by table and key."""


@dataclass(frozen=True)
class ConfigFile:
    """The content of a configuration file.

    Attributes:
        path: where the file is; None for no file.
        values: by id, such as ``run.seed``.
    """

    path: Path | None = None
    values: Mapping[str, Any] = field(default_factory=dict)


def find_config(
    given: str | None, environment: Mapping[str, str], folders: Iterable[Path]
) -> Path | None:
    """The file to read: the one given, else the one of ``$GA_OOO_CONFIG``, else the first found.

    Args:
        given: by flag; empty for no file at all. ``$GA_OOO_CONFIG`` likewise.
        environment: environment variables.
        folders: where to look for ``ga-ooo.toml`` otherwise, in order.

    Raises:
        UsageError: the file that was named does not exist.
    """
    named = given if given is not None else environment.get(VARIABLE)
    if named is not None:
        path = Path(named).expanduser()
        if named and not path.is_file():
            raise UsageError(
                f"there is no configuration file {path}",
                f"correct {'--config' if given is not None else VARIABLE}",
            )
        return path if named else None
    return next((path for f in folders if (path := f / FILE_NAME).is_file()), None)


def read_config(path: Path, prompt_kinds: Collection[str]) -> ConfigFile:
    """Read and check a file.

    Args:
        prompt_kinds: keys that ``model.names.prompts`` may have.

    Raises:
        UsageError: it cannot be read, is no TOML, has a table or key that does not exist (naming
            near ones), a value of another kind, or a key for an API.
    """
    try:
        with path.open("rb") as file:
            content = tomllib.load(file)
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror}", "make it readable") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"{path} is not TOML: {error}", "correct it there") from error
    try:
        values = dict(_read(content))
        prompts = values.get("model.names.prompts", {})
        NamesOptions(prompts=prompts).check_prompts(prompt_kinds)
    except UsageError as error:
        raise UsageError(f"{path}: {error.problem}", error.remedy) from error
    return ConfigFile(path, values)


def _read(content: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    check_names("", content, [_LAYOUT, *(name for name in TABLES if "." not in name)])
    for table, keys in TABLES.items():
        values: Any = content
        for part in table.split("."):
            values = values.get(part, {})
            if not isinstance(values, dict):
                raise UsageError(f"{table} is no table", f"write it as [{table}]")
        below = [name.rpartition(".")[2] for name in TABLES if name.startswith(f"{table}.")]
        for name, value in read_keys(values, table, keys, below).items():
            yield f"{table}.{name}", value
