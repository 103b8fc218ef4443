"""Wake-up hours, days and hourly schedules follow the lifestyle in the prompt."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ga_ooo.scripted.dayplan import SLEEP, plan_day
from ga_ooo.scripted.profile import Profile, find_profile, parse_hour
from tests.scripted.prompts import complete, describe

HOURS = [f"{hour % 12 or 12:02}:00 {'AM' if hour < 12 else 'PM'}" for hour in range(24)]
HOURS[0] = "00:00 AM"


def schedule(description: str) -> list[str]:
    """The activities of all hours, as the host asks for them."""
    prompt = (
        "Hourly schedule format: \n[- 00:00 AM] Activity: [Fill in]\n===\n{}\n"
        "[(ID:{}) Monday May 01 -- {}] Activity: Ida is"
    )
    return [
        complete(prompt.format(description, "x9y", hour), stop=["\n"]).strip() for hour in HOURS
    ]


@pytest.mark.parametrize(
    ("lifestyle", "hour"),
    [
        ("Ida goes to bed around 11pm, awakes up around 6am, eats dinner around 5pm.", 6),
        ("Ida goes to bed around 11pm, awakes up around 7amam.", 7),
        ("Ida goes to bed at midnight after tea, wakes up around 6:30am to run.", 6),
        ("Ida stays up late until 01:00am most nights, dragging herself out of bed around 9am.", 9),
    ],
)
def test_the_wake_up_hour_is_that_of_the_lifestyle(lifestyle: str, hour: int) -> None:
    prompt = f"{describe(lifestyle=lifestyle)}\n\nIn general, {lifestyle}\nIda's wake up hour:"
    answer = complete(prompt, max_tokens=5, stop=["\n"])
    assert int(answer.strip().lower().split("am")[0]) == hour  # as the host reads it


def test_wake_up_hour_without_any_lifestyle_is_in_the_morning() -> None:
    answer = complete("In general, Ida likes tea.\nIda's wake up hour:")
    assert 5 <= int(answer.split("am")[0]) <= 9


@pytest.mark.parametrize(
    ("clock", "hour"),
    [("midnight", 24), ("noon", 12), ("6am", 6), ("12am", 0), ("12pm", 12), ("17:30pm", 17)],
)
def test_times_of_day(clock: str, hour: int) -> None:
    assert parse_hour(clock) == hour


def test_sleep_work_and_meals_have_their_hours() -> None:
    hours = schedule(describe())
    assert [hour for hour, doing in enumerate(hours) if doing == SLEEP] == [*range(6), 23]
    assert "morning routine" in hours[6]
    assert all("Corner Cafe" in hours[hour] for hour in (8, 10, 15, 19))
    assert "lunch" in hours[12]
    assert len(set(hours)) >= 5  # or the host asks all over again, without the nights


def test_the_random_id_of_a_line_has_no_influence() -> None:
    prompt = (
        f"Hourly schedule format: \n===\n{describe()}\n"
        "[(ID:%s) Monday May 01 -- 03:00 PM] Activity: Ida is"
    )
    assert complete(prompt % "aaa") == complete(prompt % "Zz81")


def test_the_host_can_parse_the_plan() -> None:
    prompt = (
        f"{describe()}\n\nIn general, Ida sleeps.\nToday is Monday. Here is Ida's plan today in"
        " broad-strokes (with the time of the day): 1) wake up and complete the morning routine"
        " at 6:00 am, 2)"
    )
    items = []
    for part in complete(prompt, max_tokens=500).split(")"):
        assert part  # the host looks at its last character
        if part[-1].isdigit():
            text = part[:-1].strip()
            assert text[-1] == ","
            items.append(text[:-1])
    assert len(items) >= 4
    assert any("Corner Cafe" in item for item in items)


@given(
    wake=st.integers(1, 12),
    bed=st.integers(18, 28),
    dinner=st.integers(12, 22),
    requirement=st.sampled_from(["", "goes to the library at Hill College from 10am to 2pm"]),
    name=st.text(st.characters(categories=["L"]), min_size=1, max_size=8),
)
def test_every_day_is_complete(
    wake: int, bed: int, dinner: int, requirement: str, name: str
) -> None:
    profile = Profile(name=name, wake=wake, bed=bed, dinner=dinner, requirement=requirement)
    plan = plan_day(profile)
    assert len(plan.hours) == 24
    assert all(plan.hours)
    end = min(bed, 24)
    assert set(plan.hours[:wake]) == {SLEEP}
    assert SLEEP not in plan.hours[wake:end]
    # The last activity of the day is two hours long (see plan_day).
    assert plan.hours[end - 1] == plan.hours[end - 2]
    assert len(plan.strokes) <= 8


def test_the_last_described_persona_is_the_one_that_asks() -> None:
    profile = find_profile(f"{describe('Ann Lee')}---\n{describe('Bo Dahl')}tail")
    assert profile.name == "Bo Dahl"


def test_a_new_day_keeps_fixed_work() -> None:
    prompt = (
        f"{describe()}\nToday is Tuesday. Here is the plan.\n"
        "Follow this format (the list should have 4~6 items but no more):"
    )
    requirement = complete(prompt)
    assert "\n" not in requirement
    assert 4 <= requirement.count(". ") <= 6
    hours = schedule(describe(requirement=requirement))
    assert all("Corner Cafe" in hours[hour] for hour in (8, 10, 15, 19))


def test_a_new_status_keeps_the_occupation_of_the_persona() -> None:
    prompt = (
        "Ida Berg's status from Monday May 01:\nStatus: Ida Berg is planning a party.\n\n"
        "Ida Berg's thoughts at the end of Monday May 01:\nI am tired.\n\n"
        "It is now Tuesday. Write this in third-person talking about Ida Berg."
    )
    assert complete(prompt) == "Status: Ida Berg is planning a party."
