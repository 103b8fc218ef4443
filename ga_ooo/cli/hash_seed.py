"""Results depend on Python's hash seed, so commands that run a host fix it."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence


def fix_hash_seed(arguments: Sequence[str]) -> None:
    """Start this process over with hash seed 0, unless some seed is fixed already.

    The host saves sets of strings (keywords of a memory) in the order of their hashes.

    Args:
        arguments: of ``ga-ooo``, to be given again.
    """
    if os.environ.get("PYTHONHASHSEED", "random") == "random":
        sys.stdout.flush()
        environment = {**os.environ, "PYTHONHASHSEED": "0"}
        os.execve(sys.executable, [sys.executable, "-m", "ga_ooo", *arguments], environment)
