"""Sector, arena and object of an action; each one is a choice of the prompt."""

from __future__ import annotations

import re
from typing import Final

from ga_ooo.host.prompts.prompt import Prompt
from ga_ooo.scripted.activities import OTHER, Activity, classify
from ga_ooo.scripted.answering import Answers
from ga_ooo.scripted.choice import pick, stable_hash

_HOME = re.compile(r"(.+?) lives in \{(.*?)\} that has (?:ONLY )?([^\n]*)")
_CURRENT = re.compile(r"is currently in \{(.*?)\} that has (?:ONLY )?([^\n]*?)\. ?")
_OPTIONS = re.compile(r"Area [Oo]ptions[^{\n]*\{(.*?)\}")
_TASK = re.compile(r"\n[^\n]*? is ([^\n]*?)\. For ([^\n]*), [^\n]*? should go to the following")
_CLASSED = re.compile(r"Classification Task: .*? is (.*) as a part of (.*)\. Pick one")
_AREAS = re.compile(r"that has (?:ONLY )?the following areas: \{(.*?)\}")
_OBJECTS = re.compile(r"[Oo]bjects available: \{(.*?)\}")
_WORD = re.compile(r"[a-z]+")
_DULL = frozenset(("the", "and", "of", "at", "in", "for", "s", "to"))
# A host may offer these venues before it knows any of their rooms (memory of a sector that was
# seen from outside). No later answer could correct such a choice, so only the task may name them.
_MUST_BE_NAMED = ("college", "school", "gymnasium", "university", "classroom")
_WOMEN = frozenset(
    ("abigail", "aylin", "carmen", "hailey", "jane", "jennifer", "mei", "yuriko")
)  # names of women that do not end in a


def choose_sector(prompt: Prompt) -> str:
    """One of the options, followed by ``}`` if the prompt ends with ``{``.

    The host replaces an answer that is not in the persona's memory by its home.
    """
    text = prompt.inner[prompt.inner.rfind("\n---\n") + 1 :]
    home = _HOME.search(text)
    current = _CURRENT.search(text, home.end() if home else 0)
    options = _options(_OPTIONS, text)
    task, subtask = _task(text)
    sector = _sector(
        options,
        home=home[2] if home else "",
        current=current[1] if current and current[2].strip() else "",
        requirement=text[current.end() : text.find("Area ")] if current else "",
        task=task,
        subtask=subtask,
    )
    return f"{sector}}}" if text.rstrip().endswith("{") else sector


def _sector(
    options: list[str], *, home: str, current: str, requirement: str, task: str, subtask: str
) -> str:
    # Homes of others may be known from outside only, without any room.
    options = [option for option in options if option == home or "'s " not in option]
    named = _named(options, task)
    if not named and classify(subtask).name != "talk":  # a conversation may be about a place
        named = _named(options, subtask)
    if named:
        return named
    if " break" in task and current in options:
        return current
    venue = _venue(options, current, requirement, task, subtask)
    if venue:
        return venue
    return home if home in options or not options else pick(options, task)


def _venue(options: list[str], current: str, requirement: str, task: str, subtask: str) -> str:
    """The option that suits the activity; empty if it is done at home."""
    activity = classify(task)
    if activity is OTHER:
        activity = classify(subtask)
    venues = activity.venues
    if not venues and re.search(r"\bcafe\b|\bcoffee shop\b", task):
        venues = ("cafe",)
    if current in options and _fits(current, venues):
        return current
    required = _named(options, requirement)
    if required and _fits(required, venues):
        return required
    free = tuple(venue for venue in venues if venue not in _MUST_BE_NAMED)
    fitting = [option for option in options if _fits(option, free)]
    return pick(fitting, task) if fitting else ""


def _fits(name: str, words: tuple[str, ...]) -> bool:
    return any(word in name.lower() for word in words)


