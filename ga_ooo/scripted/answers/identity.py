"""Prompts at the start of a new day (host: ``revise_identity``)."""

from __future__ import annotations

import re
from typing import Final

from ga_ooo.host.prompts.prompt import Prompt
from ga_ooo.scripted.answering import Answers
from ga_ooo.scripted.choice import pick
from ga_ooo.scripted.dayplan import plan_day
from ga_ooo.scripted.profile import find_profile
from ga_ooo.scripted.wording import shorten


def plan_note(prompt: Prompt) -> str:
    """A note to remember for the day, in the first person."""
    body = prompt.inner.partition("\nGiven the statements above")[0]
    lines = [line.split(": ", 1)[-1] for line in body.split("\n")[1:] if "plan for" in line]
    if not lines:
        lines = [line.split(": ", 1)[-1] for line in body.split("\n")[1:] if line.strip()]
    note = shorten(lines[0].replace("*", "").strip(), 160) if lines else "my usual routine"
    return f"I should remember this for my day: {note.rstrip('.')}."


def day_feelings(prompt: Prompt) -> str:
    mood = pick(
        ("calm and satisfied", "busy but content", "curious about what comes next"),
        prompt.inner,
    )
    return f"I have been feeling {mood} about my days up to now."


def status(prompt: Prompt) -> str:
    """The new status: the persona keeps its occupation."""
    text = prompt.inner
    name = re.match(r"(.+?)'s status from", text.strip())
    old = text.strip().split("\n\n")[0].split("\n", 1)[-1].replace("\n", " ")
    while old.startswith("Status:"):
        old = old.removeprefix("Status:").strip()
    fallback = f"{name[1] if name else 'The persona'} is going on with the usual routine."
    return f"Status: {old or fallback}"


def daily_requirement(prompt: Prompt) -> str:
    """Four to six numbered items on one line; required work stays the same."""
    profile = find_profile(prompt.inner)
    strokes = plan_day(profile).strokes
    items = [f"wake up and complete the morning routine at {profile.wake}:00 am"]
    if profile.requirement:
        required = profile.requirement
        kept = re.search(r"2\. (.*?)(?:, 3\. |$)", required) if "1. " in required else None
        items.append(kept[1] if kept else required.rstrip(" ."))
    meals = [stroke for stroke in strokes if "lunch" in stroke or "dinner" in stroke]
    items += (meals or list(strokes[:2]))[:3]
    items.append(strokes[-1])
    return ", ".join(f"{number}. {item}" for number, item in enumerate(items[:6], start=1))


ANSWERS: Final[Answers] = {
    "day: plan note": plan_note,
    "day: feelings": day_feelings,
    "day: status": status,
    "day: plan": daily_requirement,
}
