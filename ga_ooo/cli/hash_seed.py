"""Fixes Python's hash seed, on which results depend, for commands that run a host."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Sequence


def fix_hash_seed(arguments: Sequence[str], seed: str | None = None) -> None:
    """Start this process again with a hash seed, unless it has this seed already.

    The host saves sets of strings (keywords of a memory) in the order of their hashes.

    Args:
        arguments: of ``ga-ooo``, for the new start.
        seed: the seed; None: 0, unless a seed is fixed already.
    """
    if not has_hash_seed(seed):
        sys.stdout.flush()
        environment = {**os.environ, "PYTHONHASHSEED": seed or "0"}
        # -P: a simulation as the working folder has a folder `ga_ooo`, which must not be imported.
        command = [sys.executable, "-P", "-m", "ga_ooo", *arguments]
        # Python shows a traceback of Ctrl-C while it starts. The new process takes the signal once
        # its own handler is there.
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        if signal.getsignal(signal.SIGINT) is not signal.SIG_IGN:
            # A thread of numpy does not hold the signal back. There it ends this process, in which
            # nothing is to be saved, and is not lost with a handler that never runs.
            signal.signal(signal.SIGINT, signal.SIG_DFL)
        os.execve(sys.executable, command, environment)


def has_hash_seed(seed: str | None) -> bool:
    """Whether this process has a fixed hash seed: this one, or any if ``seed`` is None."""
    now = os.environ.get("PYTHONHASHSEED", "random")
    return now != "random" and seed in (None, now)
