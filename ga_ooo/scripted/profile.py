"""The persona that a prompt describes: the host puts a description into most prompts.

The host's ``Scratch.get_str_iss`` writes lines such as ``Name: ...`` and ``Lifestyle: ...``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from ga_ooo.scripted.choice import pick, stable_hash

_CLOCK = r"(midnight|noon|\d{1,2}(?::\d{2})?\s*(?:am|pm)?)"
_WAKE = re.compile(rf"(?:\bup|out of bed)\b[^.,]*?\b(?:around|at|by)\s+{_CLOCK}", re.I)
_BED = re.compile(rf"(?:to bed|up late|to sleep)\b[^.]*?\b(?:around|at|until|by)\s+{_CLOCK}", re.I)
_DINNER = re.compile(rf"dinner\s+(?:around|at|by)\s+{_CLOCK}", re.I)
_FIELDS = re.compile(
    r"^(Name|Age|Innate traits|Learned traits|Backstory|Personality|Currently|Speech pattern"
    r"|Lifestyle|Daily plan requirement|Current Date):[ \t]*(.*)$",
    re.M,
)


@dataclass(frozen=True)
class Profile:
    """A persona as a prompt describes it.

    Attributes:
        wake: hour at which the persona gets up, 1 to 12.
        bed: hour at which the persona goes to bed, 18 to 28 (24 is midnight, 26 is 2 am).
        dinner: hour of dinner, 12 to 22.
    """

    name: str = "The persona"
    age: int = 30
    traits: str = ""
    learned: str = ""
    currently: str = ""
    lifestyle: str = ""
    requirement: str = ""
    date: str = ""
    wake: int = 7
    bed: int = 23
    dinner: int = 18

    @property
    def first_name(self) -> str:
        return self.name.split(" ")[0]


def parse_hour(clock: str) -> int:
    """The full hour of a time of day such as ``6:30am``, ``midnight`` (24) or ``17:30pm``."""
    text = clock.strip().lower()
    if text == "midnight":
        return 24
    if text == "noon":
        return 12
    found = re.match(r"\d+", text)
    hour = int(found[0]) if found else 0
    if text.endswith("pm") and hour < 12:
        return hour + 12
    if text.endswith("am") and hour == 12:
        return 0
    return min(hour, 24)


def find_profile(text: str) -> Profile:
    """The last persona that a prompt describes; default values if it describes none."""
    start = text.rfind("\nName: ")
    start = start + 1 if start >= 0 else (0 if text.startswith("Name: ") else -1)
    if start < 0:
        return _read("", "")
    end = text.find("\nCurrent Date:", start)
    end = text.find("\n", end + 1) if end >= 0 else text.find("\n\n", start)
    return _read(text[start : end if end >= 0 else len(text)], "")


def find_first_profile(text: str) -> Profile:
    """The first persona that a prompt describes."""
    second = text.find("\nName: ", text.find("Name: ") + 1)
    return find_profile(text[:second] if second >= 0 else text)


def profile_from_lifestyle(name: str, lifestyle: str) -> Profile:
    """A persona with only a name and a lifestyle."""
    return _read(f"Name: {name}", lifestyle)


@lru_cache(maxsize=1024)
def _read(block: str, lifestyle: str) -> Profile:
    fields = dict(_FIELDS.findall(block))
    name = fields.get("Name", "").strip() or "The persona"
    lifestyle = lifestyle or fields.get("Lifestyle", "")
    age = re.search(r"\d+", fields.get("Age", ""))
    return Profile(
        name=name,
        age=int(age[0]) if age else 30,
        traits=(fields.get("Innate traits") or fields.get("Personality", "")).strip(),
        learned=(fields.get("Learned traits") or fields.get("Backstory", "")).strip(),
        currently=fields.get("Currently", "").strip().removeprefix("Status:").strip(),
        lifestyle=lifestyle,
        requirement=fields.get("Daily plan requirement", "").strip(),
        date=fields.get("Current Date", "").strip(),
        wake=_wake_hour(lifestyle, name),
        bed=_bed_hour(lifestyle, name),
        dinner=_dinner_hour(lifestyle, name),
    )


def _wake_hour(lifestyle: str, name: str) -> int:
    found = _WAKE.search(lifestyle)
    # The host counts hours from midnight and reads "am", so only hours from 1 to 12 work.
    return min(max(parse_hour(found[1]), 1), 12) if found else 6 + stable_hash(name, "wake") % 3


def _bed_hour(lifestyle: str, name: str) -> int:
    found = _BED.search(lifestyle)
    if not found:
        return pick((22, 23, 24), name, "bed")
    hour = parse_hour(found[1])
    # "12:00pm" in a lifestyle means midnight, since no persona goes to bed at noon.
    if hour <= 4 or hour == 12:
        return 24 + hour % 12
    return min(max(hour, 18), 24)


def _dinner_hour(lifestyle: str, name: str) -> int:
    found = _DINNER.search(lifestyle)
    return min(max(parse_hour(found[1]), 12), 22) if found else pick((17, 18, 19), name, "dinner")
