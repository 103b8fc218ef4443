"""The page in a real browser: every view, by the keyboard, with hostile texts."""

from __future__ import annotations

import pytest

pytest.importorskip("selenium", reason="selenium is not installed")

from selenium.webdriver import ActionChains, Keys

from ga_ooo.watch.serving import PageThread
from ga_ooo.watch.source import Simulation
from tests.record.rows import NAMES
from tests.watch.browser import CHROMIUM, DRIVER, Browser, open_browser
from tests.watch.conftest import HOSTILE

pytestmark = pytest.mark.skipif(
    not (CHROMIUM and DRIVER), reason="Chromium and chromedriver are not installed"
)

TEXT = "return document.getElementById('person').textContent"
FOCUSED = (
    "const focused = document.activeElement;"
    "return focused.matches('a, button') ? focused.textContent : ''"
)


def press(browser: Browser, *keys: str) -> None:
    ActionChains(browser.driver).send_keys(*keys).perform()


def tab_to(browser: Browser, text: str) -> None:
    """Move the focus by the keyboard until it is on an element with a text."""
    for _ in range(60):
        press(browser, Keys.TAB)
        if browser.run(FOCUSED).startswith(text):
            return
    raise AssertionError(f"the keyboard does not reach {text}")


def test_every_view_by_the_keyboard(simulation: Simulation) -> None:
    with PageThread(simulation) as page, open_browser() as browser:
        origin = page.address.url.partition("/?")[0]
        browser.driver.get(page.address.url)
        browser.until("document.body.dataset.ready")
        assert browser.driver.current_url.startswith(f"{origin}/")
        assert "token" not in browser.driver.current_url

        tab_to(browser, NAMES[1][:2])
        press(browser, Keys.ENTER)
        browser.until("document.querySelector('[role=tab]')")
        assert NAMES[1] in browser.run(TEXT), "the name is text, with its markup"

        tab_to(browser, "All people")
        press(browser, Keys.ENTER)
        tab_to(browser, NAMES[0])
        press(browser, Keys.ENTER)
        _tabs(browser)

        tab_to(browser, "Run")
        press(browser, Keys.ENTER)
        browser.until("document.querySelector('.stream canvas').dataset.bars > 0")
        browser.until("document.querySelectorAll('.u-wrap').length == 4")
        _colours(browser)

        assert browser.errors() == []
        assert {url for url in browser.requested() if not url.startswith(origin)} == set()
        assert browser.run("return document.querySelectorAll('img, iframe').length") == 0


def _tabs(browser: Browser) -> None:
    """Open each tab of a persona."""
    tab_to(browser, "Now")
    for tab, shown in [
        ("Talks", "Hi <b>Bo</b>"),
        ("Schedule", HOSTILE[:20]),
        ("Memory", "2 memories"),
        ("Calls", "utterance"),
    ]:
        press(browser, Keys.ARROW_RIGHT)
        assert browser.run(FOCUSED) == tab
        if tab == "Calls":
            browser.run(
                "const slider = document.getElementById('slider'); slider.value = 2;"
                "slider.dispatchEvent(new Event('input'))"
            )
        browser.until(f"document.getElementById('person').textContent.includes({shown!r})")
    text = browser.run(TEXT)
    assert not any(ord(letter) < 32 and letter not in "\n\t" for letter in text)


def _colours(browser: Browser) -> None:
    """Text is readable in light and dark: black on white or white on black, nearly."""
    seen = set()
    for scheme in ("light", "dark"):
        browser.media(prefers_color_scheme=scheme)
        colours = browser.run(
            "const style = getComputedStyle(document.body);"
            "return [style.color, style.backgroundColor]"
        )
        ink, back = (sum(map(int, each[4:-1].split(","))) for each in colours)
        assert abs(ink - back) > 500, (scheme, colours)
        seen.add(back)
    assert len(seen) == 2
