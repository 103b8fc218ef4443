"""Finding a host checkout, and checking before a run all that it would read and write."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from ga_ooo.disk import is_being_run, refuse_odd_files
from ga_ooo.errors import HostError, UsageError
from ga_ooo.host.checkout import source
from ga_ooo.host.checkout.checkout import Checkout
from ga_ooo.host.checkout.fingerprints import UTILS, fingerprint_folder, identify, known_hosts
from ga_ooo.host.checkout.layout import BACKEND, Layout, read_layout
from ga_ooo.host.checkout.maps.choice import MATRIX, MapChoice
from ga_ooo.host.checkout.scenarios import Scenario, check_name, check_new_name

_MAIN_FILES: Final = ("reverie.py", "maze.py", "path_finder.py", "persona/persona.py")
_PATHS: Final = ("fs_storage", "fs_temp_storage", "maze_assets_loc")
"""Folders in ``utils.py``, relative to the backend, as in the host."""

_CLONE: Final = "give the folder of a clone of generative_agents or of a fork of it"
_MOVED: Final = (
    "a fork that has moved its folders names them in table [host] of its ga-ooo.toml "
    "(docs/configuration.md)"
)


def locate(path: Path) -> Checkout:
    """Find the checkout that contains ``path``, and identify its revision.

    Args:
        path: root of a checkout, or one of its folders ``reverie``, ``reverie/backend_server``,
            ``environment``, ``environment/frontend_server``. A fork that has moved its folders
            names them in its ``ga-ooo.toml``, table ``[host]``.

    Raises:
        UsageError: the folder does not exist, or ``[host]`` is wrong.
        HostError: it is not a host checkout, or parts of it are missing; names them.
    """
    layout = _layout(path)
    root, backend, frontend = layout.root, layout.backend, layout.frontend
    missing = [str(backend / name) for name in _MAIN_FILES if not (backend / name).is_file()]
    if missing:
        raise HostError(f"{root} is not a whole host: {_list(missing)} missing", _CLONE)
    texts = _user_texts(backend)
    user_paths = {name: (backend / texts[name]).resolve() for name in _PATHS if texts.get(name)}
    storage = user_paths.get("fs_storage", layout.storage)
    assets = user_paths.get("maze_assets_loc", layout.assets)
    absent = [str(folder) for folder in (storage, assets) if not folder.is_dir()]
    if absent:
        by_user = f"correct the paths in {backend / UTILS}"
        remedy = by_user if user_paths else f"{_CLONE}; {_MOVED}"
        raise HostError(f"{root} is not a whole host: {_list(absent)} missing", remedy)
    maps = MapChoice(backend, assets, texts, _computes_map(backend, texts))
    prints = fingerprint_folder(backend)
    name, commit, edited = _identity(assets, prints)
    return Checkout(
        root=root,
        backend=backend,
        frontend=frontend,
        storage=storage,
        temp_storage=user_paths.get("fs_temp_storage", frontend / "temp_storage"),
        assets=assets,
        matrix=maps.default(),
        maps=maps,
        revision=_git_commit(root) or commit or _content_revision(prints),
        recognised=name,
        edited=edited,
        fingerprints=prints,
    )


def check_scenario(checkout: Checkout, name: str) -> Scenario:
    """Read a scenario and check all files that a run would read. Writes nothing.

    Raises:
        UsageError: it does not exist (the remedy lists similar names), or a file is missing or
            wrong (names the file and, for invalid JSON, line and column); or it holds a link.
        HostError: the map is broken.
    """
    check_name(name)
    folder = checkout.storage / name
    refuse_odd_files(folder)
    if is_being_run(folder):
        raise UsageError(
            f"the simulation {name!r} is being run now, and its files are those of its last save",
            "fork it when that run has ended, or stop that run first (Ctrl-C); `ga-ooo resume` "
            "continues it afterwards",
        )
    return checkout.scenario(name)


def check_new_simulation(checkout: Checkout, name: str) -> None:
    """Check that a simulation with this name can be created. Writes nothing.

    Raises:
        UsageError: the name is in use, or cannot be the name of a folder.
        HostError: storage or temp_storage cannot be written.
    """
    check_new_name(name)
    if (checkout.storage / name).exists():
        raise taken_name(checkout.storage, name)
    for problem in unwritable(checkout):
        raise HostError(problem, "give yourself write access to that folder")


def taken_name(storage: Path, name: str) -> UsageError:
    """The error for the name of a new simulation that exists."""
    return UsageError(
        f"the simulation {name!r} already exists in {storage}",
        "choose another name, or remove that folder if you no longer need it",
    )


def unwritable(checkout: Checkout) -> Iterator[str]:
    """Problems with folders that a run must write."""
    for folder in (checkout.storage, checkout.temp_storage):
        existing = next(path for path in (folder, *folder.parents) if path.exists())
        if not existing.is_dir():
            yield f"{existing} is not a folder"
        elif not os.access(existing, os.W_OK | os.X_OK):
            yield f"{existing} cannot be written"


def _layout(path: Path) -> Layout:
    if not path.exists():
        raise UsageError(f"there is no folder {path}", _CLONE)
    start = path.resolve()
    for candidate in (start, *list(start.parents)[:2]):
        layout = read_layout(candidate)
        if (layout.backend / "reverie.py").is_file():
            inner = {candidate, candidate / "reverie", candidate / "environment"}
            if start in inner | {layout.backend, layout.frontend}:
                return layout
    raise HostError(
        f"{path} is not a host: it has no {BACKEND}/reverie.py",
        f"{_CLONE}; {_MOVED}",
    )


def _user_texts(backend: Path) -> dict[str, str]:
    """The text variables of the user's ``utils.py``."""
    utils = backend / UTILS
    if not utils.is_file():
        return {}
    try:
        return source.text_constants(source.parse(utils))
    except SyntaxError as error:
        raise HostError(
            f"{utils}, line {error.lineno}: {error.msg}",
            "correct the file, or remove it: a run does not need one",
        ) from error


def _computes_map(backend: Path, texts: Mapping[str, str]) -> bool:
    """Whether ``utils``, a file or a package, names the map in a way that its source hides."""
    utils = backend / UTILS
    files = [utils] if utils.is_file() else utils.with_suffix("").rglob("*.py")
    return not texts.get(MATRIX) and any(MATRIX.encode() in path.read_bytes() for path in files)


def _identity(assets: Path, prints: Mapping[str, str]) -> tuple[str, str | None, tuple[str, ...]]:
    if (assets / "minitown").is_dir():
        return "minitown", None, ()
    identity = identify(prints, known_hosts())
    if identity.known is None:
        return "unknown fork", None, ()
    commit = None if identity.edited else identity.known.commit
    return identity.known.name, commit, identity.edited


def _content_revision(prints: Mapping[str, str]) -> str:
    code = {name: value for name, value in prints.items() if name != UTILS}
    digest = hashlib.blake2b(json.dumps(code, sort_keys=True).encode(), digest_size=6)
    return f"content-{digest.hexdigest()}"


def _git_commit(root: Path) -> str | None:
    if not (root / ".git").exists():
        return None
    try:
        done = subprocess.run(
            ["git", "-C", str(root), "rev-parse", "--verify", "HEAD"],
            capture_output=True,
            text=True,
            check=False,
        )
    except OSError:
        return None
    return done.stdout.strip() if done.returncode == 0 else None


def _list(names: list[str]) -> str:
    return ", ".join(names) + (" is" if len(names) == 1 else " are")
