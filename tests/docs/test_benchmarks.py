"""The plots of docs/benchmarks.md show figures that docs/measurements.md has."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from benchmarks.plots import PICTURES, PUBLISHED, ROOT, draw_all

PLOTS: dict[str, dict[str, Any]] = tomllib.loads(PUBLISHED.read_text())


def figures(plot: dict[str, Any]) -> Iterator[float]:
    yield from (value for _, value in plot.get("bars", ()))
    for _, values in plot.get("lines", ()):
        yield from values
    for _, _, values in plot.get("paper", ()):
        yield from values


@pytest.mark.parametrize("name", PLOTS)
def test_figures_were_measured(name: str) -> None:
    text = (ROOT / "docs" / "measurements.md").read_text()
    measured = {float(each.replace(",", "")) for each in re.findall(r"\d[\d,]*\.\d+", text)}
    assert set(figures(PLOTS[name])) <= measured


def test_pictures_are_drawn_and_shown(tmp_path: Path) -> None:
    drawn = draw_all(tmp_path)
    page = (ROOT / "docs" / "benchmarks.md").read_text()
    for file in drawn:
        assert f"(pictures/{file.name})" in page
        # Texts stay texts in an SVG, so the committed picture shows the same figures and names.
        assert texts(PICTURES / file.name) == texts(file), "run python -m benchmarks.plots"


def texts(picture: Path) -> list[str]:
    return re.findall(r"<text[^>]*>([^<]*)</text>", picture.read_text())
