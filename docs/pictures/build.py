"""Makes the pictures of the live view again.

    python -m docs.pictures.build HOST SIM [--only NAME ...]

``SIM`` is a finished day with a record in a checkout of the original. The script opens its page in
headless Chromium and writes into docs/pictures: the town (watch-town.png), the same playing for
some minutes from noon on (town.webp), the task stream (watch-task-stream.png), and minitown
in a terminal of 90 columns, terminal.svg.
"""

from __future__ import annotations

import argparse
import html
import io
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

import pexpect
import pyte
from PIL import Image

from ga_ooo.host.checkout.locate import locate
from ga_ooo.host.checkout.shipped import data_folder
from ga_ooo.views.simulations import find_simulation
from ga_ooo.watch.serving import PageThread
from ga_ooo.watch.source import Simulation
from tests.watch.browser import Browser, open_browser

FOLDER: Final = Path(__file__).parent
_SIZE: Final = (1400, 900)
_MOVING: Final = (760, 470)
"""Size of the moving picture, in pixels."""

_FRAMES: Final = 30
_COLUMNS, _LINES = 90, 16
_LETTER: Final = (7.8, 17)
_NAMED: Final = {
    "default": "#d8dee9",
    "red": "#e06c75",
    "green": "#98c379",
    "brown": "#e5c07b",
    "blue": "#61afef",
    "magenta": "#c678dd",
    "cyan": "#56b6c2",
}


def main() -> None:
    """Make all pictures, or some."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("host", type=Path)
    parser.add_argument("sim")
    parser.add_argument("--only", nargs="*", choices=PICTURES, default=list(PICTURES))
    given = parser.parse_args()
    for name in given.only:
        began = time.perf_counter()
        PICTURES[name](given.host, given.sim)
        print(f"{name}: {time.perf_counter() - began:.0f} s")


# --- the page ------------------------------------------------------------------------------------


def _page(host: Path, sim: str, take: Callable[[Browser], None]) -> None:
    simulation = Simulation("HOST", find_simulation(host, sim, None), locate(host).assets)
    with PageThread(simulation) as page, open_browser(_SIZE) as browser:
        browser.driver.get(page.address.url)
        browser.until("document.body.dataset.ready")
        time.sleep(1)
        take(browser)


def town(host: Path, sim: str) -> None:
    """The town at noon."""
    _page(host, sim, lambda browser: _save(browser, "watch-town.png"))


def task_stream(host: Path, sim: str) -> None:
    """The run."""

    def take(browser: Browser) -> None:
        browser.run("location.hash = '#run'")
        browser.until("document.querySelectorAll('.u-wrap').length == 4")
        browser.until("document.querySelector('.stream canvas').dataset.bars > 0")
        _save(browser, "watch-task-stream.png")

    _page(host, sim, take)


def _save(browser: Browser, name: str) -> None:
    time.sleep(1)
    browser.driver.save_screenshot(str(FOLDER / name))


def moving_town(host: Path, sim: str) -> None:
    """The town, playing."""
    frames: list[Image.Image] = []

    def take(browser: Browser) -> None:
        browser.run("document.querySelector('.bar').hidden = true")
        box = browser.run(
            "const {left, top, width, height} = document.querySelector('.screen')"
            ".getBoundingClientRect(); return [left, top, left + width, top + height]"
        )
        for number in range(_FRAMES):
            browser.run(
                "const slider = document.getElementById('slider');"
                "slider.value = Number(slider.value) + arguments[0];"
                "slider.dispatchEvent(new Event('input'));",
                2 if number else 0,
            )
            time.sleep(0.15)
            shot = Image.open(io.BytesIO(browser.driver.get_screenshot_as_png()))
            frames.append(_cut(shot.convert("RGB"), tuple(map(int, box))))

    _page(host, sim, take)
    first, *others = frames
    first.save(
        FOLDER / "town.webp",
        save_all=True,
        append_images=others,
        duration=200,
        loop=0,
        quality=60,
        method=4,
    )


def _cut(shot: Image.Image, box: tuple[int, ...]) -> Image.Image:
    """The middle of the map, in the shape of the moving picture."""
    left, top, right, bottom = box
    height = min(bottom - top, round((right - left) * _MOVING[1] / _MOVING[0]))
    return shot.crop((left, bottom - height, right, bottom)).resize(_MOVING)


# --- the terminal --------------------------------------------------------------------------------


def terminal(host: Path, sim: str) -> None:
    """A run of minitown, as its user sees it."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "minitown"
        shutil.copytree(data_folder("minitown"), root)
        arguments = ["-m", "ga_ooo", "run", str(root), "--fork", "demo_minitown_n25"]
        arguments += ["--sim", "day", "--steps", "60", "--latency", "0.3"]
        child = pexpect.spawn(
            sys.executable, arguments, dimensions=(_LINES, _COLUMNS), encoding="utf-8", timeout=600
        )
        (FOLDER / "terminal.svg").write_text(_animated(_screens(child)), "utf-8")


