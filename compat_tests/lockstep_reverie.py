"""The prompts of the host with its own loop: the reference for the interactive commands.

Usage: ``python -m compat_tests.lockstep_reverie HOST``. It differs from ``ga-ooo reverie`` in one
point: ``start_server`` remains that of the host.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import Any

from ga_ooo.engine.loop.clock import make_loop
from ga_ooo.host.checkout.locate import locate
from ga_ooo.host.run.lockstep import run_lockstep
from ga_ooo.host.run.run import Run, open_run
from ga_ooo.options import ModelOptions, RunOptions
from ga_ooo.plugin import Plugins


def main(host: Path) -> None:
    """Show the prompts of the host until the user ends it."""
    checkout = locate(host)
    checkout.temp_storage.mkdir(exist_ok=True)
    loop = make_loop(virtual=False)
    asyncio.set_event_loop(loop)
    run = open_run(Plugins(), checkout, RunOptions(), ModelOptions(), loop)
    _keep_lockstep(run)
    assert run.host.modules.main_block is not None
    exec(run.host.modules.main_block, vars(run.host.modules.reverie))
    run.close()


def _keep_lockstep(run: Run) -> None:
    server_class = run.host.modules.reverie.ReverieServer
    original = server_class.start_server

    def start_server(server: Any, steps: int) -> None:
        server_class.start_server = original
        try:
            run_lockstep(run, server, steps)
        finally:
            server_class.start_server = start_server

    server_class.start_server = start_server


if __name__ == "__main__":
    main(Path(sys.argv[1]))
