"""The configuration file ``ga-ooo.toml``: found, read, checked (docs/configuration.md).

Its values stand between the defaults and the flags of a command line. API keys are never in it,
only the names of the environment variables that hold them.
"""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from ga_ooo.errors import UsageError
from ga_ooo.options.model import EndpointOptions, NamesOptions

FILE_NAME: Final = "ga-ooo.toml"
VARIABLE: Final = "GA_OOO_CONFIG"


@dataclass(frozen=True)
class Type:
    """What a key may hold.

    Attributes:
        name: in words, for error messages.
        accepts: whether a value that TOML read is one.
    """

    name: str
    accepts: Callable[[Any], bool]


def _is_int(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_number(value: Any) -> bool:
    return _is_int(value) or isinstance(value, float)


def _is_list(accepts: Callable[[Any], bool]) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, list) and all(map(accepts, value))


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


INTEGER: Final = Type("a whole number", _is_int)
COUNT: Final = Type("a whole number of 1 or more", lambda value: _is_int(value) and value >= 1)
SECONDS: Final = Type("seconds above 0", lambda value: _is_number(value) and value > 0)
SHARE: Final = Type("a number", _is_number)
TEXT: Final = Type("a text", _is_text)
TEXTS: Final = Type("a list of texts", _is_list(_is_text))
FLAG: Final = Type("true or false", lambda value: isinstance(value, bool))
LATENCY: Final = Type(
    "three numbers [per call, per output token, per input token]",
    lambda value: _is_list(_is_number)(value) and len(value) == 3,
)
REPLICAS: Final = Type('a whole number or "auto"', lambda v: v == "auto" or _is_int(v))

TABLES: Final[Mapping[str, Mapping[str, Type]]] = {
    "run": {
        "seed": INTEGER,
        "rule": TEXT,
        "retries": INTEGER,
        "window": COUNT,
        "runahead": INTEGER,
        "runahead_budget": SHARE,
        "checkpoint_steps": COUNT,
        "accelerate": TEXT,
        "checkpoint_seconds": SECONDS,
        "keep_checkpoints": INTEGER,
    },
    "model": {
        "model": TEXT,
        "structured_outputs": FLAG,
        "completion_as_chat": FLAG,
        "default_max_tokens": COUNT,
        "attempt_deadline_s": SECONDS,
        "connect_deadline_s": SECONDS,
        "max_answer_bytes": COUNT,
        "latency": LATENCY,
        "latency_seed": INTEGER,
        "slots": COUNT,
        "embedding_width": COUNT,
    },
    "retry": {
        "base_s": SECONDS,
        "most_s": SECONDS,
        "call_deadline_s": SECONDS,
        "answer_attempts": COUNT,
    },
    "router": {
        "eject_after": COUNT,
        "give_up_after_s": SECONDS,
        "interval_s": SECONDS,
        "failed_checks": COUNT,
        "recheck_s": SECONDS,
        "most_recheck_s": SECONDS,
    },
    "journal": {"keep": FLAG, "file": TEXT, "replay": TEXT},
    "serve": {
        "model": TEXT,
        "replicas": REPLICAS,
        "gpus_per_replica": COUNT,
        "embedding_model": TEXT,
        "served_model_name": TEXT,
        "served_embedding_name": TEXT,
        "port": COUNT,
        "python": TEXT,
        "max_num_seqs": COUNT,
        "gpu_memory_utilization": SHARE,
        "embedding_memory_utilization": SHARE,
        "reproducible": FLAG,
        "log_folder": TEXT,
        "extra_arguments": TEXTS,
        "extra_embedding_arguments": TEXTS,
    },
}
"""Tables of single values; ``model`` also has ``endpoints`` and ``names``."""

_ENDPOINT: Final[Mapping[str, Type]] = {
    "url": TEXT,
    "kinds": TEXTS,
    "name": TEXT,
    "embedding_name": TEXT,
    "limit": COUNT,
    "key_env": TEXT,
}
_NAMES: Final = ("chat", "completion", "embedding", "prompts")
_SECRETS: Final = frozenset(
    ("key", "api_key", "apikey", "token", "secret", "password", "authorization", "bearer")
)


