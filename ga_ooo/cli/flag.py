"""The entry of ``python reverie.py --ooo``: the lines in ``patches/flag_block.py`` call it."""

from __future__ import annotations

import sys
from pathlib import Path

from ga_ooo.cli import main as command_line


def main(reverie_py: str) -> int:
    """Run the prompts of a patched host out of order.

    Args:
        reverie_py: path of the patched ``reverie.py``. The other arguments on the command line are
            those of ``ga-ooo reverie``.

    Returns:
        the exit code.
    """
    arguments = [argument for argument in sys.argv[1:] if argument != "--ooo"]
    return command_line.main(["reverie", str(Path(reverie_py).resolve().parent), *arguments])
