"""Finding a host checkout, and checking before a run all that it would read and write."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from ga_ooo.disk import refuse_odd_files
from ga_ooo.errors import HostError, UsageError
from ga_ooo.host.checkout import source
from ga_ooo.host.checkout.checkout import Checkout
from ga_ooo.host.checkout.fingerprints import UTILS, fingerprint_folder, identify, known_hosts
from ga_ooo.host.checkout.scenarios import Scenario, check_name

BACKEND: Final = "reverie/backend_server"
FRONTEND: Final = "environment/frontend_server"
_ASSETS: Final = "static_dirs/assets"
_MAP_FILE: Final = "maze_meta_info.json"
_MAIN_FILES: Final = ("reverie.py", "maze.py", "path_finder.py", "persona/persona.py")
_CLONE: Final = "give the folder of a clone of generative_agents or of a fork of it"


def locate(path: Path) -> Checkout:
    """Find the checkout that contains ``path``, and identify its revision.

    Args:
        path: root of a checkout, or one of its folders ``reverie``, ``reverie/backend_server``,
            ``environment``, ``environment/frontend_server``.

    Raises:
        UsageError: the folder does not exist.
        HostError: it is not a host checkout, or parts of it are missing; names them.
    """
    root = _root(path)
    backend, frontend = root / BACKEND, root / FRONTEND
    missing = [str(backend / name) for name in _MAIN_FILES if not (backend / name).is_file()]
    if missing:
        raise HostError(f"{root} is not a whole host: {_list(missing)} missing", _CLONE)
    user_paths = _user_paths(backend)
    storage = user_paths.get("fs_storage", frontend / "storage")
    assets = user_paths.get("maze_assets_loc", frontend / _ASSETS)
    absent = [str(folder) for folder in (storage, assets) if not folder.is_dir()]
    if absent:
        remedy = f"correct the paths in {backend / UTILS}" if user_paths else _CLONE
        raise HostError(f"{root} is not a whole host: {_list(absent)} missing", remedy)
    prints = fingerprint_folder(backend)
    name, commit, edited = _identity(assets, prints)
    return Checkout(
        root=root,
        backend=backend,
        frontend=frontend,
        storage=storage,
        temp_storage=user_paths.get("fs_temp_storage", frontend / "temp_storage"),
        assets=assets,
        matrix=_matrix(assets, user_paths),
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
    refuse_odd_files(checkout.storage / name)
    return checkout.scenario(name)


def check_new_simulation(checkout: Checkout, name: str) -> None:
    """Check that a simulation with this name can be created. Writes nothing.

    Raises:
        UsageError: the name is in use, or cannot be the name of a folder.
        HostError: storage or temp_storage cannot be written.
    """
    check_name(name)
    if (checkout.storage / name).exists():
        raise UsageError(
            f"the simulation {name!r} already exists in {checkout.storage}",
            "choose another name, or remove that folder if you no longer need it",
        )
    for problem in unwritable(checkout):
        raise HostError(problem, "give yourself write access to that folder")


def unwritable(checkout: Checkout) -> Iterator[str]:
    """Problems with folders that a run must write."""
    for folder in (checkout.storage, checkout.temp_storage):
        existing = next(path for path in (folder, *folder.parents) if path.exists())
        if not existing.is_dir():
            yield f"{existing} is not a folder"
        elif not os.access(existing, os.W_OK | os.X_OK):
            yield f"{existing} cannot be written"


def _root(path: Path) -> Path:
    if not path.exists():
        raise UsageError(f"there is no folder {path}", _CLONE)
    start = path.resolve()
    for candidate in (start, *list(start.parents)[:2]):
        if (candidate / BACKEND / "reverie.py").is_file():
            inner = {candidate, candidate / "reverie", candidate / "environment"}
            if start in inner | {candidate / BACKEND, candidate / FRONTEND}:
                return candidate
    raise HostError(f"{path} is not a host: it has no {BACKEND}/reverie.py", _CLONE)


def _user_paths(backend: Path) -> dict[str, Path]:
    """Paths in the user's ``utils.py``, resolved relative to the backend, as in the host."""
    utils = backend / UTILS
    if not utils.is_file():
        return {}
    try:
        constants = source.text_constants(source.parse(utils))
    except SyntaxError as error:
        raise HostError(
            f"{utils}, line {error.lineno}: {error.msg}",
            "correct the file, or remove it: a run does not need one",
        ) from error
    names = ("fs_storage", "fs_temp_storage", "maze_assets_loc", "env_matrix")
    return {name: (backend / constants[name]).resolve() for name in names if constants.get(name)}


def _matrix(assets: Path, user_paths: Mapping[str, Path]) -> Path:
    given = user_paths.get("env_matrix")
    if given is not None:
        if (given / _MAP_FILE).is_file():
            return given
        raise HostError(
            f"there is no map in {given} ({_MAP_FILE} is missing)",
            f"correct env_matrix in the host's {UTILS}",
        )
    maps = sorted(found.parent for found in assets.glob(f"*/matrix/{_MAP_FILE}"))
    if not maps:
        raise HostError(f"there is no map in {assets}: no */matrix/{_MAP_FILE}", _CLONE)
    if len(maps) > 1:
        # The README of upstream sets the map in utils.py. A fork with several maps must choose.
        the_ville = [folder for folder in maps if folder.parent.name == "the_ville"]
        if not the_ville:
            raise HostError(
                f"{assets} has several maps: {', '.join(folder.parent.name for folder in maps)}",
                f"write {UTILS} in the backend folder and set env_matrix to one of them",
            )
        return the_ville[0]
    return maps[0]


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
