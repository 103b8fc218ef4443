"""What ``python reverie.py --ooo`` hands over to (see ``patches/``)."""

from __future__ import annotations

import sys
from pathlib import Path


def main(reverie_py: str) -> int:
    """Run a patched host's own prompts out of order.

    Args:
        reverie_py: path of the patched ``reverie.py``; the rest of the command line is that of
            ``ga-ooo reverie``.

    Returns:
        the exit code.
    """
    # The command line is imported late: nothing but this flag may know it.
    from importlib import import_module

    arguments = [argument for argument in sys.argv[1:] if argument != "--ooo"]
    code: int = import_module("ga_ooo.cli.main").main(
        ["reverie", str(Path(reverie_py).resolve().parent), *arguments]
    )
    return code
