"""The log on a terminal."""

from __future__ import annotations

import logging

from ga_ooo.texts import printable


class PrintableFormatter(logging.Formatter):
    """Formats records of the log as printable texts."""

    def format(self, record: logging.LogRecord) -> str:
        """See :class:`logging.Formatter`."""
        return printable(super().format(record))
