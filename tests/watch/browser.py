"""A headless Chromium that notes what the page says and asks for."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from selenium import webdriver

CHROMIUM: Final = shutil.which("chromium") or shutil.which("google-chrome")
DRIVER: Final = shutil.which("chromedriver")

_FLAGS: Final = (
    *("--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--enable-unsafe-swiftshader"),
    # The browser's own requests to its maker.
    *("--disable-background-networking", "--disable-component-update", "--no-first-run"),
)


class Browser:
    """One window.

    Attributes:
        driver: of the window.
    """

    def __init__(self, driver: webdriver.Chrome) -> None:
        self.driver = driver

    @property
    def profile(self) -> str:
        """Folder of the browser's data, which all of its processes are given."""
        return str(self.driver.capabilities["chrome"]["userDataDir"])

    def run(self, script: str, *values: object) -> Any:
        """What a script returns."""
        return self.driver.execute_script(script, *values)

    def until(self, condition: str, seconds: float = 60.0) -> Any:
        """The value of an expression, once it is true."""
        end = time.monotonic() + seconds
        while not (found := self.run(f"return {condition}")):
            assert time.monotonic() < end, f"never true: {condition}"
            time.sleep(0.05)
        return found

    def errors(self) -> list[str]:
        """Errors on the console since the last look."""
        return [each["message"] for each in self._log("browser") if each["level"] == "SEVERE"]

    def requested(self) -> set[str]:
        """Addresses that the page has asked for since the last look."""
        messages = [json.loads(each["message"]) for each in self._log("performance")]
        return {
            each["message"]["params"]["request"]["url"]
            for each in messages
            if each["message"]["method"] == "Network.requestWillBeSent"
        }

    def _log(self, kind: str) -> list[Any]:
        # This method of the driver has no types.
        driver: Any = self.driver
        return list(driver.get_log(kind))

    def media(self, **features: str) -> None:
        """Emulate a setting of the user, such as ``prefers_color_scheme="dark"``."""
        named = [{"name": n.replace("_", "-"), "value": value} for n, value in features.items()]
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": named})


@contextmanager
def open_browser(size: tuple[int, int] = (1400, 900)) -> Iterator[Browser]:
    """A browser, closed at the end."""
    options = webdriver.ChromeOptions()
    options.binary_location = CHROMIUM or ""
    for flag in (*_FLAGS, f"--window-size={size[0]},{size[1]}"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    driver = webdriver.Chrome(options=options, service=webdriver.ChromeService(DRIVER or ""))
    try:
        yield Browser(driver)
    finally:
        driver.quit()
