"""The colours of the task stream, of the page and of the report, as colour-blind people see them.

The simulation is that of Machado, Oliveira and Fernandes (2009), at full severity: a matrix for
each kind, on linear RGB. Distances are those of CIE L*a*b* (1976), where about 2.3 can be noticed.
"""

from __future__ import annotations

import re
from importlib.resources import files
from itertools import combinations
from typing import Final

import numpy as np
import pytest
from numpy.typing import NDArray

LEAST: Final = 15.0
"""Between any two colours of one legend."""

PALETTE: Final = files("ga_ooo.watch").joinpath("page/js/palette.js").read_text()
REPORT: Final = files("ga_ooo.report").joinpath("_page/page.js").read_text()
NAMED: Final = dict(re.findall(r'export const (\w+) = "(#\w{6})"', PALETTE))

SEEN_BY: Final = {
    "normal sight": [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]],
    "protanopia": [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ],
    "deuteranopia": [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ],
    "tritanopia": [
        [1.255528, -0.076749, -0.178779],
        [-0.078411, 0.930809, 0.147602],
        [0.004733, 0.691367, 0.303900],
    ],
}

_XYZ: Final = np.array(
    [[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]
)
_WHITE: Final = np.array([0.95047, 1.0, 1.08883])


def colours_in(name: str) -> dict[str, str]:
    """The colours of a legend, by what they stand for."""
    (block,) = re.findall(rf"const {name} = ([\[{{].*?[\]}}]);\n", PALETTE, re.DOTALL)
    pairs = re.findall(r'(?:\["([\w ]+)", |(\w+): )(?:"(#\w{6})"|([A-Z]+))', block)
    return {listed or key: value or NAMED[named] for listed, key, value, named in pairs}


CALLS: Final = {**colours_in("GROUPS"), "perceiving": NAMED["GREY"]}
HELD: Final = re.findall(
    r"--held: (#\w{6})", files("ga_ooo.report").joinpath("_page/page.css").read_text()
)
LEGENDS: Final = {
    "calls": CALLS,
    "holds": colours_in("HOLDS"),
    "report, light": {**CALLS, "held": HELD[0]},
    "report, dark": {**CALLS, "held": HELD[1]},
}


def lab(colour: str, sight: list[list[float]]) -> NDArray[np.float64]:
    """A colour in L*a*b*, as it is seen."""
    coded = np.array([int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)])
    linear = np.where(coded <= 0.04045, coded / 12.92, ((coded + 0.055) / 1.055) ** 2.4)
    seen = np.clip(np.array(sight) @ linear, 0.0, 1.0)
    parts = _XYZ @ seen / _WHITE
    x, y, z = np.where(parts > 0.008856, np.cbrt(parts), 7.787 * parts + 16 / 116)
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


@pytest.mark.parametrize("sight", SEEN_BY)
@pytest.mark.parametrize("legend", LEGENDS)
def test_colours_of_a_legend_differ(legend: str, sight: str) -> None:
    colours = LEGENDS[legend]
    assert len(colours) == {"calls": 6, "holds": 4}.get(legend, 7)
    for (one, first), (other, second) in combinations(colours.items(), 2):
        distance = np.linalg.norm(lab(first, SEEN_BY[sight]) - lab(second, SEEN_BY[sight]))
        assert distance >= LEAST, (one, other, distance)


def test_the_report_has_the_colours_of_the_page() -> None:
    """And they stand for the same kinds of calls."""
    groups = r'\["([\w ]+)", ("#\w{6}"|[A-Z]+), (\[[^\]]*\])\]'
    page = [
        (name, NAMED.get(colour, colour), kinds)
        for name, colour, kinds in re.findall(groups, PALETTE)
    ]
    report = [
        (name, colour.strip('"'), kinds) for name, colour, kinds in re.findall(groups, REPORT)
    ]
    assert len(page) == 5
    assert report == [*page, ("perceiving", NAMED["GREY"], "[]")]
