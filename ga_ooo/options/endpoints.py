"""The model servers of a configuration file, and the names of their models."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Final

from ga_ooo.errors import UsageError
from ga_ooo.options._tables import read_keys
from ga_ooo.options.declare import Check, Declared, at_least, declarations, nearest, option
from ga_ooo.options.kinds import Kind, instance_of, list_of

GENERATIVE_KINDS: Final = ("chat", "completion")
ALL_KINDS: Final = (*GENERATIVE_KINDS, "embedding")

LOCAL: Final = "local"
"""In place of a URL: this process embeds, with the package sentence-transformers."""

_VARIABLE: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def _is_url(text: str) -> bool:
    return text.startswith(("http://", "https://"))


_URL: Final = "a URL as the server prints it, such as http://localhost:8000/v1"
URLS: Final = Check(_URL, lambda urls: all(map(_is_url, urls)))
EMBEDDING_URLS: Final = Check(
    f"{_URL}; or {LOCAL}", lambda urls: all(url == LOCAL or _is_url(url) for url in urls)
)


@dataclass(frozen=True)
class EndpointOptions(Declared):
    """One model server."""

    TABLE: ClassVar[str] = "model.endpoints"
    HAS_FLAGS: ClassVar[bool] = False

    url: str = option(
        help="base URL of an OpenAI-compatible API",
        check=Check(
            f"{_URL}; or {LOCAL} for embeddings in this process",
            lambda url: url == LOCAL or _is_url(url),
        ),
    )
    kinds: tuple[str, ...] = option(
        GENERATIVE_KINDS,
        f"kinds of calls that the server gets, of {', '.join(ALL_KINDS)}",
        check=Check(
            f"a list of some of {', '.join(ALL_KINDS)}",
            lambda kinds: bool(kinds) and set(kinds) <= set(ALL_KINDS),
        ),
    )
    name: str = option("", "served model for chat and completions", unset="as [model.names] says")
    embedding_name: str = option("", "served model for embeddings", unset="as [model.names] says")
    limit: int = option(256, "most calls in flight at once", check=at_least(1))
    key_env: str = option(
        "OPENAI_API_KEY",
        "environment variable that holds the API key",
        check=Check(
            "the name of an environment variable, which holds the API key",
            lambda name: _VARIABLE.fullmatch(name) is not None,
        ),
    )

    @property
    def model_names(self) -> tuple[str, ...]:
        """The models that it is asked for by name; none that this process runs itself."""
        if self.url == LOCAL:
            return ()
        embedding = self.embedding_name if "embedding" in self.kinds else ""
        generative = self.name if not set(self.kinds).isdisjoint(GENERATIVE_KINDS) else ""
        return tuple(name for name in (generative, embedding) if name)


def _endpoints(value: Any) -> tuple[EndpointOptions, ...]:
    def read(entry: Any) -> EndpointOptions:
        if isinstance(entry, EndpointOptions):
            return entry
        values = read_keys(instance_of(dict)(entry), EndpointOptions.TABLE, ENDPOINT_KEYS)
        if "url" not in values:
            raise UsageError("a model.endpoints has no url", "add one")
        return EndpointOptions(**values)

    return tuple(map(read, list_of(lambda entry: entry)(value)))


def _names(value: Any) -> Mapping[str, str]:
    for name, served in instance_of(dict)(value).items():
        if not (isinstance(served, str) and served):
            raise ValueError(name)
    return dict(value)


ENDPOINT_KEYS: Final = {each.name: each for each in declarations(EndpointOptions)}
ENDPOINTS: Final = Kind("a list of tables: write [[model.endpoints]] above each", str, _endpoints)
_NAMES: Final = Kind("a table of names of models", str, _names)


@dataclass(frozen=True)
class NamesOptions(Declared):
    """Which served model answers for a model that the host names; ``*`` is any other name."""

    TABLE: ClassVar[str] = "model.names"
    HAS_FLAGS: ClassVar[bool] = False

    chat: Mapping[str, str] = option(
        {},
        "the host's name of a chat model = served name; * is any other name",
        kind=_NAMES,
        unset="none",
    )
    completion: Mapping[str, str] = option(
        {}, "the same for completions", kind=_NAMES, unset="none"
    )
    embedding: Mapping[str, str] = option({}, "the same for embeddings", kind=_NAMES, unset="none")
    prompts: Mapping[str, str] = option(
        {}, "kind of prompt = served name, over the tables above", kind=_NAMES, unset="none"
    )

    @property
    def served(self) -> tuple[str, ...]:
        """All served names in the tables."""
        tables = (self.chat, self.completion, self.embedding, self.prompts)
        return tuple(dict.fromkeys(name for table in tables for name in table.values()))

    def check_prompts(self, known: Iterable[str]) -> None:
        """Check the kinds of prompts.

        Raises:
            UsageError: one does not exist.
        """
        known = list(known)
        for name in self.prompts:
            if name not in known:
                raise UsageError(f"there is no model.names.prompts.{name}", nearest(name, known))
