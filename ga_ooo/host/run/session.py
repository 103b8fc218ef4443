"""One process's use of one host: imported, made deterministic, connected to a model."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from ga_ooo.disk import DISK
from ga_ooo.engine.loop.engine import Engine
from ga_ooo.engine.loop.fibers import current_move
from ga_ooo.engine.loop.measures import RunMeasures
from ga_ooo.engine.protocol import Commit, Instruction
from ga_ooo.engine.rules import DependencyRule, IssueOrder, straggler_first
from ga_ooo.errors import GaOooError
from ga_ooo.host.accelerators import install_accelerators
from ga_ooo.host.checkout.checkout import Checkout
from ga_ooo.host.checkout.event_reads import ignores_far_events
from ga_ooo.host.checkout.recipe import HostRecipe
from ga_ooo.host.durable.keeper import CheckpointKeeper
from ga_ooo.host.durable.profile_store import clear_but_profile, take_profile
from ga_ooo.host.durable.reach_cache import DiskRowStore, cache_folder
from ga_ooo.host.imported.determinism import make_deterministic, order_events
from ga_ooo.host.imported.gateway import Gateway
from ga_ooo.host.imported.modules import import_host, remove_sleeps
from ga_ooo.host.imported.openai_module import make_openai_module
from ga_ooo.host.imported.prints import redirect_prints
from ga_ooo.host.world.access_times import AccessTimes
from ga_ooo.host.world.checkpoint import Checkpoint
from ga_ooo.host.world.maze_views import MazeViews
from ga_ooo.journal.client import JournalClient
from ga_ooo.journal.memory import RecentAnswers
from ga_ooo.journal.store import Journal
from ga_ooo.model.requests import ModelAnswer, ModelCall, ModelClient, ModelRequest
from ga_ooo.options import RunOptions
from ga_ooo.runahead.calls import Prefetching
from ga_ooo.town.map import TownMap
from ga_ooo.town.reach import Reach

if TYPE_CHECKING:
    from ga_ooo.host.run.town_run import TownRun

Delay: TypeAlias = Callable[[ModelCall, ModelAnswer], float]


class Session:
    """The host in this process.

    Args:
        checkout: the host.
        client: answers model calls.
        options: how to run.
        loop: the engine's loop (wall clock or virtual time).
        recipe: what is particular to this host.
        make_rule: gives the dependency rule, once the map is known.
        storage: folder of simulations, in place of the host's own.
        temp_storage: folder shared with the frontend, in place of the host's own.
        interactive: a user sits in front of it: wait for a frontend where the host would.
        print_sink: takes what the host prints while it runs steps; None drops it, since it
            prints whole prompts.
        order: which of several ready moves runs first.
        shape: may change a request before it is asked.

    Attributes:
        accelerators: those asked for, each with the functions of the host that keep it off.
        journal: where answers are written down or come from, if anywhere.
        on_forking: functions called with the name of each scenario that is about to be forked;
            what they raise leaves nothing behind.
        on_forked: functions called with the folder of each new simulation.
        on_begun: functions called with the maze views and the run of each ``run N``, before
            it starts.
        model_text: what determines the model's answers, for those who write down what a run is.
        disk: where step files are written.
        chance: the random stream that the host draws from outside of moves.
        checkpoints: keeps durable checkpoints of the run, if anybody does.
        standing: everybody where the last run of steps left them.
        engine: the engine while it runs; its scheduler can be asked who is held by whom
            (:func:`ga_ooo.engine.graph.dependency_graph`).
    """

    def __init__(
        self,
        checkout: Checkout,
        client: ModelClient,
        options: RunOptions,
        loop: asyncio.AbstractEventLoop,
        recipe: HostRecipe,
        make_rule: Callable[[str, Reach], DependencyRule],
        *,
        storage: Path | None = None,
        temp_storage: Path | None = None,
        interactive: bool = False,
        print_sink: Callable[[str], None] | None = None,
        order: IssueOrder = straggler_first,
        shape: Callable[[ModelRequest], ModelRequest] | None = None,
    ) -> None:
        self.checkout = checkout
        self.options = options
        self.loop = loop
        self.interactive = interactive
        self.measures = RunMeasures()
        self.order = order
        self.on_instruction: list[Callable[[Instruction, tuple[str, ...]], None]] = []
        self.on_retired: list[Callable[[int, dict[str, Any]], None]] = []
        self.on_forking: list[Callable[[str], None]] = []
        self.on_forked: list[Callable[[Path], None]] = []
        self.on_begun: list[Callable[[MazeViews, TownRun], None]] = []
        self.journal: JournalClient | None = None
        self.model_text = ""
        self.disk = DISK
        self.checkpoints: CheckpointKeeper | None = None
        self.standing: Checkpoint | None = None
        self.engine: Engine[dict[str, Any]] | None = None
        self.prefetching: Prefetching | None = None
        if options.runahead:
            self.prefetching = Prefetching(client, options.runahead_budget)
            client = self.prefetching.cache
        self.recent = RecentAnswers(client)
        self.gateway = Gateway(self.recent, options.seed, loop, shape)
        module = make_openai_module(self.gateway.ask)
        self.modules = import_host(checkout, module, storage, temp_storage)
        # Given as the host sees it: relative to its backend folder, the working folder now.
        self.storage = Path(str(self.modules.utils.fs_storage)).resolve()
        self._recipe = recipe
        remove_sleeps(self.modules)
        self.chance = make_deterministic(self.modules, options.seed).outside
        self.accelerators = install_accelerators(self.modules, options.accelerate)
        self.access_times = AccessTimes(self.modules.associative_memory.ConceptNode)
        self._make_rule = make_rule
        self._print_sink = print_sink and _of_real_moves(print_sink)
        self._maze_views: dict[int, MazeViews] = {}
        self._look_after_new_servers()

    def open_server(self, fork: str, simulation: str) -> Any:
        """The host's ``ReverieServer``, forked."""
        with self.quiet():
            return self.modules.reverie.ReverieServer(fork, simulation)

    def is_accelerated(self, name: str) -> bool:
        """Whether an accelerator is on."""
        return self.accelerators.get(name) == []

    def keep_journal(self, journal: Journal, delay: Delay | None = None) -> None:
        """From now on answers go through this journal, which is closed with the session.

        Args:
            journal: of this run.
            delay: seconds of loop time that a recorded answer takes; None for none.
        """
        self.journal = JournalClient(self.recent.client, journal, delay)
        self.recent.client = self.journal

        def note(instruction: Instruction, names: tuple[str, ...]) -> None:
            if isinstance(instruction, Commit):
                journal.note_committed(names[instruction.persona], instruction.step)

        # First: what a plugin makes of it may end the run.
        self.on_instruction.insert(0, note)

    def quiet(self) -> AbstractContextManager[Any]:
        """The host's prints go to the sink."""
        return redirect_prints(self.modules, self._print_sink)

    def rule(self, reach: Reach) -> DependencyRule:
        """The dependency rule of the options on this map."""
        return self._make_rule(self.options.rule, reach)

    def maze_views(self, server: Any) -> MazeViews:
        """The engine's side of the server's maze."""
        views = self._maze_views.get(id(server.maze))
        if views is None:
            radius = max(persona.scratch.vision_r for persona in server.personas.values())
            views = MazeViews(
                server.maze,
                self.modules.utils.collision_block_id,
                radius,
                _store,
                ignores_far_events(self.checkout.backend),
            )
            self._maze_views[id(server.maze)] = views
        return views

    def stop(self, error: GaOooError) -> None:
        """End the run with this error, at a consistent step: for errors from where raising would
        meet host code, which swallows them."""
        if self.engine is not None:
            self.engine.stop(error)
        else:
            self.gateway.error = self.gateway.error or error

    def loop_work_pending(self, server: Any) -> bool:
        """Whether the fork has work of its own that needs everybody at one step."""
        recipe = self._recipe
        return bool(recipe.loop_methods) and recipe.loop_pending(self.storage / server.sim_code)

    def do_loop_work(self, server: Any) -> None:
        """Do that work; the server stands at one step."""
        for method in self._recipe.loop_methods:
            getattr(server, method)()

    def close(self) -> None:
        """Close the model client, the journal and the loop.

        Raises:
            RunStoppedError: the journal could not be written, and nobody was told yet.
        """
        try:
            self.loop.run_until_complete(self.gateway.client.close())
        finally:
            self.loop.close()

    def _look_after_new_servers(self) -> None:
        server_class = self.modules.reverie.ReverieServer
        construct = server_class.__init__

        def construct_ordered(server: Any, *args: Any, **kwargs: Any) -> None:
            scenario = str([*args, *kwargs.values()][0])
            for ask in self.on_forking:
                ask(scenario)
            construct(server, *args, **kwargs)
            order_events(server.maze)
            simulation = self.storage / server.sim_code
            clear_but_profile(simulation, self.disk)
            if self.prefetching is not None:
                take_profile(self.prefetching, simulation, self.disk)
            for tell in self.on_forked:
                tell(simulation)

        server_class.__init__ = construct_ordered


def _of_real_moves(sink: Callable[[str], None]) -> Callable[[str], None]:
    """Leave out what the host prints in rehearsals: it has not happened."""

    def write(text: str) -> None:
        move = current_move()
        if move is None or move.rehearsal is None:
            sink(text)

    return write


def _store(town: TownMap, radius: int) -> DiskRowStore:
    return DiskRowStore(town, radius, cache_folder())
