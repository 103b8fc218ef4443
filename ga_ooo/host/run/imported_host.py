"""The host in this process: imported unchanged, made deterministic, its prints redirected."""

from __future__ import annotations

import ast
import functools
import logging
import shutil
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path
from typing import Any

from ga_ooo.disk import naming_file
from ga_ooo.engine.loop.fibers import current_move
from ga_ooo.errors import GaOooError, HostError, RunStoppedError
from ga_ooo.host.accelerators import HostIdleMoves, install_accelerators
from ga_ooo.host.checkout.checkout import Checkout
from ga_ooo.host.checkout.event_reads import ignores_far_events
from ga_ooo.host.checkout.later_steps import later_steps_notice
from ga_ooo.host.checkout.loop.set_up import read_set_up, refusal_of_set_up
from ga_ooo.host.checkout.recipe import LOCKSTEP_REMEDY, HostRecipe
from ga_ooo.host.checkout.scenarios import maze_name_of
from ga_ooo.host.checkout.source import LOOP_FILE, parse
from ga_ooo.host.durable.reach_cache import DiskRowStore, cache_folder
from ga_ooo.host.imported.determinism import make_deterministic, order_events
from ga_ooo.host.imported.gateway import Gateway
from ga_ooo.host.imported.host_errors import (
    HOST_ERROR_FILE,
    errors_folder,
    naming_host_errors,
)
from ga_ooo.host.imported.loop_work import LoopWork
from ga_ooo.host.imported.modules import import_host, remove_sleeps, use_map
from ga_ooo.host.imported.prints import redirect_prints
from ga_ooo.host.imported.signatures import constructor_arguments, scenario_of
from ga_ooo.host.isolation.isolation import isolate
from ga_ooo.host.isolation.patches import opened_for_moves
from ga_ooo.host.run.step_files import remove_later_steps
from ga_ooo.host.sdks.host_model import HostModel
from ga_ooo.host.sdks.imports import unanswered_imports
from ga_ooo.host.sdks.sdk import Sdk, make_replacements
from ga_ooo.host.world.access_times import AccessTimes
from ga_ooo.host.world.maze_views import MazeViews
from ga_ooo.observer import Observer
from ga_ooo.options import RunOptions
from ga_ooo.town.map import TownMap

logger = logging.getLogger(__name__)


