"""The software of others that the page brings: versions and licences, as its table says."""

from __future__ import annotations

import re
from importlib.resources import files

PAGE = files("ga_ooo.watch").joinpath("page")
VENDOR = PAGE.joinpath("vendor")


def test_versions_and_licences() -> None:
    table = VENDOR.joinpath("README.txt").read_text()
    assert "1.6.32" in table
    assert "MIT" in VENDOR.joinpath("uPlot.LICENSE.txt").read_text()
    known = [name for name in (each.name for each in VENDOR.iterdir()) if name in table]
    assert len(known) == len(list(VENDOR.iterdir())) - 1


def test_own_modules_are_small_and_never_write_markup() -> None:
    """A module has fewer than 300 lines, and texts never become markup or code."""
    modules = [each for each in _modules(PAGE.joinpath("js")) if each[0].endswith(".js")]
    assert len(modules) > 15
    for name, text in modules:
        assert len(text.splitlines()) < 300, name
        for way in ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval("):
            assert way not in text, name
        assert "http://" not in text and "https://" not in text, name


def test_the_page_loads_all_modules_at_once() -> None:
    """A module that is found only in another module is loaded later, one round trip each."""
    begin = PAGE.joinpath("index.html").read_text()
    named = set(re.findall(r'href="js/(?:\w+/)*(\w+\.js)"', begin))
    assert named == {name for name, _ in _modules(PAGE.joinpath("js"))} - {"main.js"}


def _modules(folder: object) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for each in folder.iterdir():  # type: ignore[attr-defined]  # a folder of a package
        found += _modules(each) if each.is_dir() else [(each.name, each.read_text())]
    return found
