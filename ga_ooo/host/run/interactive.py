"""The host's own prompts with the engine on, and no file of the host changed."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from ga_ooo.errors import HostError
from ga_ooo.host.checkout.source import LOOP_FILE
from ga_ooo.host.imported.host_errors import errors_folder
from ga_ooo.host.run.run import Run
from ga_ooo.host.run.takeover import take_over


def run_interactive(run: Run, arguments: Sequence[str] = ()) -> None:
    """Ask the questions that the host asks when it starts: its main block, with the engine.

    Everything but ``start_server`` is the host's own: ``save``, ``fin``, ``print ...``,
    ``call -- analysis``, ``call -- load history``.

    Args:
        arguments: those of the command line of ``reverie.py``.

    Raises:
        HostError: the host's ``reverie.py`` has no main block.
    """
    main_block = run.host.modules.main_block
    if main_block is None:
        raise HostError(
            f"{run.host.modules.reverie.__file__} asks nothing when it is started "
            '(no `if __name__ == "__main__":`)',
            "use `ga-ooo run`, which needs no questions",
        )
    take_over(run)
    # Upstream's open_server refers to a global `rs` of its own module, which this block makes.
    sys.argv = [str(run.host.checkout.backend / LOOP_FILE), *arguments]
    with run.host.naming_errors(
        "its main block ran",
        "correct the code of the host; what it saved before can be forked again",
        errors_folder() / "main_block.txt",
    ):
        exec(main_block, vars(run.host.modules.reverie))
