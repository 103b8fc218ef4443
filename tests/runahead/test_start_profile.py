"""The start profile: small, without text, and what its script makes."""

from __future__ import annotations

import json
import re
from typing import Any

from benchmarks.start_profile import CALLS, start_profile
from ga_ooo.runahead.predictor import CallContext, HitCount
from ga_ooo.runahead.profile import START_PROFILE, Profile, dump_profile, load_profile, read_profile
from tests.runahead.test_profile import PLAN, SURE, TALK, experienced_run, new_run


def learned() -> Profile:
    return read_profile(dump_profile(experienced_run()) or b"")


def content(data: bytes) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(data)
    return found


def test_the_shipped_file_has_the_form_that_the_script_gives_it() -> None:
    shipped = START_PROFILE.read_bytes()
    assert start_profile([read_profile(shipped)]) == shipped
    assert len(shipped) < 60_000


def test_it_holds_numbers_and_names_of_functions() -> None:
    shipped = content(START_PROFILE.read_bytes())
    sites = shipped.pop("sites")
    assert len(sites) > 20
    for site in sites:
        assert re.fullmatch(r"(\w+(>\w+)*)?", site)
    assert set(re.findall(r'"[^"]*"', json.dumps(shipped))) == {f'"{name}"' for name in shipped}


def test_no_count_weighs_much() -> None:
    shipped = content(START_PROFILE.read_bytes())
    for *_, hits, calls in shipped["rates"] + shipped["forecasts"]:
        assert 0 <= hits <= calls <= CALLS
    assert all(outcomes <= CALLS for *_, outcomes in shipped["settled"])


def test_the_original_is_known_from_the_first_call_on() -> None:
    run = new_run()
    load_profile(run, START_PROFILE.read_bytes())
    rates = run.admission.rates
    poignancy = next(
        site for site in content(START_PROFILE.read_bytes())["sites"] if "event_poignancy" in site
    )
    assert rates.rate(CallContext(poignancy, 0)) > 0.9
    assert rates.rate(CallContext("fork>site", 0)) == new_run().admission.rates.rate(SURE)


def test_counts_are_added_and_keep_their_rates() -> None:
    one = Profile(
        [HitCount(TALK, 0, None, 90.0, 100.0), HitCount(TALK, 3, [PLAN], 1.0, 4.0)],
        [],
        learned().statistics,
    )
    made = read_profile(start_profile([one, one], calls=20))
    assert made.rates == [HitCount(TALK, 0, None, 18.0, 20.0)], "a rare full context is left out"
    assert [outcomes for *_, outcomes in made.statistics.resolved] == [20, 20]
    assert start_profile([made], calls=20) == start_profile([one, one], calls=20)
