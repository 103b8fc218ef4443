"""The diagrams of the pages: pictures of their texts as they are now, which load nothing."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final
from xml.etree import ElementTree

import pytest

from docs.pictures.drawings import FOLDER, digest

TEXTS: Final = sorted(FOLDER.glob("*.mmd"))


@pytest.mark.parametrize("text", TEXTS, ids=lambda text: text.stem)
def test_a_diagram_is_drawn_from_its_text(text: Path) -> None:
    picture = text.with_suffix(".svg").read_text("utf-8")
    assert digest(text) in picture, "run python -m docs.pictures.drawings"
    pages = [
        page
        for page in FOLDER.parent.glob("*.md")
        if f"pictures/{text.stem}.svg" in page.read_text()
    ]
    assert len(pages) == 1
    ElementTree.fromstring(picture)
    addresses = set(re.findall(r"https?://[^\s\"')]+", picture))
    assert all(address.startswith("http://www.w3.org/") for address in addresses), addresses
    assert "@import" not in picture and "<foreignObject" not in picture


def test_the_pages_have_no_other_diagrams() -> None:
    """They would need a script from the Internet."""
    assert TEXTS
    assert not [
        page.name for page in FOLDER.parent.glob("*.md") if "```mermaid" in page.read_text()
    ]
