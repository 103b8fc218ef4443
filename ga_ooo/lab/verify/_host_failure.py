"""Errors of host code that ended a side, for a user who knows the checkout and not its copies."""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ga_ooo.disk import DISK, write_whole
from ga_ooo.errors import HostError
from ga_ooo.host.imported.host_errors import errors_folder
from ga_ooo.lab.verify.copies import CheckoutCopy

_ERROR: Final = re.compile(r"\A(?:.*\n)?ga-ooo: (.*?)\n  remedy: (.*)\Z", re.DOTALL)
"""The error at the end of the output of a run."""

_TRACEBACK: Final = re.compile(r"\. The traceback of the host is in (.+)$")
_LINE: Final = "\n  at: "
"""Before file and line of host code."""


@dataclass(frozen=True)
class HostFailure:
    """An error of host code.

    Attributes:
        problem: names file and line in the checkout of the user.
        remedy: names the file that holds the host's own traceback, if there is one.
    """

    problem: str
    remedy: str


def read_host_failure(
    side: str, exit_code: int, output: str, copy: CheckoutCopy, original: Path
) -> HostFailure | None:
    """The error of host code that ended a run; None if something else ended it.

    Args:
        side: its name.
        exit_code: of its process.
        output: of its process.
        copy: the copy of the checkout in which it ran.
        original: top folder of the checkout of the user.
    """
    found = _ERROR.search(output)
    if found is None or (exit_code != HostError.exit_code and _LINE not in found[1]):
        return None
    problem, remedy = found[1], found[2]
    kept = _TRACEBACK.search(remedy)
    remedy = _TRACEBACK.sub("", remedy)
    if kept is not None:
        path = errors_folder() / f"verify-{side}.txt"
        # The error matters more than its traceback.
        with suppress(OSError):
            text = Path(kept[1]).read_text("utf-8").replace(str(copy.root), str(original))
            DISK.make_private_folder(path.parent)
            write_whole(DISK, path, text.encode(), private=True)
            remedy += f". The traceback of the host is in {path}"
    return HostFailure(
        problem.replace(str(copy.root), str(original)),
        remedy.replace(str(copy.root), str(original)),
    )