class ImportedHost:
    """One checkout, imported into this process and connected to a model.

    Args:
        checkout: the host.
        recipe: what is particular to this host.
        gateway: answers the requests of host code.
        sdks: stand-ins for the packages by which host code asks.
        options: of the run.
        observer: notified when the host forks a scenario.
        storage: folder of simulations, in place of the host's own.
        temp_storage: folder shared with the frontend, in place of the host's own.
        print_sink: takes what the host prints while it runs steps; None drops the text, since the
            host prints whole prompts.

    Attributes:
        modules: the host's modules.
        storage: folder of simulations.
        chance: the random stream that the host draws from outside of moves.
        accelerators: the chosen ones, each with the functions of the host that keep it off.
        loop_work: the work of a fork in its own loop.
        access_times: of the host's memory nodes.
        isolation: keeps what moves do to files and the like in order.
    """

    def __init__(
        self,
        checkout: Checkout,
        recipe: HostRecipe,
        gateway: Gateway,
        sdks: tuple[Sdk, ...],
        options: RunOptions,
        observer: Observer,
        *,
        storage: Path | None = None,
        temp_storage: Path | None = None,
        print_sink: Callable[[str], None] | None = None,
    ) -> None:
        if recipe.refusal and options.mode != "lockstep":
            raise HostError(recipe.refusal, LOCKSTEP_REMEDY)
        self.checkout = checkout
        replacements = make_replacements(sdks, HostModel(gateway.ask, gateway.refuse))
        with opened_for_moves():
            self.modules = import_host(checkout, replacements, storage, temp_storage)
        for found in unanswered_imports(checkout, sdks):
            logger.warning("%s\n  remedy: %s", found.problem, found.remedy)
        # Given as the host sees it: relative to its backend folder, the working folder now.
        self.storage = Path(str(self.modules.setting("fs_storage", checkout.storage))).resolve()
        remove_sleeps(self.modules)
        self.chance = make_deterministic(self.modules, options.seed).outside
        self.accelerators = install_accelerators(self.modules, options.accelerators)
        self.isolation = isolate(self.modules)
        self.loop_work = LoopWork(
            recipe, self.modules.reverie, self.storage, self._naming_loop_errors
        )
        self.access_times = AccessTimes(self.modules.associative_memory.ConceptNode)
        self._observer = observer
        self._print_sink = print_sink and _of_real_moves(print_sink)
        self._maze_views: dict[int, MazeViews] = {}
        self._watch_new_servers()

    def check_saved(self, folder: Path) -> None:
        """Check the files of a saved simulation, which may come from somebody else, before host
        code reads them.

        Raises:
            UsageError: a file is missing or wrong, or a name cannot be the name of a persona.
        """
        replace(self.checkout, storage=folder.parent).scenario(folder.name)

    def open_server(self, fork: str, simulation: str) -> Any:
        """The host's ``ReverieServer``, forked.

        Raises:
            HostError: its constructor failed; the folder that it has made is removed.
        """
        folder = self.storage / simulation
        is_new = not folder.exists()
        failing = self.naming_errors(
            f"it opened the scenario {fork!r}",
            "correct the scenario or the code of the host",
            errors_folder() / "constructor.txt",
            HostError,
        )
        with failing, self.quiet(), opened_for_moves():
            try:
                server_class = self.modules.reverie.ReverieServer
                return server_class(**constructor_arguments(server_class, fork, simulation))
            except Exception:
                if is_new:
                    shutil.rmtree(folder, ignore_errors=True)
                raise

    def set_up(self, server: Any, fork: str) -> bool:
        """Run what the main block does between the constructor and its first command.

        Returns:
            whether there was anything to run.

        Raises:
            HostError: it failed, or needs what only the main block can make.
        """
        found = read_set_up(parse(self.checkout.backend / LOOP_FILE))
        if not found.statements:
            return False
        refusal = refusal_of_set_up(found)
        if refusal is not None:
            raise HostError(*refusal)
        given = dict(zip(found.names, (fork, server.sim_code), strict=False))
        names = {**vars(self.modules.reverie), **given, found.server: server}
        module = ast.Module(body=list(found.statements), type_ignores=[])
        file = str(self.modules.reverie.__file__)
        failing = self.naming_errors(
            "its main block set up the server",
            "correct the code of the host",
            errors_folder() / "main_block.txt",
            HostError,
        )
        with failing, self.quiet(), opened_for_moves():
            exec(compile(module, file, "exec", dont_inherit=True), names)
        return True

    def naming_errors(
        self, doing: str, remedy: str, path: Path, kind: type[GaOooError] = RunStoppedError
    ) -> AbstractContextManager[None]:
        """See :func:`~ga_ooo.host.imported.host_errors.naming_host_errors`."""
        return naming_host_errors(doing, remedy, self.checkout.root, path, kind)

    def quiet(self) -> AbstractContextManager[Any]:
        """While entered, the host's prints go to the sink."""
        return redirect_prints(self.modules, self._print_sink)

    def maze_views(self, server: Any) -> MazeViews:
        """The engine's side of the server's maze."""
        views = self._maze_views.get(id(server.maze))
        if views is None:
            radius = max(persona.scratch.vision_r for persona in server.personas.values())
            views = MazeViews(
                server.maze,
                self.modules.setting("collision_block_id", None),
                radius,
                _store,
                ignores_far_events(self.checkout.backend),
            )
            self._maze_views[id(server.maze)] = views
        return views

    def idle_moves(self) -> HostIdleMoves | None:
        """The accelerator that takes moves in which nothing happens; None if it is off."""
        return HostIdleMoves(self.modules) if self.accelerators.get("idle") == [] else None

    def _naming_loop_errors(self, server: Any, doing: str) -> AbstractContextManager[None]:
        return self.naming_errors(
            doing,
            "correct the code of the host, and resume with --changed-host",
            self.storage / server.sim_code / HOST_ERROR_FILE,
        )

    def _watch_new_servers(self) -> None:
        server_class = self.modules.reverie.ReverieServer
        construct = server_class.__init__

        @functools.wraps(construct)
        def construct_ordered(server: Any, *args: Any, **kwargs: Any) -> None:
            scenario = scenario_of(construct, server, *args, **kwargs)
            self._observer.forking(scenario)
            self._use_map_of(scenario)
            construct(server, *args, **kwargs)
            self._drop_later_steps(server, scenario)
            order_events(server.maze)
            self._observer.forked(self.storage / server.sim_code)

        server_class.__init__ = construct_ordered

    def _use_map_of(self, scenario: str) -> None:
        """Take the map of this scenario, which is known only now if a user is asked for it.

        Raises:
            HostError: the scenario is on no map of this host.
        """
        maze_name = maze_name_of(self.storage / scenario)
        if maze_name is not None:
            use_map(self.modules, self.checkout.on_map(maze_name).matrix)

    def _drop_later_steps(self, server: Any, scenario: str) -> None:
        """Remove what the host has copied of steps after the saved one, and notify the user."""
        simulation = self.storage / server.sim_code
        with naming_file(simulation, "make the folder writable"):
            later = remove_later_steps(simulation, server.step)
        if later:
            logger.warning("%s", later_steps_notice(scenario, server.step, later))


def _of_real_moves(sink: Callable[[str], None]) -> Callable[[str], None]:
    """Leave out the prints of rehearsals, which may never happen."""

    def write(text: str) -> None:
        move = current_move()
        if move is None or move.rehearsal is None:
            sink(text)

    return write


def _store(town: TownMap, radius: int) -> DiskRowStore:
    return DiskRowStore(town, radius, cache_folder())
