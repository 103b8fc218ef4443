"""The next run starts from what a run has learned."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from ga_ooo.model.requests import ModelAnswer
from ga_ooo.runahead.predictor import CallContext
from ga_ooo.runahead.profile import dump_profile, load_profile
from ga_ooo.runahead.questions import Prefetching
from ga_ooo.scripted import ScriptedClient, ScriptedModel

TALK, PLAN = "perceive>talk", "plan>schedule"
SURE = CallContext(TALK, 0)
UNSURE = CallContext(TALK, 2, frozenset([PLAN]))


def new_run() -> Prefetching:
    """Prefetching that has learned nothing."""
    return Prefetching(ScriptedClient(ScriptedModel()), 0.15)


def experienced_run() -> Prefetching:
    """Prefetching in which some calls hit and others missed."""
    known = new_run()
    for _ in range(20):
        for context in (SURE, UNSURE):
            estimate = known.admission.sent(context)
            known.admission.resolved(estimate, 100, hit=context is SURE)
        known.forecast_rates.learn(UNSURE, hit=True)
    known.admission.real_call(TALK, ModelAnswer("yes", prompt_tokens=1000, output_tokens=1))
    known.admission.real_call(PLAN, ModelAnswer("all day", prompt_tokens=100, output_tokens=200))
    return known


def test_a_run_starts_from_what_another_has_learned() -> None:
    known, new = experienced_run(), new_run()
    profile = dump_profile(known)
    assert profile is not None
    load_profile(new, profile)
    for context in (SURE, UNSURE, CallContext(TALK, 5), CallContext(PLAN, 0)):
        assert new.admission.rates.rate(context) == known.admission.rates.rate(context)
    assert new.admission.rates.rate(SURE) > 0.8 > 0.2 > new.admission.rates.rate(UNSURE)
    assert new.forecast_rates.rate(UNSURE) == known.forecast_rates.rate(UNSURE) > 0.8
    assert new.admission.statistics() == known.admission.statistics()
    assert new.admission.admits(SURE) and not new.admission.admits(UNSURE)
    assert json.loads(dump_profile(new) or b"") == json.loads(profile)


def test_there_is_no_profile_before_anything_was_learned() -> None:
    assert dump_profile(new_run()) is None


def changed(change: Callable[[Any], Any]) -> bytes:
    """A profile with a change."""
    profile = json.loads(dump_profile(experienced_run()) or b"")
    change(profile)
    return json.dumps(profile).encode()


@pytest.mark.parametrize(
    "profile",
    [
        b"",
        b"\xff",
        b"[]",
        changed(lambda p: p.update(format=2)),
        changed(lambda p: p.pop("sizes")),
        changed(lambda p: p["rates"].append([99, 0, None, 1, 1])),
        changed(lambda p: p["rates"].append([0, None])),
        changed(lambda p: p.update(mean=["much", 1])),
    ],
)
def test_a_broken_profile_is_refused_and_nothing_is_loaded(profile: bytes) -> None:
    new = new_run()
    with pytest.raises(ValueError):
        load_profile(new, profile)
    assert dump_profile(new) is None
