"""Finding real hosts to test against: $GA_OOO_HOSTS, else ~/.cache/ga-ooo/hosts."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Final

WHERE_TO_PUT_HOSTS: Final = (
    "no real host found: name checkouts in GA_OOO_HOSTS or lay them out in ~/.cache/ga-ooo/hosts"
)

_MARK: Final = Path("reverie/backend_server/reverie.py")


def find_hosts() -> dict[str, Path]:
    """Checkouts on this machine, by folder name. Read-only: copy one before changing it.

    ``GA_OOO_HOSTS`` lists checkouts, separated as in ``PATH``; a folder that is none is an
    error there. Without it, the folders under ``~/.cache/ga-ooo/hosts`` are taken.
    """
    named = os.environ.get("GA_OOO_HOSTS")
    if named:
        folders = [Path(part).expanduser().resolve() for part in named.split(os.pathsep) if part]
        for folder in folders:
            if not (folder / _MARK).is_file():
                raise FileNotFoundError(f"GA_OOO_HOSTS names {folder}, which is not a host")
    else:
        cache = Path("~/.cache/ga-ooo/hosts").expanduser()
        folders = sorted(cache.iterdir()) if cache.is_dir() else []
    return {folder.name: folder for folder in folders if (folder / _MARK).is_file()}


def copy_host(source: Path, target: Path, scenarios: str = "base_*") -> Path:
    """Copy what the backend uses: its code, scenarios and map matrices (no pictures).

    Args:
        source: the host.
        target: new.
        scenarios: names of those to copy, as a glob pattern.

    Returns:
        ``target``, the root of the copy.
    """
    frontend = Path("environment/frontend_server")
    shutil.copytree(
        source / "reverie", target / "reverie", ignore=shutil.ignore_patterns("__pycache__")
    )
    storage = source / frontend / "storage"
    for scenario in storage.glob(scenarios):
        shutil.copytree(scenario, target / frontend / "storage" / scenario.name)
    (target / frontend / "temp_storage").mkdir(parents=True)
    for matrix in source.glob(f"{frontend}/static_dirs/assets/*/matrix"):
        shutil.copytree(matrix, target / matrix.relative_to(source))
    return target
