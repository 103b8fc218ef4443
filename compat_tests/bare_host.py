"""The host alone: its own server forks a simulation, takes a few steps, and saves.

    python -I bare_host.py BACKEND FORK SIMULATION STEPS

Nothing of this package is imported. The code of the host is unchanged. Only the modules and files
that it needs from elsewhere are made here: the model, the browser driver that it never uses, the
settings of a user, and the files of the frontend.
"""

from __future__ import annotations

import json
import os
import sys
import types
from pathlib import Path
from typing import Any


class Reply(dict[str, Any]):
    """A reply whose fields are items and attributes: the versions of the client differ."""

    def __getattr__(self, name: str) -> Any:
        return self[name]


def embed(**request: Any) -> Reply:
    """The same embedding for all texts."""
    return Reply(data=[Reply(embedding=[1.0, 0.5, 0.25])])


def complete(**request: Any) -> Reply:
    """A valid rating. For all other prompts, the host falls back on its own texts."""
    rating = '{"output": "5"}'
    return Reply(choices=[Reply(text=rating, message=Reply(content=rating))])


def replacements(backend: Path) -> dict[str, types.ModuleType]:
    """Modules that the host imports and does not contain."""
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
    chat, completion, embedding = (
        Reply(create=complete),
        Reply(create=complete),
        Reply(create=embed),
    )
    client = Reply(chat=Reply(completions=chat), completions=completion, embeddings=embedding)
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
    """Fork a simulation, take steps one by one, and save."""
    os.chdir(backend)
    sys.path.insert(0, str(backend))
    sys.modules.update(replacements(backend))
    from reverie import ReverieServer  # type: ignore[import-not-found]  # a module of the host

    server = ReverieServer(fork, simulation)
    folder = Path(sys.modules["utils"].fs_storage) / simulation
    for _ in range(steps):
        step = server.step
        server.start_server(1)
        movements = json.loads((folder / f"movement/{step}.json").read_text())
        tiles = {name: one["movement"] for name, one in movements["persona"].items()}
        positions = {
            name: {"maze": server.maze.maze_name, "x": x, "y": y} for name, (x, y) in tiles.items()
        }
        (folder / f"environment/{step + 1}.json").write_text(json.dumps(positions))
    server.save()


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve(), sys.argv[2], sys.argv[3], int(sys.argv[4]))
