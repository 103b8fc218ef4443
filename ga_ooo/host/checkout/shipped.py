"""Data folders that are shipped with the package."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from ga_ooo.errors import HostError, install_command

_PACKAGE: Final = Path(__file__).resolve().parents[2]
_IN_SOURCE: Final = {"patches": "patches", "minitown": "examples/minitown"}


def data_folder(name: str) -> Path:
    """Path of a data folder, in an installed wheel or in a source checkout.

    Args:
        name: ``patches`` or ``minitown``.

    Raises:
        HostError: the installation does not contain the folder.
    """
    candidates = (_PACKAGE / "_data" / name, _PACKAGE.parent / _IN_SOURCE[name])
    for candidate in candidates:
        if candidate.is_dir():
            return candidate
    raise HostError(
        f"the installed package lacks its data folder {name!r} (searched in "
        + " and ".join(str(candidate) for candidate in candidates)
        + ")",
        f"install ga_ooo again: {install_command()} --force-reinstall",
    )
