"""How fast is the page of a run, and is everything in it shown?

    python -m benchmarks.watch_page HOST SIM [--people 1000] [--pictures docs/pictures]

Opens the page of a simulation with a record in headless Chromium (software rendering), and prints
the time until the first view of the town, from an empty cache and again; frames per second while it
plays, with the CPU for each frame, for the whole town and close by; the time until each other view
is shown; errors on the console, and requests to anywhere else. Then the same for a made-up town
with as many people on the same map, all of whom walk all the time. ``--pictures`` writes pictures.

The figures depend on the machine and on what else runs on it, so no test asserts them.
"""

from __future__ import annotations

import argparse
import os
import random
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from ga_ooo.host.checkout.locate import locate
from ga_ooo.record import RecordReader, RecordWriter, record_file
from ga_ooo.record.opening import open_for_run
from ga_ooo.record.rows import Activity, Latest, Move, RetiredStep, Row
from ga_ooo.views.simulations import find_simulation
from ga_ooo.watch.serving import PageThread
from ga_ooo.watch.source import Simulation
from tests.watch.browser import Browser, open_browser

_STEPS: Final = 240
_SECONDS: Final = 6.0
_PERSON: Final = "document.getElementById('person').textContent"


def main() -> None:
    """Measure the page of one simulation."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("host", type=Path)
    parser.add_argument("sim")
    parser.add_argument("--people", type=int, default=1000)
    parser.add_argument("--pictures", type=Path)
    given = parser.parse_args()
    folder = find_simulation(given.host, given.sim, None)
    simulation = Simulation("HOST", folder, locate(given.host).assets)
    with PageThread(simulation) as page:
        _measure(page.address.url, given.pictures)
    with tempfile.TemporaryDirectory() as temporary:
        crowd = _crowd(simulation, Path(temporary) / "crowd", given.people)
        with PageThread(crowd) as page, open_browser() as browser:
            _first_view(browser, page.address.url, f"{given.people} people")
            _frame_rates(browser)
            _picture(browser, given.pictures, "crowd")


def _measure(url: str, pictures: Path | None) -> None:
    with open_browser() as browser:
        origin = url.partition("/?")[0]
        _first_view(browser, url, "empty cache")
        _picture(browser, pictures, "town")
        _first_view(browser, f"{origin}/", "again")
        _frame_rates(browser)
        _views(browser, pictures)
        print("errors on the console:", browser.errors())
        print("requests elsewhere:", sorted(u for u in browser.requested() if origin not in u))


def _first_view(browser: Browser, url: str, words: str) -> None:
    began = time.perf_counter()
    browser.driver.get(url)
    browser.until("performance.getEntriesByName('drawn').length")
    seconds = time.perf_counter() - began
    drawn = browser.run("return performance.getEntriesByName('drawn')[0].startTime") / 1000
    size = browser.run(
        "return performance.getEntriesByType('resource').reduce((a, e) => a + e.transferSize, 0)"
    )
    print(f"first view, {words}: {drawn:.2f} s in the page, {seconds:.2f} s in all, {size:,} bytes")


def _frame_rates(browser: Browser) -> None:
    """Play a game minute a second, from the first step on."""
    browser.run(
        "const speed = document.querySelector('#playback select'); speed.value = 6;"
        "speed.dispatchEvent(new Event('change'));"
        "const slider = document.getElementById('slider'); slider.value = slider.min;"
        "slider.dispatchEvent(new Event('input'));"
    )
    drawn = "return Number(document.querySelector('.screen').dataset.drawn)"
    for words, closer in (("whole town", 0), ("close by", 4)):
        for _ in range(closer):
            browser.run("document.querySelector('[aria-label=Closer]').click()")
        browser.run("document.getElementById('play').click()")
        time.sleep(1)
        before, began, spent = browser.run(drawn), time.perf_counter(), _cpu(browser)
        time.sleep(_SECONDS)
        frames, seconds = browser.run(drawn) - before, time.perf_counter() - began
        costs = {kind: 1000 * (cpu - spent[kind]) / frames for kind, cpu in _cpu(browser).items()}
        browser.run("document.getElementById('play').click()")
        cost = ", ".join(f"{kind} {ms:.0f} ms" for kind, ms in costs.items())
        print(f"frames per second, {words}: {frames / seconds:.1f}; CPU per frame: {cost}")


def _cpu(browser: Browser) -> dict[str, float]:
    """Seconds of CPU of the browser's process for pages, and of that for graphics."""
    spent = {"renderer": 0.0, "gpu-process": 0.0}
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            command, stat = path.read_bytes().decode(), path.with_name("stat").read_text()
        except OSError:
            continue
        if browser.profile not in command:
            continue
        for kind in spent:
            if f"--type={kind}" in command:
                user, system = stat.rpartition(")")[2].split()[11:13]
                spent[kind] += (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")
    return spent


def _views(browser: Browser, pictures: Path | None) -> None:
    open_first = "document.querySelector('#person li button').click()"
    for words, action, shown in (
        ("person", open_first, f"{_PERSON}.includes('Does')"),
        ("talks", _tab("Talks"), f"{_PERSON}.includes('conversations')"),
        ("schedule", _tab("Schedule"), f"{_PERSON}.includes('The day')"),
        ("memory", _tab("Memory"), f"{_PERSON}.includes('memories')"),
        ("calls", _tab("Calls"), f"{_PERSON}.includes('calls')"),
        ("run", "location.hash = '#run'", "document.querySelectorAll('.u-wrap').length == 4"),
    ):
        began = time.perf_counter()
        browser.run(action)
        browser.until(shown)
        print(f"{words}: {time.perf_counter() - began:.2f} s")
    browser.until("document.querySelector('.stream canvas').dataset.bars > 0")
    _picture(browser, pictures, "task-stream")
    browser.media(prefers_color_scheme="dark")
    browser.run("location.hash = '#town'")
    _picture(browser, pictures, "town-dark")


def _tab(name: str) -> str:
    return f"document.querySelector('[data-tab={name}]').click()"


def _picture(browser: Browser, folder: Path | None, name: str) -> None:
    if folder is not None:
        folder.mkdir(parents=True, exist_ok=True)
        time.sleep(1)
        browser.driver.save_screenshot(str(folder / f"watch-{name}.png"))


def _crowd(like: Simulation, folder: Path, people: int) -> Simulation:
    """A town of many people on the map of another simulation, with its sprites."""
    with RecordReader(record_file(like.folder)) as reader:
        names = [reader.names[number % len(reader.names)] for number in range(people)]
        facts = reader.facts
    path = record_file(folder)
    path.parent.mkdir(parents=True)
    opened = open_for_run(path, facts, names, facts.first_step)
    assert opened is not None
    writer = RecordWriter(path, opened.connection, lambda: ())
    for row in _walks(people, facts.first_step, (facts.width, facts.height)):
        writer.add(row)
    writer.close()
    return Simulation("HOST", folder, like.assets)


def _walks(people: int, first: int, size: tuple[int, int]) -> Iterator[Row]:
    chance = random.Random(0)
    tiles = [[chance.randrange(size[0]), chance.randrange(size[1])] for _ in range(people)]
    for persona in range(people):
        yield Activity(persona, first, "🚶", "walking @ the Ville:street:road")
        yield Latest(persona, _STEPS, first + _STEPS, "held", None, None, None, None, None)
    for step in range(first, first + _STEPS):
        for persona, tile in enumerate(tiles):
            axis = chance.randrange(2)
            tile[axis] = min(max(tile[axis] + chance.choice((-1, 1)), 0), size[axis] - 1)
            at = float(step - first)
            yield Move(persona, step, tile[0], tile[1], at, at, at + 0.5, at + 0.6, 0)
        yield RetiredStep(step, float(step - first) + 0.7)


if __name__ == "__main__":
    main()
