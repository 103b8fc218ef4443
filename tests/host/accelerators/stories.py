"""A host in a process of its own, and a persona of it to try functions on, again and again.

One process imports one host, so the tests start ``python -m`` with the stories to tell and the
host's folder.
"""

from __future__ import annotations

import datetime
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ga_ooo.host.checkout.locate import locate
from ga_ooo.host.imported.determinism import make_deterministic, order_events
from ga_ooo.host.imported.modules import (
    HostModules,
    import_host,
    remove_sleeps,
)
from ga_ooo.host.imported.openai_module import make_openai_module
from ga_ooo.host.imported.prints import redirect_prints
from ga_ooo.host.world.snapshot import put_back, take_copy, with_accessed
from ga_ooo.scripted import ScriptedModel
from tests.host.world.test_snapshot import freeze

REPOSITORY = Path(__file__).parents[3]
MORNING = datetime.datetime(2023, 2, 13, 9, 30)


@dataclass
class Stage:
    """A host, a persona of it and its map."""

    modules: HostModules
    persona: Any
    maze: Any

    def same(
        self,
        own: Callable[[], Any],
        accelerated: Callable[[], Any],
        look: Callable[[Any], Any],
        *,
        prints: bool = True,
    ) -> Any:
        """Do both from the same state: the same is printed, comes back, or is raised, and is left.

        Args:
            look: makes results comparable.
            prints: whether somebody takes what is printed.

        Returns:
            what came back.
        """
        clean = with_accessed(take_copy(self.persona), self.persona)
        outcomes = []
        for function in (own, accelerated):
            put_back(self.persona, clean)
            printed: list[str] = []
            try:
                with redirect_prints(self.modules, printed.append if prints else None):
                    result = look(function())
            except (ValueError, TypeError, KeyError, AttributeError) as error:
                result = type(error)
            outcomes.append((result, freeze(self.persona), printed))
        put_back(self.persona, clean)
        assert outcomes[0] == outcomes[1]
        return outcomes[0][0]


def open_stage(root: str) -> Stage:
    """Import a host; its first persona of the first base scenario, this morning."""
    model = ScriptedModel(16)
    checkout = locate(Path(root))
    temporary = Path(tempfile.mkdtemp())
    modules = import_host(checkout, make_openai_module(model.answer_text), None, temporary)
    remove_sleeps(modules)
    make_deterministic(modules, 0)
    redirect_prints(modules, None)
    scenario = next(
        folder
        for folder in sorted(checkout.storage.glob("base_*"))
        if any((folder / "personas").iterdir())
    )
    folder = min((scenario / "personas").iterdir())
    maze = modules.maze.Maze(checkout.map_name)
    order_events(maze)
    persona = modules.persona.Persona(folder.name, str(folder))
    persona.scratch.curr_time = MORNING
    return Stage(modules, persona, maze)


def tell(module: str, root: Path) -> None:
    """Tell the stories of a module on a host, in a process of its own; they must all hold."""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-W", "ignore::RuntimeWarning", "-m", module, str(root)],
        env=os.environ | {"PYTHONPATH": str(REPOSITORY), "PYTHONDONTWRITEBYTECODE": "1"},
        cwd=REPOSITORY,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
