"""Terminals that close, whatever the tests were started under."""

from __future__ import annotations

import signal


def heed_hangups() -> None:
    """To be called in a child: what was started under ``nohup`` ignores a terminal that closes, and
    so would all that the tests start."""
    signal.signal(signal.SIGHUP, signal.SIG_DFL)
