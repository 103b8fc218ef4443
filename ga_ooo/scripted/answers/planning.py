"""Wake-up and bed hour, the day in broad strokes, the hourly schedule."""

from __future__ import annotations

import re
from typing import Final

from ga_ooo.host.prompts.prompt import Prompt
from ga_ooo.scripted.activities import classify
from ga_ooo.scripted.answering import Answers
from ga_ooo.scripted.choice import pick
from ga_ooo.scripted.dayplan import SLEEP, DayPlan, clock, plan_day
from ga_ooo.scripted.profile import Profile, find_profile, profile_from_lifestyle

_IN_GENERAL = re.compile(r"\nIn general, (.*)\n(.+?)'s (?:wake up|bed) hour:")
_HOUR_LINE = re.compile(r"(\d{1,2}):(\d{2}) (AM|PM)\]")


def _sleeper(prompt: Prompt) -> Profile:
    profile = find_profile(prompt.inner)
    found = _IN_GENERAL.search(prompt.inner)
    if profile.lifestyle or not found:
        return profile
    return profile_from_lifestyle(found[2], found[1])


def wake_up_hour(prompt: Prompt) -> str:
    """The host reads an integer before ``am``."""
    return f" {_sleeper(prompt).wake}am"


def bed_hour(prompt: Prompt) -> str:
    return " " + clock(_sleeper(prompt).bed).replace(":00 ", "")


def daily_plan(prompt: Prompt) -> str:
    """The items from 2) on. The host splits at ``)`` and keeps items that end in a comma and one
    digit."""
    strokes = plan_day(find_profile(prompt.inner)).strokes
    items = [f"{stroke}, {number})" for number, stroke in enumerate(strokes[:-1], start=3)]
    return f" {' '.join(items)} {strokes[-1]}."


def numbered_plan(prompt: Prompt) -> str:
    """Five or six plans for the day; the prompt ends after the first number."""
    strokes = plan_day(find_profile(prompt.inner)).strokes[:6]
    lines = [f"{number}. {stroke}" for number, stroke in enumerate(strokes, start=1)]
    return "\n".join(lines).removeprefix("1.")


def hourly_activity(prompt: Prompt) -> str:
    """The activity of the hour in the last line; the random ID of the line has no influence."""
    hours = [(int(h), half) for h, _, half in _HOUR_LINE.findall(prompt.inner)]
    hour, half = hours[-1] if hours else (12, "PM")
    plan = plan_day(find_profile(prompt.inner))
    return " " + plan.hours[hour % 12 + (12 if half == "PM" else 0)]


def whole_day(prompt: Prompt) -> str:
    """All 24 hours; the prompt ends in the line of the first one."""
    profile = find_profile(prompt.inner)
    hours = plan_day(profile).hours
    lines = [f"{clock(h).replace(':00 ', '')}: {profile.first_name} is {hours[h]}."
             for h in range(1, 24)]  # fmt: skip
    return "\n".join([f" {hours[0]}.", *lines])


def next_activity(prompt: Prompt) -> str:
    """The activity after the schedule so far."""
    plan: DayPlan = plan_day(find_profile(prompt.inner))
    awake = [activity for activity in plan.hours if activity != SLEEP]
    return " " + pick(awake, prompt.inner[-400:]) + "."


def action_sequence(prompt: Prompt) -> str:
    activity = prompt.inner.rsplit('"', 2)[-2] if '"' in prompt.inner else prompt.inner[-80:]
    return " -> ".join(classify(activity).steps[:4]) + "]"


def action_steps(prompt: Prompt) -> str:
    task = prompt.inner.rsplit(" will take to ", 1)[-1].split("?")[0]
    steps = classify(task).steps[:5]
    lines = [f"Step {number}) {step}." for number, step in enumerate(steps, start=1)]
    return "\n".join(lines).removeprefix("Step 1)")


def duration(prompt: Prompt) -> str:
    return f" {pick((10, 15, 20, 30, 45, 60), prompt.inner)} min"


ANSWERS: Final[Answers] = {
    "wake up hour": wake_up_hour,
    "bed hour": bed_hour,
    "hourly schedule": hourly_activity,
    "daily plan": daily_plan,
    "daily list": numbered_plan,
    "daily goals": numbered_plan,
    "daily tasks": numbered_plan,
    "whole day": whole_day,
    "next activity": next_activity,
    "action sequence": action_sequence,
    "action steps": action_steps,
    "duration": duration,
}
