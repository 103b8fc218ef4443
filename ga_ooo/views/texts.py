"""Texts for a terminal: words of others are shown, and never obeyed by the terminal."""

from __future__ import annotations

import datetime
from typing import Final

_JOINERS: Final = {"\u200c", "\u200d"}
"""Invisible, but parts of words and of emojis."""


def shown(text: str) -> str:
    """A text of somebody else on one line, with control characters as their codes."""
    return "".join(_shown(char) for char in " ".join(text.split()))


def _shown(char: str) -> str:
    if char.isprintable() or char in _JOINERS:
        return char
    code = ord(char)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"


def moment(time: datetime.datetime) -> str:
    """A game time, as the host writes it: ``February 13, 2023, 12:10:00``."""
    return time.strftime("%B %d, %Y, %H:%M:%S")


def duration(seconds: float) -> str:
    """Such as ``0.004 s``, ``3.2 s``, ``2 min 05 s``, ``1 h 02 min``."""
    if seconds < 0.1:
        return f"{seconds:.3f} s"
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest:02d} s"
    return f"{minutes // 60} h {minutes % 60:02d} min"


def size(count: int) -> str:
    """Such as ``850 kB`` or ``1.2 GB``."""
    value = count / 1000
    for unit in ("kB", "MB"):
        if value < 1000:
            return f"{value:.0f} {unit}" if value >= 10 else f"{value:.1f} {unit}"
        value /= 1000
    return f"{value:.1f} GB"


def money(amount: float, currency: str) -> str:
    """Such as ``12.30 USD``, or ``0.00042 USD``."""
    digits = f"{amount:,.2f}" if amount >= 1 else f"{amount:.2g}"
    return f"{digits} {shown(currency)}"


def times(count: int) -> str:
    """Such as ``1 time`` or ``3 times``."""
    return f"{count:,} time" if count == 1 else f"{count:,} times"
