"""The host's own prompts with the engine on, and no file of the host changed."""

from __future__ import annotations

import functools
import shutil
import sys
import traceback
from collections.abc import Sequence
from dataclasses import replace
from types import ModuleType
from typing import Any

from ga_ooo.errors import GaOooError, HostError
from ga_ooo.host.checkout.locate import check_scenario, taken_name
from ga_ooo.host.checkout.scenarios import check_new_name
from ga_ooo.host.checkout.source import LOOP_FILE
from ga_ooo.host.imported.host_errors import errors_folder
from ga_ooo.host.imported.signatures import names_of
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
    _check_answers(run)
    reverie = run.host.modules.reverie
    if "traceback" in vars(reverie):
        vars(reverie)["traceback"] = _Tracebacks("traceback")
    # Upstream's open_server refers to a global `rs` of its own module, which this block makes.
    sys.argv = [str(run.host.checkout.backend / LOOP_FILE), *arguments]
    with run.host.naming_errors(
        "its main block ran",
        "correct the code of the host; what it saved before can be forked again",
        errors_folder() / "main_block.txt",
    ):
        exec(main_block, vars(reverie))


class _Tracebacks(ModuleType):
    """The module ``traceback`` of a host that prints what went wrong with a command of its user."""

    def __getattr__(self, name: str) -> Any:
        return getattr(traceback, name)

    def print_exc(self, *args: Any, **keywords: Any) -> None:
        """Print problem and remedy where they are known; else the traceback."""
        error = sys.exception()
        if isinstance(error, GaOooError):
            print(f"ga-ooo: {error}", file=sys.stderr)
        else:
            traceback.print_exc(*args, **keywords)


def _check_answers(run: Run) -> None:
    """From now on the names that a user gives to the host are checked, as those of ``ga-ooo run``.

    A constructor that fails leaves no folder, so that the user can give the same name again.
    """
    storage, server_class = run.host.storage, run.host.modules.reverie.ReverieServer
    construct = server_class.__init__

    @functools.wraps(construct)
    def construct_checked(server: Any, *args: Any, **keywords: Any) -> None:
        scenario, simulation = names_of(construct, server, *args, **keywords)
        check_scenario(replace(run.host.checkout, storage=storage), scenario)
        check_new_name(simulation)
        is_new = not (storage / simulation).exists()
        try:
            construct(server, *args, **keywords)
        except Exception:
            if is_new:
                shutil.rmtree(storage / simulation, ignore_errors=True)
                raise
            # A fork may continue a simulation that exists; the original cannot.
            raise taken_name(storage, simulation) from None

    server_class.__init__ = construct_checked
