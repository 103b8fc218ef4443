"""Texts for a terminal. Names from a simulation may hold control characters, which could do
anything there."""

from __future__ import annotations

import logging


def printable(text: str) -> str:
    """The text with all characters that a terminal does not show as escapes, but line ends."""
    return "".join(
        letter if letter.isprintable() or letter == "\n" else ascii(letter)[1:-1] for letter in text
    )


class PrintableFormatter(logging.Formatter):
    """Formats records of the log as printable texts."""

    def format(self, record: logging.LogRecord) -> str:
        """See :class:`logging.Formatter`."""
        return printable(super().format(record))
