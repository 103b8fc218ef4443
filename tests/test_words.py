"""One word, one meaning: the identifiers of the package, and the pages that name them.

``docs/glossary.md`` has the words and their meanings.
"""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

import ga_ooo

ROOT = Path(ga_ooo.__file__).parent
DOCS = ROOT.parent / "docs"

OLD_NAMES: Final = {
    "Ahead": "IdleWork, or Prefetches in a replay",
    "Chain": "Rehearsal",
    "Early": "Prefetch",
    "EarlyCalls": "Prefetching",
    "Gate": "Admission",
    "Guard": "HandOverGuard",
    "Guesses": "AnswerPredictor",
    "Memo": "PrefetchCache",
    "Mend": "DeterminismFix",
    "Place": "MazeViews",
    "Rates": "HitRates",
    "RecentAnswers": "MemoryJournal",
    "Reliance": "Requirement",
    "Session": "ImportedHost, ModelStack and Run",
    "Settled": "EarlierCompleted",
    "Stage": "RehearsalHost",
    "Touches": "HandedOver",
    "TownStage": "TownRehearsalHost",
    "Tries": "Attempts",
    "Untaken": "ShadowCalls",
    "VersionedWorld": "TileHistory",
    "Window": "CongestionWindow",
}
"""Classes that were renamed, with the names that they have now."""

OLD_MODULES: Final = {
    "ahead": "engine.loop.idle, lab.replay.prefetches",
    "anatomy": "host.checkout.source",
    "chains": "runahead.rehearsal",
    "core": "engine and town",
    "early": "runahead.prefetch",
    "event_tests": "host.checkout.event_reads",
    "facade": "host.sdks.openai",
    "gate": "runahead.admission",
    "guesses": "runahead.predictor",
    "learned": "host.durable.profile_store",
    "llm": "model and scripted",
    "memo": "runahead.prefetch",
    "place": "host.world.maze_views",
    "rates": "runahead.predictor",
    "reliances": "host.checkout.requirements",
    "reverie": "host",
    "runtime": "engine.loop",
    "session": "host.run",
    "stage": "runahead.rehearsal",
    "untaken": "runahead.predictor",
    "versions": "town.tile_history",
}
"""Modules and packages that were renamed or split, with the places of their content."""

WORDS: Final[dict[str, tuple[set[str], tuple[str, ...]]]] = {
    "lookahead": ({"lookahead"}, ()),
    "mend": ({"mend", "mends", "mended", "mending"}, ()),
    "pass": ({"pass", "passes", "passed", "passing"}, ()),
    # A location in the town, as prompts and the spatial memory of the host have it.
    "place": (
        {"place", "places", "placed", "placing"},
        ("scripted", "host.prompts", "host.accelerators"),
    ),
    "settle": ({"settle", "settles", "settled", "settling"}, ()),
    "stand": ({"stand", "stands", "stood", "standing"}, ()),
    # Printing a line for the user.
    "tell": ({"tell", "tells", "told", "telling"}, ("cli",)),
    "touch": ({"touch", "touches", "touched", "touching"}, ()),
}
"""Words that have had several meanings: their forms, and the rooms of the meaning that is left."""

NOT_OURS: Final = {"Pass", "pass_fds", "tell", "touch"}
"""Names of the standard library."""


def _identifiers(path: Path) -> Iterator[tuple[str, int]]:
    """Every name that a module defines or uses, and the line."""
    for node in ast.walk(ast.parse(path.read_text())):
        match node:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                yield name, node.lineno
            case ast.ClassDef(name=name):
                yield name, node.lineno
            case ast.Name(id=name) | ast.Attribute(attr=name):
                yield name, node.lineno
            case ast.arg(arg=name) | ast.keyword(arg=str(name)):
                yield name, node.lineno


def _module(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts)


FILES: Final = sorted(path for path in ROOT.rglob("*.py") if "_data" not in path.parts)
USES: Final = [
    (name, f"{_module(path)}, line {line}")
    for path in FILES
    for name, line in [*_identifiers(path), (path.stem, 0)]
]
"""Every identifier, and where it is."""


def words_of(identifier: str) -> set[str]:
    """``TileHistory`` and ``_tile_history`` have the words tile and history."""
    return {word.lower() for word in re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+", identifier)}


def test_all_code_was_read() -> None:
    """Otherwise the rules below would be true of nothing."""
    names = {name for name, _ in USES}
    assert {"Scheduler", "TileHistory", "handle", "tile_history", "next_tile"} <= names
    assert words_of("_OpenAIClient") == {"open", "ai", "client"}


@pytest.mark.parametrize("old", OLD_NAMES)
def test_old_names_are_gone(old: str) -> None:
    """The message says which name to use."""
    assert [where for name, where in USES if name == old] == [], f"use {OLD_NAMES[old]}"


def test_old_modules_are_gone() -> None:
    """Neither a module nor a package has such a name. Commands are named as users type them."""
    paths = [path for path in map(_module, FILES) if not path.startswith("cli.commands.")]
    modules = {part.lstrip("_"): path for path in paths for part in path.split(".")}
    assert {name: modules[name] for name in OLD_MODULES if name in modules} == {}


@pytest.mark.parametrize("word", WORDS)
def test_one_word_one_meaning(word: str) -> None:
    """The word is part of identifiers in the rooms of its meaning only."""
    forms, rooms = WORDS[word]
    elsewhere = defaultdict(list)
    own = tuple(f"{room}." for room in rooms)
    for name, where in USES:
        if words_of(name) & forms and name not in NOT_OURS and not where.startswith(own):
            elsewhere[name].append(where)
    assert dict(elsewhere) == {}


@pytest.mark.parametrize("page", ["glossary.md", "how-it-works.md", "exactness.md"])
def test_pages_name_code_that_exists(page: str) -> None:
    """Paths below ``ga_ooo/``, names of classes, and ``Class.method``."""
    text = re.sub(r"```.*?```", "", (DOCS / page).read_text(), flags=re.DOTALL)
    known = {name for name, _ in USES}
    missing = set()
    for span in set(re.findall(r"`([^`\n]+)`", text)):
        if re.fullmatch(r"([a-z_]+/)+([a-z_]+(\.py)?)?", span):
            path = ROOT / span.removeprefix("ga_ooo/")
            paths = (
                path,
                path.with_suffix(".py"),
                ROOT / "engine" / f"{span}.py",
                ROOT.parent / span,
            )
            if not any(path.exists() for path in paths):
                missing.add(span)
        elif re.fullmatch(r"[A-Z]\w+\.[a-z_]+|[A-Z][a-z]+[A-Z]\w+", span):
            missing |= {f"{part} in {span}" for part in span.split(".") if part not in known}
    assert missing == set()
