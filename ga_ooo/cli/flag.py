"""The entry of ``python reverie.py --ooo``: the lines in ``patches/flag_block.py`` call it."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from ga_ooo.cli import main as command_line
from ga_ooo.host.checkout import source


def main(reverie_py: str) -> int:
    """Run the main block of a patched host out of order.

    Args:
        reverie_py: path of the patched ``reverie.py``.

    Returns:
        the exit code.
    """
    path = Path(reverie_py).resolve()
    ours, forks = split_arguments(sys.argv[1:], reads_arguments=_reads_arguments(path))
    return command_line.main(
        ["reverie", str(path.parent), *ours, *(["--", *forks] if forks else [])]
    )


def split_arguments(given: Sequence[str], *, reads_arguments: bool) -> tuple[list[str], list[str]]:
    """Split the arguments of ``reverie.py`` into those of ga_ooo and those of the fork.

    Where ``--`` stands among them, the arguments before it are those of ``ga-ooo reverie`` and the
    arguments behind it are the fork's. Without ``--``, all of them belong to the fork if it reads
    arguments, and to ``ga-ooo reverie`` if it does not.

    Args:
        given: all arguments, with ``--ooo``.
        reads_arguments: whether the fork reads arguments.

    Returns:
        the arguments of ga_ooo and those of the fork.
    """
    rest = list(given)
    rest.remove("--ooo")
    if "--" in rest:
        end = rest.index("--")
        return rest[:end], rest[end + 1 :]
    return ([], rest) if reads_arguments else (rest, [])


def _reads_arguments(path: Path) -> bool:
    try:
        return source.reads_arguments(source.parse(path))
    except (OSError, SyntaxError):
        # The command reports the broken file.
        return False


if __name__ == "__main__":
    # A patched host in another environment starts `python -m ga_ooo.cli.flag REVERIE_PY ...`.
    sys.exit(main(sys.argv.pop(1)))
