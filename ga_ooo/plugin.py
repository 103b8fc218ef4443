"""Built-in implementations of the hooks, and the composition of a session from them.

The functions marked ``hookimpl`` are what a third-party plugin would write; see
``examples/plugin_town_square`` for one.
"""

from __future__ import annotations

import asyncio
import importlib
import logging
import sys
import traceback
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import numpy as np
import pluggy

from ga_ooo import hookspecs
from ga_ooo.engine.protocol import Commit, Instruction, Issue
from ga_ooo.engine.rules import DependencyRule, IssueOrder, straggler_first
from ga_ooo.errors import GaOooError, HostError, RunStoppedError, UsageError
from ga_ooo.hookspecs import hookimpl
from ga_ooo.host.checkout.checkout import Checkout
from ga_ooo.host.checkout.recipe import HostRecipe, read_recipe
from ga_ooo.host.durable.run_journal import JournalKeeper, Nobody, Shaping
from ga_ooo.host.prompts.shaping import RequestShaping
from ga_ooo.host.run.session import Session
from ga_ooo.model.requests import ModelClient, ModelRequest
from ga_ooo.model.routing.router import Router
from ga_ooo.options import JournalOptions, ModelOptions, RunOptions
from ga_ooo.scripted import ScriptedClient
from ga_ooo.scripted import plugin as scripted_plugin
from ga_ooo.town.map import TownMap
from ga_ooo.town.reach import Reach
from ga_ooo.town.rules import make_rule

logger = logging.getLogger(__name__)

# --- the built-in plugin -----------------------------------------------------------------------


@hookimpl(trylast=True)
def ga_ooo_recognise_host(checkout: Checkout) -> HostRecipe:
    """Any host of the original's shape."""
    return read_recipe(checkout)


@hookimpl(trylast=True)
def ga_ooo_dependency_rule(spelling: str, reach: Reach) -> DependencyRule | None:
    """``reach``, ``euclidean:R[:SPEED]`` and ``lockstep``."""
    return make_rule(spelling, reach)


@hookimpl(trylast=True)
def ga_ooo_issue_order() -> IssueOrder:
    """Who is furthest behind first."""
    return straggler_first


@hookimpl(trylast=True)
def ga_ooo_model_client(options: ModelOptions) -> ModelClient | None:
    """The model servers of the options."""
    if not options.servers:
        return None
    # Only here: the client library takes a third of a second to import.
    from ga_ooo.model.assembly import make_router

    return make_router(options)


# --- composition -------------------------------------------------------------------------------


class PluginError(RunStoppedError):
    """A plugin raised something while the run was under way.

    Attributes:
        plugin: its name (that of its entry point, or of its module).
        hook: the hook that it failed in.
    """

    def __init__(self, plugin: str, hook: str, cause: Exception) -> None:
        super().__init__(
            f"the plugin '{plugin}' failed in {hook}: {type(cause).__name__}: {cause}",
            "mend or uninstall the plugin; what has retired is saved, run on from there",
        )
        self.plugin = plugin
        self.hook = hook