@dataclass(frozen=True)
class ConfigFile:
    """What a configuration file says.

    Attributes:
        path: where it is; None where there is none.
        values: single values by table and key.
        endpoints: model servers.
        names: host names of models to served ones.
    """

    path: Path | None = None
    values: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    endpoints: tuple[EndpointOptions, ...] = ()
    names: NamesOptions = field(default_factory=NamesOptions)

    def table(self, name: str) -> Mapping[str, Any]:
        """The single values of a table."""
        return self.values.get(name, {})


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
        UsageError: it cannot be read, is no TOML, has a table or key that is not known (naming
            near ones), a value of another type, or a key for an API.
    """
    try:
        with path.open("rb") as file:
            content = tomllib.load(file)
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror}", "make it readable") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"{path} is not TOML: {error}", "correct it there") from error
    return _Reader(path, prompt_kinds).read(content)


class _Reader:
    """Checks one file's content."""

    def __init__(self, path: Path, prompt_kinds: Collection[str]) -> None:
        self._path = path
        self._prompt_kinds = prompt_kinds

    def read(self, content: dict[str, Any]) -> ConfigFile:
        self._check_names("", content, TABLES)
        model = self._table("model", content.get("model", {}))
        endpoints = model.pop("endpoints", [])
        names = self._table("model.names", model.pop("names", {}))
        tables = {
            name: self._values(name, self._table(name, table), TABLES[name])
            for name, table in {**content, "model": model}.items()
        }
        if not _is_list(lambda entry: isinstance(entry, dict))(endpoints):
            raise UsageError(
                f"{self._path}: model.endpoints is no list of tables",
                "write [[model.endpoints]] above each server",
            )
        return ConfigFile(
            self._path,
            tables,
            tuple(self._endpoint(entry) for entry in endpoints),
            self._names(names),
        )

    def _table(self, name: str, value: Any) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise UsageError(f"{self._path}: {name} is no table", f"write it as [{name}]")
        return dict(value)

    def _values(
        self, table: str, values: dict[str, Any], types: Mapping[str, Type]
    ) -> dict[str, Any]:
        also = ("endpoints", "names") if table == "model" else ()
        self._check_names(table, values, (*types, *also))
        for key, value in values.items():
            if not types[key].accepts(value):
                # The value is not quoted: it may be a secret in the wrong place.
                raise UsageError(
                    f"{self._path}: {table}.{key} is not {types[key].name}",
                    f"give {types[key].name}",
                )
        return values

    def _endpoint(self, entry: dict[str, Any]) -> EndpointOptions:
        values = self._values("model.endpoints", entry, _ENDPOINT)
        if "url" not in values:
            raise UsageError(f"{self._path}: a model.endpoints has no url", "add one")
        arguments: dict[str, Any] = dict(values)
        if "kinds" in arguments:
            arguments["kinds"] = tuple(arguments["kinds"])
        try:
            return EndpointOptions(**arguments)
        except UsageError as error:
            raise UsageError(f"{self._path}: {error.problem}", error.remedy) from error

    def _names(self, tables: dict[str, Any]) -> NamesOptions:
        self._check_names("model.names", tables, _NAMES)
        for kind, table in tables.items():
            where = f"model.names.{kind}"
            if kind == "prompts":
                self._check_names(where, self._table(where, table), self._prompt_kinds)
            for key, value in self._table(where, table).items():
                if not _is_text(value) or not value:
                    raise UsageError(
                        f"{self._path}: {where}.{key} is not the name of a model", "give a text"
                    )
        return NamesOptions(**tables)

    def _check_names(self, table: str, names: Iterable[str], known: Iterable[str]) -> None:
        known = list(known)
        for name in names:
            if name in known:
                continue
            where = f"{table}.{name}" if table else name
            if name.lower().replace("-", "_") in _SECRETS:
                raise UsageError(
                    f"{self._path}: {where}: keys do not belong into this file",
                    "put the key into an environment variable and give its name as key_env",
                )
            near = difflib.get_close_matches(name, known, 3, 0.5) or sorted(known)
            raise UsageError(
                f"{self._path}: there is no {where}", f"did you mean {' or '.join(near)}?"
            )
