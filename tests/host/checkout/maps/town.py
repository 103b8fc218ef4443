"""A map of 4 x 3 tiles in the host's format, and a scenario on it."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any, Final

from ga_ooo.host.checkout.shipped import data_folder
from tests.host.tinyhost import STORAGE, write, write_json

WIDTH: Final = 4
HEIGHT: Final = 3

LAYERS: Final = {
    # A wall around the town, with a house of two tiles, in which there is a bed.
    "collision": "7, 7, 7, 7, 7, 0, 0, 7, 7, 7, 7, 7",
    "sector": "0, 0, 0, 0, 0, 11, 11, 0, 0, 0, 0, 0",
    "arena": "0, 0, 0, 0, 0, 21, 21, 0, 0, 0, 0, 0",
    "game_object": "0, 0, 0, 0, 0, 0, 31, 0, 0, 0, 0, 0",
    "spawning_location": "0, 0, 0, 0, 0, 0, 41, 0, 0, 0, 0, 0",
}
BLOCKS: Final = {
    "world": "1, Tinyville\n",
    "sector": "11, Tinyville, House\n",
    "arena": "21, Tinyville, House, Room\n",
    "game_object": "31, Tinyville, <all>, bed\n",
    "spawning_location": "41, Tinyville, House, Room, place-1\n",
}
META: Final = {
    "world_name": "Tinyville",
    "maze_width": WIDTH,
    "maze_height": HEIGHT,
    "sq_tile_size": 32,
    "special_constraint": "",
}


def make_map(matrix: Path, world: str = "Tinyville") -> Path:
    """Write the files of the map into a folder of matrix files, and return that folder."""
    write_json(matrix / "maze_meta_info.json", META)
    for layer, cells in LAYERS.items():
        write(matrix / f"maze/{layer}_maze.csv", cells)
    for kind, lines in BLOCKS.items():
        write(matrix / f"special_blocks/{kind}_blocks.csv", lines.replace("Tinyville", world))
    return matrix


def copy_minitown(root: Path) -> Path:
    """A copy of minitown with its small scenarios."""
    ignored = shutil.ignore_patterns("__pycache__", "*_n25")
    shutil.copytree(data_folder("minitown"), root, ignore=ignored)
    return root


def edit(root: Path, scenario: str, persona: str, file: str, **values: Any) -> None:
    """Change keys of a file of one persona."""
    path = root / STORAGE / scenario / "personas" / persona / "bootstrap_memory" / file
    write_json(path, json.loads(path.read_text("utf-8")) | values)
