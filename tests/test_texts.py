"""Texts of others on a terminal, and amounts of money."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from ga_ooo.texts import money, printable, shown


@given(st.text())
def test_no_text_controls_a_terminal(text: str) -> None:
    joiners = {"\u200c", "\u200d"}
    for found, ends in ((printable(text), {"\n"}), (shown(text), set())):
        assert all(letter.isprintable() or letter in joiners | ends for letter in found)


def test_what_is_shown() -> None:
    assert printable("a\x1b[31m\nb\u202e") == "a\\x1b[31m\nb\\u202e"
    assert shown(" a \n\t b\x07\U000e0001") == "a b\\x07\\U000e0001"
    assert shown("👩\u200d🚀") == "👩\u200d🚀"
    assert (money(12.3, "USD"), money(0.00042, "\x1b")) == ("12.30 USD", "0.00042 \\x1b")
