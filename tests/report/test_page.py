"""The page of a report: in a real browser, offline, with texts of others shown as texts."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from tests.record.rows import NAMES
from tests.views.conftest import STORAGE, Command, ga_ooo, host

__all__ = ["ga_ooo", "host"]

PRICES = '[prices.models."*"]\ninput = 1000\noutput = 2000\n'


@pytest.fixture
def page(host: Path, ga_ooo: Command, tmp_path: Path) -> Path:
    """A report of the small record, compared with itself; names and words of it are hostile."""
    (host / "ga-ooo.toml").write_text(PRICES)
    shutil.copytree(host / STORAGE / "day", host / STORAGE / "day-2")
    path = tmp_path / "day.html"
    code, out, err = ga_ooo("report", host, "day", "--output", path, "--against", "day-2")
    assert code == 0, err
    assert out.startswith(f"{path} (")
    return path


class Reader(HTMLParser):
    """Finds the scripts of a page, and everything that could load something."""

    def __init__(self) -> None:
        super().__init__()
        self.scripts: list[str] = []
        self.loads: list[object] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "script":
            self.scripts.append("")
        self.loads += [
            pair for pair in attrs if pair[0] in ("src", "href") and str(pair[1])[0] != "#"
        ]

    def handle_data(self, data: str) -> None:
        if self.scripts:
            self.scripts[-1] += data


def test_one_file_with_its_data_as_text(page: Path) -> None:
    text = page.read_text()
    assert page.stat().st_mode & 0o777 == 0o600
    reader = Reader()
    reader.feed(text)
    assert len(reader.scripts) == 2 and reader.loads == []
    assert "default-src 'none'" in text and "unsafe-eval" not in text
    assert not re.search(r"innerHTML|insertAdjacent|outerHTML|document\.write", text)
    data = json.loads(reader.scripts[0].rpartition("}")[0] + "}")
    assert data["people"] == list(NAMES)
    assert data["talks"][0]["lines"][1] == [NAMES[1], "\\x1b[31mHello\\x07\\u202e"]
    kinds = {kind["name"]: kind for kind in data["kinds"]}
    assert kinds["utterance"]["asked"] == 2 and kinds["utterance"]["wasted"] == 1
    assert kinds["poignancy"]["cost"] == pytest.approx((50 * 1000 + 1 * 2000) / 1e6)
    # The call that was used had taken 0.3 s in a rehearsal; the other one took 0.1 s.
    assert data["loops"]["serial"] == pytest.approx(0.4)
    assert data["loops"]["sync"] == pytest.approx(0.3)
    assert data["loops"]["bound"], "a server answered"
    assert [step for _, step, _ in data["partings"]] == [None, None]


def test_a_file_that_exists_is_kept(page: Path, host: Path, ga_ooo: Command) -> None:
    code, _, err = ga_ooo("report", host, "day", "--output", page)
    assert code == 2 and "name a new file with --output" in err
    code, _, err = ga_ooo("report", host, "taken", "--output", page)
    assert code == 2


@pytest.fixture
def browser() -> Iterator[Any]:
    """Chromium without a window."""
    webdriver = pytest.importorskip("selenium.webdriver", reason="needs selenium")
    paths = [shutil.which(name) for name in ("chromium", "chromedriver")]
    if None in paths:
        pytest.skip("needs Debian's packages chromium and chromium-driver")
    options = webdriver.ChromeOptions()
    options.binary_location = paths[0]
    for flag in ("--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    service = webdriver.ChromeService(executable_path=paths[1])
    driver = webdriver.Chrome(options=options, service=service)
    yield driver
    driver.quit()


def test_in_a_browser(page: Path, browser: Any) -> None:
    browser.get(page.as_uri())
    drawn = "return document.documentElement.dataset.drawn"
    assert browser.execute_script(drawn) == "yes"
    assert browser.get_log("browser") == []
    loaded = [
        message["params"]["request"]["url"]
        for entry in browser.get_log("performance")
        if (message := json.loads(entry["message"])["message"])["method"]
        == "Network.requestWillBeSent"
    ]
    assert {url for url in loaded if not url.startswith(("file:", "data:"))} == set()
    # A name with markup is a name.
    assert NAMES[1] in browser.execute_script("return document.body.innerText")
    assert browser.execute_script("return document.querySelectorAll('b').length") == 0
    before = _picture(browser)
    press = (
        "document.getElementById('tasks').dispatchEvent(new KeyboardEvent('keydown', {key: '+'}))"
    )
    browser.execute_script(press)
    browser.execute_async_script("requestAnimationFrame(() => setTimeout(arguments[0], 50))")
    assert _picture(browser) != before
    dark = {"features": [{"name": "prefers-color-scheme", "value": "dark"}]}
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", dark)
    background = "return getComputedStyle(document.body).backgroundColor"
    assert browser.execute_script(background) == "rgb(22, 22, 27)"


def _picture(browser: Any) -> str:
    return str(browser.execute_script("return document.getElementById('tasks').toDataURL()"))
