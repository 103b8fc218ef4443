"""A host in its own process, with a persona on which functions are compared.

One process can import one host, so a test starts ``python -m`` with the module that holds the
comparisons and the folder of the host.
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
from ga_ooo.host.imported.prints import redirect_prints
from ga_ooo.host.sdks.catalogue import BUILT_IN
from ga_ooo.host.sdks.host_model import HostModel
from ga_ooo.host.sdks.sdk import make_replacements
from ga_ooo.host.world.snapshot import put_back, take_copy, with_accessed
from ga_ooo.scripted import ScriptedModel
from tests.host.world.test_snapshot import freeze

REPOSITORY = Path(__file__).parents[3]
MORNING = datetime.datetime(2023, 2, 13, 9, 30)


@dataclass
class LoadedHost:
    """The modules of a host, one of its personas, and its map."""

    modules: HostModules
    persona: Any
    maze: Any

    def same(
        self,
        original: Callable[[], Any],
        accelerated: Callable[[], Any],
        comparable: Callable[[Any], Any],
        *,
        prints: bool = True,
    ) -> Any:
        """Call both functions in the same state, and check that they do the same.

        They must print the same, return or raise the same, and leave the persona in the same state.

        Args:
            comparable: turns a result into a value that can be compared.
            prints: whether the host's prints go to a sink; otherwise they are dropped.

        Returns:
            the result.
        """
        clean = with_accessed(take_copy(self.persona), self.persona)
        outcomes = []
        for function in (original, accelerated):
            put_back(self.persona, clean)
            printed: list[str] = []
            try:
                with redirect_prints(self.modules, printed.append if prints else None):
                    result = comparable(function())
            except (ValueError, TypeError, KeyError, AttributeError) as error:
                result = type(error)
            outcomes.append((result, freeze(self.persona), printed))
        put_back(self.persona, clean)
        assert outcomes[0] == outcomes[1]
        return outcomes[0][0]


def load_host(root: str) -> LoadedHost:
    """Import a host and load the first persona of its first base scenario, at half past nine."""
    model = ScriptedModel(16)
    checkout = locate(Path(root))
    temporary = Path(tempfile.mkdtemp())
    modules = import_host(
        checkout, make_replacements(BUILT_IN, HostModel(model.answer_text)), None, temporary
    )
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
    return LoadedHost(modules, persona, maze)


def run_on_host(module: str, root: Path) -> None:
    """Run the main block of a module on a host, in its own process; it must not fail."""
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
