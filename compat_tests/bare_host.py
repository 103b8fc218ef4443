"""The host by itself: its own server forks a simulation, takes a few steps, and saves.

    python -I bare_host.py BACKEND FORK SIMULATION STEPS

Nothing of this package is imported. The host's code is as it is; only what it needs from elsewhere
is made up here: the model (of few words), the browser driver that it never uses, the settings that
a user writes, and the frontend's answers.
"""

from __future__ import annotations

import json
import os
import sys
import types
from pathlib import Path
from typing import Any


class Said(dict[str, Any]):
    """An answer, by keys or by attributes, as the client's versions differ."""

    def __getattr__(self, name: str) -> Any:
        return self[name]


def embed(**request: Any) -> Said:
    """All texts mean the same."""
    return Said(data=[Said(embedding=[1.0, 0.5, 0.25])])


def say(**request: Any) -> Said:
    """What passes for a rating; asked for anything else, the host falls back on its own words."""
    rating = '{"output": "5"}'
    return Said(choices=[Said(text=rating, message=Said(content=rating))])


def made_up(backend: Path) -> dict[str, types.ModuleType]:
    """Modules that the host imports and does not hold."""
    frontend = backend.parents[1] / "environment/frontend_server"
    assets = frontend / "static_dirs/assets"
    (matrix,) = assets.glob("*/matrix")
    settings = {
        "openai_api_key": "none",
        "key_owner": "none",
        "maze_assets_loc": str(assets),
        "env_matrix": str(matrix),
        "env_visuals": str(matrix.with_name("visuals")),
        "fs_storage": str(frontend / "storage"),
        "fs_temp_storage": str(frontend / "temp_storage"),
        "collision_block_id": "32125",
        "debug": False,
    }
    chat, completion, embedding = Said(create=say), Said(create=say), Said(create=embed)
    client = Said(chat=Said(completions=chat), completions=completion, embeddings=embedding)
    openai = {
        "ChatCompletion": chat,
        "Completion": completion,
        "Embedding": embedding,
        "OpenAI": lambda **options: client,
    }
    contents: dict[str, dict[str, Any]] = {
        "utils": settings,
        "openai": openai,
        "selenium": {"webdriver": None},
    }
    modules = {}
    for name, content in contents.items():
        modules[name] = types.ModuleType(name)
        vars(modules[name]).update(content)
    return modules


def main(backend: Path, fork: str, simulation: str, steps: int) -> None:
    """Fork, take steps one by one, save."""
    os.chdir(backend)
    sys.path.insert(0, str(backend))
    sys.modules.update(made_up(backend))
    from reverie import ReverieServer  # type: ignore[import-not-found]

    server = ReverieServer(fork, simulation)
    folder = Path(sys.modules["utils"].fs_storage) / simulation
    for _ in range(steps):
        step = server.step
        server.start_server(1)
        movements = json.loads((folder / f"movement/{step}.json").read_text())
        tiles = {name: one["movement"] for name, one in movements["persona"].items()}
        places = {
            name: {"maze": server.maze.maze_name, "x": x, "y": y} for name, (x, y) in tiles.items()
        }
        (folder / f"environment/{step + 1}.json").write_text(json.dumps(places))
    server.save()


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve(), sys.argv[2], sys.argv[3], int(sys.argv[4]))
