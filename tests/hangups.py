"""SIGHUP in child processes, also if the tests themselves were started under ``nohup``."""

from __future__ import annotations

import signal


def obey_hangups() -> None:
    """Let a closed terminal end this child process. Under ``nohup``, the tests ignore SIGHUP, and
    their children would inherit that."""
    signal.signal(signal.SIGHUP, signal.SIG_DFL)
