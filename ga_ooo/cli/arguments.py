"""Arguments that several commands share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from ga_ooo.options.declare import (
    REQUIRED,
    Declaration,
    Declared,
    Flags,
    all_declarations,
    option,
)
from ga_ooo.options.kinds import STEPS
from ga_ooo.options.settings import changed_values

SERVERS: Final = (
    *("model.urls", "model.name", "model.embedding_urls", "model.embedding_name"),
    "model.structured_outputs",
)
"""Options that say which model servers answer."""


def flags_of_a_run(*tables: str, without: tuple[str, ...] = ()) -> Flags:
    """Flags of a command that runs a host, which may start model servers for the run."""
    named = {"serve.model": "--serve", "serve.embedding_model": "--serve-embedding"}
    return Flags(tables, without, ("serve.model",), named)


def host() -> Any:
    """The host."""
    return option(help="checkout of Generative Agents or of a fork", flag="HOST")


def simulation() -> Any:
    """A simulation that exists."""
    return option(help="name of the simulation", flag="SIM")


def fork() -> Any:
    """A scenario."""
    return option(help="scenario to fork from")


def steps(
    default: Any = REQUIRED, help: str = "steps to take; a game day is 8640", unset: str = ""
) -> Any:
    """A number of steps, or several."""
    return option(default, f"{help}; 100+100 is like `run 100` twice", kind=STEPS, unset=unset)


@dataclass(frozen=True, kw_only=True)
class ConfigArgument(Declared):
    """The configuration file."""

    config: str | None = option(
        None,
        "configuration file",
        metavar="FILE",
        unset="$GA_OOO_CONFIG, ./ga-ooo.toml or HOST/ga-ooo.toml",
    )


def flags_for(options: Any) -> list[str]:
    """The flags of ``ga-ooo run`` that give these options, as far as they are not the defaults."""
    changed = changed_values(options)
    return [
        text
        for each in all_declarations(type(options))
        if each.id in changed and each.flag.startswith("--")
        for text in _flag(each, changed[each.id])
    ]


def _flag(option: Declaration, value: Any) -> list[str]:
    if isinstance(value, bool):
        is_given = value or option.flag.startswith("--no-")
        return [option.flag if is_given else option.flag.replace("--", "--no-", 1)]
    if option.kind.repeats:
        return [f"{option.flag}={item}" for item in value]
    text = ":".join(map(str, value)) if isinstance(value, tuple) else str(value)
    return [f"{option.flag}={text}"]
