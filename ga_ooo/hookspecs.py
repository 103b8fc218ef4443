"""Hooks of ga_ooo (pluggy project name and entry-point group: ``ga_ooo``).

A plugin is a module or object with functions of these names, marked by :data:`hookimpl`, under
an entry point of the group ``ga_ooo``. The built-in implementations in :mod:`ga_ooo.plugin` have
the same form. Hooks marked *first result* ask plugins one after another, the built-in one last,
until one of them returns something other than None. See docs/hooks.md.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pluggy

if TYPE_CHECKING:
    from ga_ooo.engine.ids import Step
    from ga_ooo.engine.rules import DependencyRule, IssueOrder
    from ga_ooo.host.checkout.checkout import Checkout
    from ga_ooo.host.checkout.recipe import HostRecipe
    from ga_ooo.host.sdks.sdk import Sdk
    from ga_ooo.model.requests import ModelAnswer, ModelCall, ModelClient, ModelRequest
    from ga_ooo.options import ModelOptions
    from ga_ooo.town.reach import Reach

PROJECT = "ga_ooo"

hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)


@hookspec(firstresult=True)
def ga_ooo_recognise_host(checkout: Checkout) -> HostRecipe | None:
    """Describe how to run a host. Called once, before the host is imported. *First result*.

    None: this plugin does not know the host.
    """


@hookspec(firstresult=True)
def ga_ooo_dependency_rule(spelling: str, reach: Reach) -> DependencyRule | None:
    """Make the dependency rule that ``--rule SPELLING`` asks for. *First result*.

    Called once on a map of one tile, to check the spelling before anything is written, and then
    each time the engine starts on a map. Raise :class:`~ga_ooo.errors.UsageError` for a spelling
    that is wrong. None: the rule is not one of this plugin.
    """


@hookspec(firstresult=True)
def ga_ooo_issue_order() -> IssueOrder | None:
    """Choose which of several ready moves runs first. Called once per run. *First result*.

    The order changes the speed of a run, never its result. None: no opinion.
    """


@hookspec(firstresult=True)
def ga_ooo_model_client(options: ModelOptions, checkout: Checkout | None) -> ModelClient | None:
    """Make the client that answers model calls. Called once per process. *First result*.

    ``checkout`` is the host that will ask; None if no host is known.

    None: the model is not one of this plugin.
    """


@hookspec
def ga_ooo_sdk() -> list[Sdk]:  # type: ignore[empty-body]  # a specification has no body
    """Stand-ins for packages by which host code asks models. Called once per process.

    Host code gets their modules when it imports packages of those names. Where several plugins
    replace one package, the plugin that was registered last counts.
    """


@hookspec
def ga_ooo_shape_request(request: ModelRequest) -> ModelRequest | None:
    """Change a request before it is asked (response schema, another model for its kind).

    Called for every request that host code makes. Every plugin gets the original request, and the
    first change counts. The result must depend on the request alone, or runs are no longer equal.
    None: no change.
    """


@hookspec
def ga_ooo_issued(persona: str, step: Step) -> None:
    """A persona's move is about to start."""


@hookspec
def ga_ooo_call_started(call: ModelCall) -> None:
    """A model call is about to be asked."""


@hookspec
def ga_ooo_call_finished(call: ModelCall, answer: ModelAnswer) -> None:
    """A model call was answered."""


@hookspec
def ga_ooo_committed(persona: str, step: Step) -> None:
    """All effects of a persona at a step are final."""


@hookspec
def ga_ooo_retired(step: Step, movements: dict[str, Any]) -> None:
    """All personas have committed a step, and its files are written.

    ``movements`` is the content of the movement file; do not change it.
    """
