"""Texts of others for a terminal: they are shown, and never obeyed by the terminal.

Names, speech and errors come from simulations, hosts and models, and may hold control characters.
This module is the only treatment of them. It also writes amounts of money, whose currency is such a
text.
"""

from __future__ import annotations

from typing import Final

_JOINERS: Final = {"\u200c", "\u200d"}
"""Invisible, but parts of words and of emojis."""


def printable(text: str) -> str:
    """The text with its line ends, and with all other characters that are not shown as codes."""
    return "".join(letter if letter == "\n" else _shown(letter) for letter in text)


def shown(text: str) -> str:
    """The text on one line, with all characters that are not shown as codes."""
    return "".join(map(_shown, " ".join(text.split())))


def money(amount: float, currency: str) -> str:
    """Such as ``12.30 USD``, or ``0.00042 USD``."""
    digits = f"{amount:,.2f}" if amount >= 1 else f"{amount:.2g}"
    return f"{digits} {shown(currency)}"


def _shown(letter: str) -> str:
    if letter.isprintable() or letter in _JOINERS:
        return letter
    code = ord(letter)
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
