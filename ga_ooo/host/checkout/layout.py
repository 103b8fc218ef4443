"""Where the folders of a checkout are: as in the original, or as its own ``ga-ooo.toml`` says."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from ga_ooo.errors import UsageError

BACKEND: Final = "reverie/backend_server"
FRONTEND: Final = "environment/frontend_server"
ASSETS: Final = "static_dirs/assets"
ORIGINAL: Final = "GA_OOO_ORIGINAL_CHECKOUT"
"""Environment variable of a run in a copy of a checkout: the checkout that was copied."""

_FILE: Final = "ga-ooo.toml"
_KEYS: Final = ("backend", "storage", "assets")


@dataclass(frozen=True)
class Layout:
    """Folders of a checkout. Each one is as in the original unless it is named.

    Attributes:
        root: top folder.
        backend: folder with ``reverie.py``.
        storage: folder of simulations.
        assets: folder of maps.
        named: keys of those that ``ga-ooo.toml`` names.
    """

    root: Path
    backend: Path
    storage: Path
    assets: Path
    named: frozenset[str] = frozenset()

    @property
    def frontend(self) -> Path:
        """Folder of the frontend server: the one that holds the simulations, as in the original."""
        return self.storage.parent if "storage" in self.named else self.root / FRONTEND


def read_layout(root: Path) -> Layout:
    """The layout of a checkout, if ``root`` is one.

    Raises:
        UsageError: table ``[host]`` of its ``ga-ooo.toml`` has other keys than ``backend``,
            ``storage`` and ``assets``, or one that is no folder in the checkout.
    """
    given = _given(root / _FILE)
    for name in given:
        if name not in _KEYS:
            raise UsageError(
                f"{root / _FILE}: there is no key host.{name}", f"the keys are {', '.join(_KEYS)}"
            )
    usual = {"backend": BACKEND, "storage": f"{FRONTEND}/storage", "assets": f"{FRONTEND}/{ASSETS}"}
    folders = {name: root / folder for name, folder in usual.items()}
    folders |= {name: _folder(root, name, value) for name, value in given.items()}
    return Layout(root, **folders, named=frozenset(given))


def _given(file: Path) -> Mapping[str, Any]:
    if not file.is_file():
        return {}
    try:
        content = tomllib.loads(file.read_text("utf-8"))
    except (OSError, ValueError):
        # The commands that read configuration files name the error.
        return {}
    given = content.get("host", {})
    if not isinstance(given, dict):
        raise UsageError(f"{file}: host is no table", "write it as [host]")
    return given


def _folder(root: Path, name: str, value: object) -> Path:
    folder = root / value if isinstance(value, str) else root
    if not isinstance(value, str) or not folder.is_dir():
        raise UsageError(
            f"{root / _FILE}: host.{name} = {value!r} is no folder in {root}",
            f'give it relative to the checkout, such as {name} = "{BACKEND}"',
        )
    return folder.resolve()
