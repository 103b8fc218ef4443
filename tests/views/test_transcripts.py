"""Where a conversation is, for readers."""

from __future__ import annotations

import datetime

import pytest

from ga_ooo.views.transcripts import Talk, as_csv, as_html, as_text

LINES = (("Ann", "Hello"), ("Bob", "Good morning"))


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("the Ville:cafe", "the Ville:cafe"),
        ("", ""),
        # The host's words where a persona walks to another one, or waits.
        ("<persona> Bob", ""),
        ("<waiting> 12 9", ""),
    ],
)
def test_only_addresses_of_the_map_are_shown(address: str, shown: str) -> None:
    time = datetime.datetime(2024, 5, 6, 12, 15)
    talk = Talk(time, 7, 9, "Ann", "Bob", (12, 9), address, LINES)
    for text in (as_text([talk]), as_html([talk], "talks")):
        assert "Good morning" in text and "persona&gt;" not in text and "<persona" not in text
        assert (shown in text) and (", at " in as_text([talk])) == bool(shown)
    assert address in as_csv([talk]), "other programs get the host's own words"
