"""The names that a host's ``utils.py`` must define, with values for those that a user left out.

Source: the ``utils.py`` in the README of upstream, which users must write. A fork may need further
names; some have values by their meaning, and the user is asked for the others.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from types import ModuleType
from typing import Any

from ga_ooo.host.checkout.checkout import Checkout
from ga_ooo.host.checkout.imports.modules import reachable_modules
from ga_ooo.host.checkout.imports.user_names import made_up_names, names_from_utils
from ga_ooo.host.checkout.maps.matrix_files import collision_block


def complete_utils(
    utils: ModuleType, checkout: Checkout, storage: Path | None, temp_storage: Path | None
) -> frozenset[str]:
    """Add missing names to ``utils``, and set its storage folders.

    Args:
        utils: the module of the user, or an empty one.
        checkout: the host.
        storage: absolute folder of simulations; None to keep that of ``utils`` or the checkout.
        temp_storage: absolute folder shared with the frontend; None likewise.

    Returns:
        the names of upstream's ``utils.py`` that were added.

    Raises:
        HostError: a name has no value.
        SyntaxError: a file of the host is not Python 3.
    """
    defaults = _defaults(checkout)
    added = frozenset(defaults) - vars(utils).keys()
    for name in added:
        vars(utils)[name] = defaults[name]
    needed = names_from_utils(reachable_modules(checkout.backend))
    absent = {name: use for name, use in needed.items() if name not in vars(utils)}
    vars(utils).update(made_up_names(absent, checkout.backend))
    if storage is not None:
        vars(utils)["fs_storage"] = str(storage)
    if temp_storage is not None:
        vars(utils)["fs_temp_storage"] = str(temp_storage)
    return added


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
        "fs_storage": str(checkout.storage),
        "fs_temp_storage": str(checkout.temp_storage),
        "debug": False,
        **map_names(checkout.matrix),
    }


def map_names(matrix: Path) -> dict[str, str]:
    """The names that depend on the map.

    Args:
        matrix: folder of its matrix files.
    """
    return {
        "env_matrix": str(matrix),
        "env_visuals": str(matrix.parent / "visuals"),
        "collision_block_id": collision_block(matrix),
    }
