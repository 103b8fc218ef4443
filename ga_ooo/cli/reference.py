"""The reference page docs/options.md, made from the declarations of all options."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from ga_ooo.cli.finding import NAMES, find_command
from ga_ooo.cli.parser import default_text
from ga_ooo.options import EndpointOptions, ModelPrice, Options
from ga_ooo.options.declare import Declaration, all_declarations, declarations, nested_in

_HEAD: Final = """\
<!-- Made by `ga-ooo config reference`; a test compares it. Do not edit. -->

# Options

Find an option by its name, and see where it may be set. `ga-ooo COMMAND --help` lists the options
of one command; [configuration.md](configuration.md) explains the file `ga-ooo.toml`. In Python, the
options are fields of `ga_ooo.Options`, with the names of the keys.

A flag overrides the file, the file overrides the default. An option without a key is set by its
flag only, an option without a flag in the file only. `ga-ooo resume` takes over the flags that the
run began with, except those marked *once*.
"""
_TITLES: Final = {
    "run": "How a run is executed: `[run]`",
    "model": "Which model answers: `[model]`",
    "model.names": "Names of models: `[model.names]`",
    "router": "How calls are spread over servers: `[router]`",
    "retry": "How failed calls are made again: `[retry]`",
    "journal": "The journal: `[journal]`",
    "serve": "Model servers on this machine: `[serve]`",
    "prices": "What the model costs: `[prices]`",
    "files": "Files and folders of a run",
}


def reference() -> str:
    """The page."""
    return "\n".join(_lines()) + "\n"


def _lines() -> Iterator[str]:
    yield _HEAD
    options = list(all_declarations(Options))
    for table, title in _TITLES.items():
        yield f"## {title}\n"
        yield from _table(each for each in options if each.table == table)
        if table == "model":
            yield "## One model server: `[[model.endpoints]]`\n"
            yield from _table(declarations(EndpointOptions))
        if table == "prices":
            yield '## The prices of one model: `[prices.models."NAME"]`\n'
            yield from _table(declarations(ModelPrice))
    yield "## Arguments of single commands\n"
    for name in NAMES:
        command = find_command(name)
        nested = [kind for _, kind, _ in nested_in(command.arguments)]
        own = declarations(command.arguments)
        if own:
            yield f"### `ga-ooo {name}`\n"
            also = " It also takes options of the tables above." if nested else ""
            yield f"{command.about[0].upper()}{command.about[1:]}.{also}\n"
            yield from _table(own)


def _table(options: Iterable[Declaration]) -> Iterator[str]:
    yield "| flag | key | default | meaning |"
    yield "|---|---|---|---|"
    for each in options:
        flag = f"`{each.flag}`".replace("|", "\\|") if each.flag else ""
        key = f"`{each.name}`" if each.table and each.in_file else ""
        once = "" if each.resumed or not each.table else " *(once)*"
        default = default_text(each).replace("|", "\\|")
        meaning = each.help.replace("|", "\\|")
        yield f"| {flag} | {key} | {default} | {meaning}{once} |"
    yield ""
