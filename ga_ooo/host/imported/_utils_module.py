"""The names that a host's ``utils.py`` must define, with values for those that a user left out.

Source: the ``utils.py`` in the README of upstream, which users must write.
"""

from __future__ import annotations

from pathlib import Path
from types import ModuleType
from typing import Any, Final

from ga_ooo.host.checkout.checkout import Checkout

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
    """
    for name, value in _defaults(checkout).items():
        vars(utils).setdefault(name, value)
    if storage is not None:
        vars(utils)["fs_storage"] = str(storage)
    if temp_storage is not None:
        vars(utils)["fs_temp_storage"] = str(temp_storage)


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
