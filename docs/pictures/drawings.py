"""Draws the diagrams of the pages again, from the text files ``docs/pictures/NAME.mmd``.

    npm install --prefix FOLDER mermaid
    python -m docs.pictures.drawings FOLDER/node_modules/mermaid/dist/mermaid.min.js

Mermaid draws them in headless Chromium. The pages show the pictures, so that a reader needs neither
Mermaid nor the Internet. Each picture names the digest of its text: a test finds old pictures.
"""

from __future__ import annotations

import argparse
import hashlib
import re
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from tests.watch.browser import Browser, open_browser

FOLDER: Final = Path(__file__).parent
_SETTINGS: Final[dict[str, Any]] = {
    "startOnLoad": False,
    "theme": "neutral",
    # Labels are texts of the picture, which every viewer shows, and not pieces of HTML.
    "htmlLabels": False,
    "flowchart": {"htmlLabels": False},
    "deterministicIds": True,
    "fontFamily": "system-ui, sans-serif",
}


def digest(text: Path) -> str:
    """Of a diagram's text."""
    return hashlib.sha256(text.read_bytes()).hexdigest()


def main() -> None:
    """Draw all diagrams."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("mermaid", type=Path, help="the file mermaid.min.js")
    given = parser.parse_args()
    with open_browser() as browser:
        with TemporaryDirectory() as folder:
            page = Path(folder) / "page.html"
            script = f"<script src={given.mermaid.resolve().as_uri()}></script>"
            page.write_text(f"<!DOCTYPE html><meta charset=utf-8><body>{script}")
            browser.driver.get(page.as_uri())
            browser.until("window.mermaid")
        for text in sorted(FOLDER.glob("*.mmd")):
            text.with_suffix(".svg").write_text(_draw(browser, text), "utf-8")


def _draw(browser: Browser, text: Path) -> str:
    script = """
        const [name, text, settings, done] = arguments;
        mermaid.initialize(settings);
        mermaid.render(name, text).then(({svg}) => done(svg), (error) => done(String(error)));
    """
    browser.driver.set_script_timeout(60)
    drawn = browser.driver.execute_async_script(script, text.stem, text.read_text(), _SETTINGS)
    assert drawn.startswith("<svg"), drawn
    # A page may be dark, and the lines of the picture are dark as well.
    light = re.sub(r'style="', 'style="background-color: white; ', drawn, count=1)
    closed = re.sub(r"<br>", "<br/>", light)
    return f"<!-- {digest(text)} -->\n{closed}\n"


if __name__ == "__main__":
    main()
