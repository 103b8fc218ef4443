"""The names that a host's ``utils.py`` must define, with values for those that a user left out.

Source: the ``utils.py`` in the README of upstream, which users must write. A fork may need further
names; some have values by their meaning, and the user is asked for the others.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from types import ModuleType
from typing import Any, Final

from ga_ooo.host.checkout.checkout import Checkout
from ga_ooo.host.checkout.imports.modules import reachable_modules
from ga_ooo.host.checkout.imports.user_names import made_up_names, names_from_utils

_DEFAULT_COLLISION_BLOCK: Final = "32125"
"""Code of a blocked tile in the README of upstream; used if the map does not define it."""


def complete_utils(
    utils: ModuleType, checkout: Checkout, storage: Path | None, temp_storage: Path | None
) -> None:
    """Add missing names to ``utils``, and set its storage folders.

    Args:
        utils: the module of the user, or an empty one.
        checkout: the host.
        storage: absolute folder of simulations; None to keep that of ``utils`` or the checkout.
        temp_storage: absolute folder shared with the frontend; None likewise.

    Raises:
        HostError: a name has no value.
        SyntaxError: a file of the host is not Python 3.
    """
    for name, value in _defaults(checkout).items():
        vars(utils).setdefault(name, value)
    needed = names_from_utils(reachable_modules(checkout.backend))
    absent = {name: use for name, use in needed.items() if name not in vars(utils)}
    vars(utils).update(made_up_names(absent, checkout.backend))
    if storage is not None:
        vars(utils)["fs_storage"] = str(storage)
    if temp_storage is not None:
        vars(utils)["fs_temp_storage"] = str(temp_storage)


def replace_folders(
    modules: Iterable[ModuleType], storage: Path | None, temp_storage: Path | None
) -> None:
    """Set the storage folders wherever host modules hold them: a package ``utils`` has them in one
    of its modules."""
    folders = {"fs_storage": storage, "fs_temp_storage": temp_storage}
    for module in modules:
        for name, folder in folders.items():
            if folder is not None and isinstance(vars(module).get(name), str):
                vars(module)[name] = str(folder)


def _defaults(checkout: Checkout) -> dict[str, Any]:
    return {
        "openai_api_key": "none",
        "key_owner": "none",
        "maze_assets_loc": str(checkout.assets),
        "env_matrix": str(checkout.matrix),
        "env_visuals": str(checkout.matrix.parent / "visuals"),
        "fs_storage": str(checkout.storage),
        "fs_temp_storage": str(checkout.temp_storage),
        "collision_block_id": _collision_block(checkout.matrix),
        "debug": False,
    }


def _collision_block(matrix: Path) -> str:
    """The code of a blocked tile: the only code besides "0" in the collision matrix of the map."""
    try:
        text = (matrix / "maze" / "collision_maze.csv").read_text("utf-8")
    except OSError:
        return _DEFAULT_COLLISION_BLOCK
    codes = {code.strip() for code in text.replace("\n", ",").split(",")} - {"", "0"}
    return codes.pop() if len(codes) == 1 else _DEFAULT_COLLISION_BLOCK
