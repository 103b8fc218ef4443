"""Built-in implementations of the hooks, and the plugins of this process.

The functions marked ``hookimpl`` are what a third-party plugin would write; see
``examples/plugin_town_square`` for one.
"""

from __future__ import annotations

import importlib
import sys
import traceback
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

import numpy as np
import pluggy

from ga_ooo import hookspecs
from ga_ooo.engine.rules import DependencyRule, IssueOrder, straggler_first
from ga_ooo.errors import GaOooError, HostError, RunStoppedError, UsageError
from ga_ooo.hookspecs import hookimpl
from ga_ooo.host.checkout.checkout import Checkout
from ga_ooo.host.checkout.recipe import HostRecipe, read_recipe
from ga_ooo.host.prompts.shaping import RequestShaping
from ga_ooo.host.sdks.catalogue import BUILT_IN
from ga_ooo.host.sdks.sdk import Sdk
from ga_ooo.model.requests import ModelAnswer, ModelCall, ModelClient, ModelRequest
from ga_ooo.observer import Observer
from ga_ooo.options import ModelOptions
from ga_ooo.scripted import Latency
from ga_ooo.scripted import plugin as scripted_plugin
from ga_ooo.town.map import TownMap
from ga_ooo.town.reach import Reach
from ga_ooo.town.rules import make_rule

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


@hookimpl(trylast=True)
def ga_ooo_sdk() -> list[Sdk]:
    """The packages that forks are known to ask by."""
    return list(BUILT_IN)


# --- plugins -----------------------------------------------------------------------------------


class PluginError(RunStoppedError):
    """A plugin raised an exception during the run.

    Attributes:
        plugin: the name of its entry point, or of its module.
        hook: the hook that failed.
    """

    def __init__(self, plugin: str, hook: str, cause: Exception) -> None:
        super().__init__(
            f"the plugin '{plugin}' failed in {hook}: {type(cause).__name__}: {cause}",
            "correct or uninstall the plugin, then resume the run from the step that was saved",
        )
        self.plugin = plugin
        self.hook = hook


class Plugins:
    """All plugins of this process: the built-in one and those of installed distributions.

    Args:
        modules: names of further modules to load as plugins, such as one under development.

    Raises:
        UsageError: a module or an installed plugin cannot be imported.
    """

    def __init__(self, modules: Iterable[str] = ()) -> None:
        self.manager = pluggy.PluginManager(hookspecs.PROJECT)
        self.manager.add_hookspecs(hookspecs)
        try:
            self.manager.load_setuptools_entrypoints(hookspecs.PROJECT)
            for name in modules:
                self.manager.register(importlib.import_module(name), name)
        except Exception as error:
            raise UsageError(
                f"a plugin cannot be loaded: {type(error).__name__}: {error}",
                "correct or uninstall it; a module given by --plugin must be on PYTHONPATH",
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

    def client(self, options: ModelOptions, checkout: Checkout | None = None) -> ModelClient:
        """The model client.

        Args:
            options: which model answers.
            checkout: the host that will ask; None if no host is known.

        Raises:
            UsageError: no plugin serves this model.
        """
        client: ModelClient | None = self.manager.hook.ga_ooo_model_client(
            options=options, checkout=checkout
        )
        if client is None:
            raise UsageError(
                f"nothing serves the model '{options.embedded_model}'",
                "give --model-url and --model-name of a server, or --model scripted",
            )
        return client

    @property
    def has_own_model(self) -> bool:
        """Whether a plugin may answer calls for which no model is named."""
        models = self.manager.hook.ga_ooo_model_client.get_hookimpls()
        built_in = (sys.modules[__name__], scripted_plugin)
        return any(each.plugin not in built_in for each in models)

    def sdks(self) -> tuple[Sdk, ...]:
        """The stand-ins for packages by which host code asks models, those that count first.

        Raises:
            GaOooError: a plugin failed.
        """
        lists: list[list[Sdk]] = self.call("ga_ooo_sdk")
        return tuple(sdk for sdks in lists for sdk in sdks)

    def issue_order(self) -> IssueOrder:
        """Which of several ready moves runs first."""
        order: IssueOrder = self.manager.hook.ga_ooo_issue_order()
        return order

    def replay_delay(
        self, options: ModelOptions
    ) -> Callable[[ModelCall, ModelAnswer], float] | None:
        """Seconds that an answer of a journal takes when it is replayed; None for none."""
        if not any(options.latency):
            return None
        return Latency(*options.latency, seed=options.latency_seed).seconds

    def request_shape(
        self, prompts: Mapping[str, str], *, structured: bool
    ) -> Callable[[ModelRequest], ModelRequest] | None:
        """What changes requests before they are asked; None if nothing does.

        Args:
            prompts: kind of prompt to served model.
            structured: ask for answers of the form that the host accepts.
        """
        if structured or prompts:
            self.manager.register(RequestShaping(prompts, structured))
        return self._shape if self.implements("ga_ooo_shape_request") else None

    def observer(self) -> Observer:
        """Notifies the hooks that some plugin implements; the others cost nothing."""
        return _PluginObserver(self)

    def implements(self, hook: str) -> bool:
        """Whether some plugin has an implementation of a hook."""
        return bool(getattr(self.manager.hook, hook).get_hookimpls())

    def call(self, hook: str, **arguments: Any) -> Any:
        """Call a hook; an error names the plugin that raised it.

        Raises:
            GaOooError: a plugin failed.
        """
        try:
            return getattr(self.manager.hook, hook)(**arguments)
        except Exception as error:
            raise self._blame(hook, error) from error

    def _shape(self, request: ModelRequest) -> ModelRequest:
        changes: list[ModelRequest] = self.call("ga_ooo_shape_request", request=request)
        return changes[0] if changes else request

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


_OBSERVING: Final[Mapping[str, tuple[str, ...]]] = {
    "issued": ("persona", "step"),
    "call_started": ("call",),
    "call_finished": ("call", "answer"),
    "committed": ("persona", "step"),
    "retired": ("step", "movements"),
}
"""Events that have a hook, with the names of the hook's arguments in the order of the event's."""


class _PluginObserver(Observer):
    """Hands events on to hooks. An event has its method only where a plugin has its hook."""

    def __init__(self, plugins: Plugins) -> None:
        for event, names in _OBSERVING.items():
            hook = f"ga_ooo_{event}"
            if plugins.implements(hook):
                setattr(self, event, _calling(plugins, hook, names))


def _calling(plugins: Plugins, hook: str, names: tuple[str, ...]) -> Callable[..., None]:
    def notify(*values: Any) -> None:
        plugins.call(hook, **dict(zip(names, values, strict=True)))

    return notify
