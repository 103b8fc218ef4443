"""What a run has learned, noted down for the next."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from ga_ooo.model.requests import ModelAnswer
from ga_ooo.runahead.calls import Prefetching
from ga_ooo.runahead.predictor import Outlook
from ga_ooo.runahead.profile import begin_with, profile_of
from ga_ooo.scripted import ScriptedClient, ScriptedModel

TALK, PLAN = "perceive>talk", "plan>schedule"
SURE = Outlook(TALK, 0)
UNSURE = Outlook(TALK, 2, frozenset([PLAN]))


def calls() -> Prefetching:
    """Of a new run."""
    return Prefetching(ScriptedClient(ScriptedModel()), 0.15)


def experienced() -> Prefetching:
    """Some calls hit, others did not."""
    known = calls()
    for _ in range(20):
        for outlook in (SURE, UNSURE):
            known.admission.asked(outlook, 0.5)
            known.admission.settled(outlook, 0.5, 100, hit=outlook is SURE)
        known.forecasts.learn(UNSURE, hit=True)
    known.admission.real(TALK, ModelAnswer("yes", prompt_tokens=1000, output_tokens=1))
    known.admission.real(PLAN, ModelAnswer("all day", prompt_tokens=100, output_tokens=200))
    return known


def test_a_run_begins_with_what_another_has_learned() -> None:
    known, new = experienced(), calls()
    profile = profile_of(known)
    assert profile is not None
    begin_with(new, profile)
    for outlook in (SURE, UNSURE, Outlook(TALK, 5), Outlook(PLAN, 0)):
        assert new.admission.rates.rate(outlook) == known.admission.rates.rate(outlook)
    assert new.admission.rates.rate(SURE) > 0.8 > 0.2 > new.admission.rates.rate(UNSURE)
    assert new.forecasts.rate(UNSURE) == known.forecasts.rate(UNSURE) > 0.8
    assert new.admission.experience() == known.admission.experience()
    assert new.admission.allows(SURE) and not new.admission.allows(UNSURE)
    assert json.loads(profile_of(new) or b"") == json.loads(profile)


def test_nothing_is_noted_down_before_anything_was_learned() -> None:
    assert profile_of(calls()) is None


def changed(change: Callable[[Any], Any]) -> bytes:
    """A profile with something else in it."""
    profile = json.loads(profile_of(experienced()) or b"")
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
def test_a_broken_one_is_refused_and_nothing_taken_from_it(profile: bytes) -> None:
    new = calls()
    with pytest.raises(ValueError):
        begin_with(new, profile)
    assert profile_of(new) is None
