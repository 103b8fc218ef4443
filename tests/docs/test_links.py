"""Links in README, docs and the other pages of the repository lead to something.

Files and headings are looked up here. Addresses on the Internet cannot be: they must have a sane
form, and be encrypted.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import pytest

ROOT: Final = Path(__file__).parents[2]
PAGES: Final = sorted(
    path
    for folder in (ROOT, ROOT / "docs", ROOT / ".github", ROOT / "examples")
    for path in (folder.glob("*.md") if folder in (ROOT, ROOT / "docs") else folder.rglob("*.md"))
)


def links(page: Path) -> Iterator[str]:
    """The targets of the links of a page, outside of code."""
    text = re.sub(r"^(`{3,}|~{3,}).*?^\1|`[^`\n]+`", "", page.read_text("utf-8"), flags=re.S | re.M)
    text = "\n".join(line for line in text.splitlines() if not line.startswith("    "))
    yield from re.findall(r"\]\(([^)\s]+)\)", text)
    yield from re.findall(r"<(https?://[^>\s]+)>", text)


def anchors(page: Path) -> set[str]:
    """The anchors of a page's headings, as GitHub and MyST make them."""
    text = re.sub(r"^```.*?^```", "", page.read_text("utf-8"), flags=re.S | re.M)
    headings = re.findall(r"^#{1,6} (.+)$", text, flags=re.M)
    plain = (re.sub(r"[^\w\- ]", "", heading.lower()) for heading in headings)
    return {heading.replace(" ", "-") for heading in plain}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links(page: Path) -> None:
    for link in links(page):
        if "://" in link:
            parts = urlsplit(link)
            host = re.fullmatch(r"([a-z0-9-]+\.)+[a-z]{2,}", parts.netloc)
            assert parts.scheme == "https" and host is not None, link
            continue
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        assert target.exists() and target.is_relative_to(ROOT), f"{page.name}: {link}"
        if anchor:
            assert anchor in anchors(target), f"{page.name}: {link}"
