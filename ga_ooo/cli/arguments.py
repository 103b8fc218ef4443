"""Arguments that several commands share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from ga_ooo.options.declare import REQUIRED, Check, Declared, Flags, option
from ga_ooo.options.kinds import STEPS

SERVERS: Final = (
    *("model.provider", "model.urls", "model.name", "model.embedding_urls"),
    *("model.embedding_name", "model.structured_outputs", "model.ca"),
)
"""Options that say which model servers answer."""

OF_BOTH_SIDES: Final = (
    *("run.seed", "run.rule", "run.accelerate", "run.workers", "run.ray_address"),
    "run.whispers",
)
"""Options of a run that ``verify`` takes too."""


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


def page_port() -> Any:
    """The port of the page of a run."""
    return option(
        8765,
        "port of the page on this machine; 0: any that is free",
        check=Check("a port from 0 to 65535", lambda value: 0 <= value <= 65535),
        in_file=False,
    )


def fork() -> Any:
    """A scenario."""
    return option(help="scenario to fork from")


def steps(
    default: Any = REQUIRED, help: str = "steps to take; a game day is 8640", unset: str = ""
) -> Any:
    """A number of steps, or several."""
    return option(default, f"{help}; 100+100 is like `run 100` twice", kind=STEPS, unset=unset)


@dataclass(frozen=True, kw_only=True)
class ViewArguments(Declared):
    """What a command shows of its runs."""

    quiet: bool = option(False, "print nothing but warnings and errors", in_file=False)
    as_json: bool = option(
        False,
        "print one JSON event per line (docs/watching.md)",
        flag="--json",
        in_file=False,
    )

    @classmethod
    def of(cls, flags: Mapping[str, Any]) -> ViewArguments:
        """Of the flags of a command whose other arguments are not known yet."""
        return cls(quiet=flags.get("quiet", False), as_json=flags.get("as_json", False))


@dataclass(frozen=True, kw_only=True)
class PageArguments(ViewArguments):
    """Whether the browser shows the run, too."""

    watch: bool = option(
        False,
        "show the run in the browser, where it can be paused and stopped (docs/watching.md)",
        in_file=False,
    )
    port: int = page_port()

    @classmethod
    def of(cls, flags: Mapping[str, Any]) -> PageArguments:
        """Of the flags of a command whose other arguments are not known yet."""
        known = ("quiet", "as_json", "watch", "port")
        return cls(**{name: flags[name] for name in known if name in flags})


@dataclass(frozen=True, kw_only=True)
class ConfigArgument(Declared):
    """The configuration file."""

    config: str | None = option(
        None,
        "configuration file",
        metavar="FILE",
        unset="$GA_OOO_CONFIG, ./ga-ooo.toml or HOST/ga-ooo.toml",
    )