def _named(options: list[str], text: str) -> str:
    """The option that a text names best, by at least two words or by its only word."""
    words = set(_WORD.findall(text.lower())) - _DULL
    best, best_score = "", 0.0
    for option in options:
        own = [w for w in _WORD.findall(option.lower()) if w not in _DULL]
        hits = sum(w in words or w.removesuffix("s") in words for w in own)
        score = hits / len(own) if own else 0
        if hits >= min(2, len(own)) and score > max(best_score, 0.5):
            best, best_score = option, score
    return best


def choose_arena(prompt: Prompt) -> str:
    """The arena of an action."""
    text = prompt.inner[prompt.inner.rfind("\n---\n") + 1 :]
    areas = _options(_AREAS, text)
    task, subtask = _task(text)
    name = text.strip().split(" is going to ")[0].split("\n")[-1]
    arena = _arena(areas, name, classify(task), classify(subtask))
    return f"{arena}}}" if text.rstrip().endswith("{") else arena


def _arena(areas: list[str], name: str, activity: Activity, detail: Activity) -> str:
    first, last = name.split(" ")[0], name.split(" ")[-1]
    shared = [area for area in areas if not ("'s " in area and area[0].isupper())]
    own = [area for area in areas if area not in shared and (first in area or last in area)]
    wrong = "man's bathroom" if _is_woman(first) else "woman's bathroom"
    usable = [area for area in shared + own if area not in (wrong, "hallway")] or areas
    for word in (*detail.rooms, *activity.rooms):
        for area in sorted(usable, key=lambda area: first not in area):
            if word in area.lower():
                return area
    return pick(usable, name, activity.name) if usable else ""


def _is_woman(first_name: str) -> bool:
    return first_name.lower().endswith("a") or first_name.lower() in _WOMEN


def choose_object(prompt: Prompt) -> str:
    """The object of an action, verbatim from the last list of the prompt."""
    if "Pick ONE most relevant object" not in prompt.text:
        return _object_to_use(prompt)
    objects = _options(_OBJECTS, prompt.inner)
    action = prompt.inner.rsplit("Current activity:", 1)[-1].split("\n")[0].strip()
    return " " + _object(objects, action)


def _object(objects: list[str], action: str) -> str:
    activity = classify(action)
    fitting = [o for word in activity.objects for o in objects if word in o.lower()]
    if not fitting:
        return pick(objects, action) if objects else "bed"
    # Usually the best object, sometimes another suitable one.
    return fitting[0] if stable_hash(action) % 3 else pick(fitting, action)


def _object_to_use(prompt: Prompt) -> str:
    """The object of "To do X, NAME should use {"."""
    found = re.search(r"that has \{(.*?)\}", prompt.inner)
    action = prompt.inner.rsplit("\nTo ", 1)[-1].split(", ")[0]
    return _object(_split(found[1]) if found else [], action) + "}"


def choose_room(prompt: Prompt) -> str:
    """The area of "To do X, NAME should go to the following area: {"."""
    text = prompt.inner[prompt.inner.rfind("\n---\n") + 1 :]
    areas = _options(_AREAS, text)
    action = re.split(r"\n(?:To|For) ", text)[-1].split(", ")[0]
    return _arena(areas, text.strip().split(" is in ")[0], classify(action), OTHER) + "}"


def _task(text: str) -> tuple[str, str]:
    found = _CLASSED.search(text)
    if found:
        return found[2], found[1]
    found = _TASK.search(text)
    return (found[1], found[2]) if found else (text[-120:], text[-120:])


def _options(pattern: re.Pattern[str], text: str) -> list[str]:
    found = pattern.findall(text)
    return _split(found[-1]) if found else []


def _split(names: str) -> list[str]:
    return [name.strip() for name in names.split(",") if name.strip()]


ANSWERS: Final[Answers] = {
    "action sector": choose_sector,
    "action arena": choose_arena,
    "action room": choose_room,
    "action object": choose_object,
}