def _screens(child: pexpect.spawn[str]) -> list[str]:
    """What the terminal shows, every half second, as rows of an SVG."""
    screen = pyte.Screen(_COLUMNS, _LINES)
    stream, screens, looked = pyte.Stream(screen), [], 0.0
    while True:
        try:
            stream.feed(child.read_nonblocking(4096, timeout=0.2))
        except pexpect.TIMEOUT:
            pass
        except pexpect.EOF:
            return [*screens, *[_rows(screen)] * 8]
        if time.monotonic() - looked >= 0.5:
            looked = time.monotonic()
            # The start, in which nothing can be seen yet, is left out.
            is_moving = any(line.startswith("calls") for line in screen.display)
            if (is_moving or screens) and _rows(screen) not in screens[-1:]:
                screens.append(_rows(screen))


def _rows(screen: pyte.Screen) -> str:
    rows = []
    for number in range(screen.lines):
        spans, run, colour = [], "", ""
        for column in range(screen.columns):
            letter = screen.buffer[number][column]
            if _colour(letter) != colour and run:
                spans.append((colour, run))
                run = ""
            colour, run = _colour(letter), run + letter.data
        spans.append((colour, run.rstrip()))
        text = "".join(
            f'<tspan fill="{colour}">{html.escape(words)}</tspan>'
            for colour, words in spans
            if words
        )
        rows.append(
            f'<text x="10" y="{24 + number * _LETTER[1]}" xml:space="preserve">{text}</text>'
        )
    return "\n".join(rows)


def _colour(letter: pyte.screens.Char) -> str:
    named = _NAMED.get(letter.fg)
    return named or (f"#{letter.fg}" if len(letter.fg) == 6 else _NAMED["default"])


def _animated(screens: list[str]) -> str:
    """Screens that follow each other, as one SVG that no script moves."""
    width, height = 20 + _COLUMNS * _LETTER[0], 20 + _LINES * _LETTER[1]
    seconds, share = 0.5 * len(screens), 100 / len(screens)
    frames = "\n".join(
        f'<g class="f" style="animation-delay: {0.5 * number:.1f}s">{rows}</g>'
        for number, rows in enumerate(screens)
    )
    return f"""<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height}">
<title>ga-ooo run on a terminal: game time, time left, speed, calls, who waits for whom</title>
<style>
text {{ font: 13px ui-monospace, "DejaVu Sans Mono", Menlo, Consolas, monospace; }}
.f {{ visibility: hidden; animation: show {seconds:.1f}s step-end infinite; }}
@keyframes show {{ 0% {{ visibility: visible; }} {share:.3f}% {{ visibility: hidden; }} }}
</style>
<rect width="100%" height="100%" rx="8" fill="#1b1e22"/>
{frames}
</svg>
"""


PICTURES: Final[dict[str, Callable[[Path, str], None]]] = {
    "town": town,
    "task-stream": task_stream,
    "moving-town": moving_town,
    "terminal": terminal,
}

if __name__ == "__main__":
    main()