class Plugins:
    """All plugins of this process: the built-in one and those of installed distributions.

    Args:
        modules: names of further modules to load as plugins, such as one under development.

    Attributes:
        router: the model servers of the session that was opened; None for other models.

    Raises:
        UsageError: a module or an installed plugin cannot be imported.
    """

    def __init__(self, modules: Iterable[str] = ()) -> None:
        self.router: Router | None = None
        self.manager = pluggy.PluginManager(hookspecs.PROJECT)
        self.manager.add_hookspecs(hookspecs)
        try:
            self.manager.load_setuptools_entrypoints(hookspecs.PROJECT)
            for name in modules:
                self.manager.register(importlib.import_module(name), name)
        except Exception as error:
            raise UsageError(
                f"a plugin cannot be loaded: {type(error).__name__}: {error}",
                "mend or uninstall it; a module given by --plugin must be on PYTHONPATH",
            ) from error
        self.manager.register(scripted_plugin, scripted_plugin.__name__)
        builtin = sys.modules[__name__]
        if not self.manager.is_registered(builtin):
            # Run from a source tree that was never installed.
            self.manager.register(builtin)

    def rule(self, spelling: str, reach: Reach) -> DependencyRule:
        """The dependency rule of this spelling.

        Raises:
            UsageError: no plugin knows it.
        """
        rule: DependencyRule | None = self.manager.hook.ga_ooo_dependency_rule(
            spelling=spelling, reach=reach
        )
        if rule is None:
            raise UsageError(
                f"no dependency rule is called '{spelling}'",
                "use reach, euclidean:RADIUS[:SPEED] or lockstep, or install its plugin",
            )
        return rule

    def check_rule(self, spelling: str) -> None:
        """Raise UsageError unless some plugin knows this rule and its options make sense."""
        tile = np.ones((1, 1), dtype=np.bool_)
        self.rule(spelling, Reach(TownMap(tile, tile.astype(np.int32)), 0))

    def recipe(self, checkout: Checkout) -> HostRecipe:
        """How to run a host.

        Raises:
            HostError: no plugin knows it.
        """
        recipe: HostRecipe | None = self.manager.hook.ga_ooo_recognise_host(checkout=checkout)
        if recipe is None:
            raise HostError(f"no plugin recognises {checkout.root}", "see `ga-ooo doctor`")
        return recipe

    def client(self, options: ModelOptions) -> ModelClient:
        """The model client.

        Raises:
            UsageError: no plugin serves this model.
        """
        client: ModelClient | None = self.manager.hook.ga_ooo_model_client(options=options)
        if client is None:
            raise UsageError(
                f"nothing serves the model '{options.model}'",
                "give --model-url and --model-name of a server, or --model scripted",
            )
        return client

    def open_session(
        self,
        checkout: Checkout,
        options: RunOptions,
        model: ModelOptions,
        loop: asyncio.AbstractEventLoop,
        *,
        storage: Path | None = None,
        temp_storage: Path | None = None,
        interactive: bool = False,
        print_sink: Any = None,
        journal: JournalOptions | None = None,
    ) -> Session:
        """Connect to the model, then import the host and connect it to model and plugins.

        Args:
            journal: what to do about a journal; None for none.

        Raises:
            ModelError: a model server does not answer, or cannot do what is asked of it.
            UsageError: the journal is not there, is in use, or belongs to another run.
        """
        keeper = JournalKeeper(journal, checkout, options.seed, model)
        client = Nobody() if keeper.replays else self.client(model)
        try:
            shaping = keeper.recorded_shaping() or self._start(client, model, loop)
            if shaping.structured or shaping.prompts:
                self.manager.register(RequestShaping(shaping.prompts, shaping.structured))
            keeper.open(shaping)
            session = Session(
                checkout,
                client,
                options,
                loop,
                self.recipe(checkout),
                self.rule,
                storage=storage,
                temp_storage=temp_storage,
                interactive=interactive,
                print_sink=print_sink,
                order=self.manager.hook.ga_ooo_issue_order(),
                shape=self._shape if self._implemented("ga_ooo_shape_request") else None,
            )
        except BaseException:
            loop.run_until_complete(client.close())
            keeper.close()
            raise
        session.model_text = keeper.model_text
        self._connect_observers(session)
        # The scripted model is a function of what it is asked: it can be asked again.
        keeper.attach(session, by_default=not isinstance(client, ScriptedClient))
        return session

    def _start(
        self, client: ModelClient, options: ModelOptions, loop: asyncio.AbstractEventLoop
    ) -> Shaping:
        """Probe the model servers, and find out what form requests can have."""
        structured = options.structured_outputs
        if isinstance(client, Router):
            from ga_ooo.model.assembly import constrains_answers, refused_structured_outputs

            self.router = client
            loop.run_until_complete(client.start())
            if structured is not False:
                reason = loop.run_until_complete(constrains_answers(client))
                if reason and structured:
                    raise refused_structured_outputs(reason)
                if reason:
                    logger.warning("structured outputs are off: %s", reason)
                structured = reason is None
        return Shaping(bool(structured), options.names.prompts)

    def _shape(self, request: ModelRequest) -> ModelRequest:
        try:
            changes: list[ModelRequest] = self.manager.hook.ga_ooo_shape_request(request=request)
        except Exception as error:
            raise self._blame("ga_ooo_shape_request", error) from error
        return changes[0] if changes else request

    def _connect_observers(self, session: Session) -> None:
        """Only hooks that somebody implements cost anything."""
        observer = session.gateway.observer
        if self._implemented("ga_ooo_call_started"):
            tell_start = self._guarded("ga_ooo_call_started", session)
            observer.started.append(lambda call: tell_start(call=call))
        if self._implemented("ga_ooo_call_finished"):
            tell_end = self._guarded("ga_ooo_call_finished", session)
            observer.finished.append(lambda call, answer: tell_end(call=call, answer=answer))
        if self._implemented("ga_ooo_retired"):
            tell_step = self._guarded("ga_ooo_retired", session)
            session.on_retired.append(
                lambda step, movements: tell_step(step=step, movements=movements)
            )
        if self._implemented("ga_ooo_issued") or self._implemented("ga_ooo_committed"):
            session.on_instruction.append(self._instruction_observer(session))

    def _instruction_observer(
        self, session: Session
    ) -> Callable[[Instruction, tuple[str, ...]], None]:
        issued = self._guarded("ga_ooo_issued", session)
        committed = self._guarded("ga_ooo_committed", session)

        def observe(instruction: Instruction, names: tuple[str, ...]) -> None:
            if isinstance(instruction, Issue):
                issued(persona=names[instruction.persona], step=instruction.step)
            elif isinstance(instruction, Commit):
                committed(persona=names[instruction.persona], step=instruction.step)

        return observe

    def _guarded(self, hook: str, session: Session) -> Callable[..., None]:
        """The hook as a function that ends the run in order where a plugin fails in it."""
        call = getattr(self.manager.hook, hook)

        def tell(**arguments: Any) -> None:
            try:
                call(**arguments)
            except Exception as error:
                session.stop(self._blame(hook, error))

        return tell

    def _blame(self, hook: str, error: Exception) -> GaOooError:
        """The error of a plugin as one that names it."""
        if isinstance(error, GaOooError):
            return error
        ran = {frame.f_code for frame, _ in traceback.walk_tb(error.__traceback__)}
        names = [
            implementation.plugin_name
            for implementation in getattr(self.manager.hook, hook).get_hookimpls()
            if getattr(implementation.function, "__code__", None) in ran
        ]
        return PluginError(names[0] if names else "unknown", hook, error)

    def _implemented(self, hook: str) -> bool:
        return bool(getattr(self.manager.hook, hook).get_hookimpls())
