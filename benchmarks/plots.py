"""Draws the plots of docs/benchmarks.md from ``benchmarks/published.toml``.

    python -m benchmarks.plots [FOLDER]

One SVG file for each table of the file, in ``docs/pictures`` by default. Colours are those of Okabe
and Ito, which people with any kind of colour blindness can tell apart. The background is
transparent and the texts are grey, so that the plots can be read on light and on dark pages.
"""

from __future__ import annotations

import sys
import tomllib
from pathlib import Path
from typing import Any, Final

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

ROOT: Final = Path(__file__).parents[1]
PUBLISHED: Final = ROOT / "benchmarks" / "published.toml"
PICTURES: Final = ROOT / "docs" / "pictures"

_TEXT: Final = "#808080"
_BEST: Final = "#009e73"
_OTHERS: Final = "#56b4e9"
_LINES: Final = (("#e69f00", "s"), ("#56b4e9", "^"))
_PAPER: Final = ("#cc79a7", "D")


def draw_all(folder: Path) -> list[Path]:
    """Draw every plot; returns the files."""
    colours = ("text.color", "axes.labelcolor", "axes.edgecolor", "xtick.color", "ytick.color")
    settings: Any = {"svg.fonttype": "none", "svg.hashsalt": "ga_ooo", "font.size": 11}
    files = []
    with mpl.rc_context():
        mpl.rcParams.update(settings | dict.fromkeys(colours, _TEXT))
        for name, plot in tomllib.loads(PUBLISHED.read_text()).items():
            files.append(folder / f"benchmark-{name}.svg")
            figure = _bars(plot) if "bars" in plot else _curves(plot)
            # Without a date, the same figures make the same file.
            figure.savefig(files[-1], transparent=True, metadata={"Date": None})
    return files


def _bars(plot: dict[str, Any]) -> Figure:
    figure, axes = _axes(plot, 0.9 + 0.5 * len(plot["bars"]))
    names = [name for name, _ in plot["bars"]]
    values = [value for _, value in plot["bars"]]
    colours = [_BEST if name == plot["best"] else _OTHERS for name in names]
    bars = axes.barh(range(len(names)), values, color=colours, height=0.4)
    axes.bar_label(bars, labels=[_text(value) for value in values], padding=4, color=_TEXT)
    for place, name in enumerate(names):
        # Above its bar: beside it, a name would take half of the width of a telephone.
        axes.text(0, place - 0.27, f" {name}", va="bottom")
    axes.set_yticks([])
    axes.set_ylim(len(names) - 0.6, -0.85)
    axes.set_xlim(0, 1.15 * max(values))
    axes.set_xlabel(plot["unit"])
    return figure


def _curves(plot: dict[str, Any]) -> Figure:
    figure, axes = _axes(plot, 4.5)
    styles = iter(_LINES)
    for name, values in plot["lines"]:
        is_best = name == plot["best"]
        colour, marker = (_BEST, "o") if is_best else next(styles)
        axes.plot(plot["people"], values, color=colour, marker=marker, label=name)
        for people, value in zip(plot["people"], values, strict=True):
            if is_best:
                axes.annotate(f"{value:.2f}", (people, value + 0.35), ha="center")
    for name, people, values in plot["paper"]:
        axes.plot(people, values, color=_PAPER[0], marker=_PAPER[1], ls=":", label=name)
    axes.set_ylim(0, 9)
    axes.set_xticks(plot["people"])
    axes.set_xlabel("people")
    axes.set_ylabel(plot["unit"])
    figure.legend(frameon=False, loc="outside lower left")
    return figure


def _axes(plot: dict[str, Any], height: float) -> tuple[Figure, Axes]:
    figure = Figure(figsize=(5.4, height), layout="constrained")
    axes = figure.add_subplot()
    axes.set_title(plot["title"], loc="left", color=_TEXT)
    axes.spines[["top", "right"]].set_visible(False)
    return figure, axes


def _text(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.2f}"


if __name__ == "__main__":
    for file in draw_all(Path(sys.argv[1]) if sys.argv[1:] else PICTURES):
        print(file)
