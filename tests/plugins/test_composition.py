"""How plugins compose: the built-in implementations are a plugin like any other, the first
result counts, one hook can be replaced without the rest, and both sides of a comparison see the
same shaped requests."""

from __future__ import annotations

import textwrap
import types
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ga_ooo import hookspecs, plugin
from ga_ooo.errors import HostError, UsageError
from ga_ooo.hookspecs import hookimpl
from ga_ooo.host.checkout.locate import locate
from ga_ooo.host.checkout.shipped import data_folder
from ga_ooo.lab.verify.compare import compare
from ga_ooo.options import ModelOptions
from ga_ooo.plugin import Plugins
from ga_ooo.scripted import plugin as scripted_plugin
from ga_ooo.town.map import TownMap
from ga_ooo.town.reach import Reach
from ga_ooo.town.rules import LockstepRule, ReachRule
from tests.plugins.conftest import Run, Town

DEFAULTS = (
    "ga_ooo_recognise_host",
    "ga_ooo_dependency_rule",
    "ga_ooo_issue_order",
    "ga_ooo_model_client",
    "ga_ooo_sdk",
)


@pytest.fixture
def reach() -> Reach:
    tile = np.ones((1, 1), dtype=np.bool_)
    return Reach(TownMap(tile, tile.astype(np.int32)), 0)


def one_hook(name: str, function: Callable[..., Any]) -> types.SimpleNamespace:
    """A plugin with a single hook."""
    return types.SimpleNamespace(**{name: hookimpl(function)})


def test_the_defaults_are_a_plugin_found_by_its_entry_point() -> None:
    manager = Plugins().manager
    assert manager.get_plugin("default") is plugin
    for hook in DEFAULTS:
        implementations = getattr(manager.hook, hook).get_hookimpls()
        expected = [plugin, scripted_plugin] if hook == "ga_ooo_model_client" else [plugin]
        assert {id(i.plugin) for i in implementations} == set(map(id, expected))
        assert all(i.trylast for i in implementations), "an installed plugin comes first"


def test_every_hook_has_a_default_or_may_have_none() -> None:
    specified = {name for name in vars(hookspecs) if name.startswith("ga_ooo_")}
    observers = {
        *("ga_ooo_issued", "ga_ooo_call_started", "ga_ooo_call_finished"),
        *("ga_ooo_committed", "ga_ooo_retired", "ga_ooo_shape_request"),
    }
    assert specified == observers | set(DEFAULTS)


def test_without_the_built_in_plugin_nothing_is_known(reach: Reach) -> None:
    plugins = Plugins()
    plugins.manager.unregister(plugin)
    plugins.manager.unregister(scripted_plugin)
    with pytest.raises(UsageError, match="no dependency rule is called 'reach'"):
        plugins.rule("reach", reach)
    with pytest.raises(UsageError, match="nothing serves the model 'scripted'"):
        plugins.client(ModelOptions())
    with pytest.raises(HostError, match="no plugin recognises"):
        plugins.recipe(locate(data_folder("minitown")))


def test_one_hook_is_replaced_and_the_rest_stays(reach: Reach) -> None:
    plugins = Plugins()
    plugins.manager.register(
        one_hook("ga_ooo_dependency_rule", lambda spelling, reach: LockstepRule(reach.town))
    )
    assert plugins.rule("reach", reach).name == "lockstep"
    assert plugins.client(ModelOptions()) is not None


def test_none_asks_the_next_and_the_last_registered_is_asked_first(reach: Reach) -> None:
    plugins = Plugins()
    asked: list[str] = []

    def answer(name: str, rule: Any) -> Callable[..., Any]:
        def ga_ooo_dependency_rule(spelling: str) -> Any:
            asked.append(name)
            return rule

        return ga_ooo_dependency_rule

    mine = ReachRule(reach)
    for name, rule in (("never asked", mine), ("mine", mine), ("no opinion", None)):
        plugins.manager.register(one_hook("ga_ooo_dependency_rule", answer(name, rule)))
    assert plugins.rule("reach", reach) is mine
    assert asked == ["no opinion", "mine"]


def write(folder: Path, name: str, source: str) -> Path:
    (folder / f"{name}.py").write_text(textwrap.dedent(source))
    return folder


def test_another_issue_order_gives_the_same_bytes(town: Town, plain: Run, tmp_path: Path) -> None:
    path = write(
        tmp_path,
        "leaders_first",
        """
        from ga_ooo.hookspecs import hookimpl

        @hookimpl
        def ga_ooo_issue_order():
            return lambda step, persona: (-step, -persona)
        """,
    )
    run = town.run("--plugin", "leaders_first", path=path)
    assert run.code == 0, run.said
    assert compare(plain.simulation, run.simulation).equal


def test_requests_are_shaped_alike_on_both_sides(town: Town, plain: Run, tmp_path: Path) -> None:
    path = write(
        tmp_path,
        "brief",
        """
        from dataclasses import replace
        from ga_ooo.hookspecs import hookimpl
        from ga_ooo.model.requests import CallKind

        @hookimpl
        def ga_ooo_shape_request(request):
            if request.kind is CallKind.CHAT:
                return replace(request, parameters={**request.parameters, "max_tokens": 8})
        """,
    )
    lockstep = town.run("--mode", "lockstep", "--plugin", "brief", path=path)
    engine = town.run("--plugin", "brief", path=path)
    assert lockstep.code == engine.code == 0, lockstep.said + engine.said
    assert compare(lockstep.simulation, engine.simulation).equal
    assert not compare(plain.simulation, engine.simulation).equal, "the shape had no effect"
