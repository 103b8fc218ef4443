"""An unsound rule leads to a causality error that names both personas, never to a wrong result."""

from __future__ import annotations

import pytest

from compat_tests.town import Town, ga_ooo
from ga_ooo.host.checkout.locate import locate


def test_a_too_small_radius_is_detected(town: Town) -> None:
    crowd = town.recipe.crowd
    if crowd is None:
        pytest.skip(f"the recipe of {town.recipe.name} has no stretch with crowds")
    fork = town.fork(crowd)
    where = ("--fork", fork, "--steps", str(crowd.steps))
    done = ga_ooo("verify", town.root, *where, "--rule", "euclidean:1")
    assert done.code == 6, done.output
    assert "euclidean:1" in done.output and "remedy: run with --rule reach" in done.output
    named = [name for name in locate(town.root).scenario(fork).persona_names if name in done.output]
    assert len(named) >= 2, done.output
    assert "Traceback" not in done.output


def test_the_rule_of_the_paper_with_the_radius_of_the_host_is_exact(town: Town) -> None:
    busy = town.recipe.busy
    where = ("--fork", town.fork(busy), "--steps", "40", "--rule", "euclidean:8")
    assert "equal: " in ga_ooo("verify", town.root, *where).expect().output
