"""The day of a persona, hour by hour, from its description.

The host asks for the wake-up hour, the plan in broad strokes and the hourly schedule in separate
prompts. All answers come from this one plan, so they agree with each other.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from ga_ooo.scripted.activities import classify
from ga_ooo.scripted.choice import chance, pick
from ga_ooo.scripted.profile import Profile, parse_hour
from ga_ooo.scripted.wording import as_plan

SLEEP = "sleeping"
_TIME = re.compile(r"\b(\d{1,2}(?::\d{2})?\s?(?:am|pm))", re.I)
# The first item of a numbered plan is always the host's own morning routine.
_ITEM = re.compile(r"(?:^|,\s*)\d+[.)]\s+")
_HOME_LIFE = re.compile(r"wake up|breakfast|lunch|dinner|to bed|relax|walk around|likes to", re.I)
_PLACE = re.compile(
    r"\b((?:[Tt]he )?(?:[A-Z][\w'’]* )(?:(?:and |of )?[A-Z][\w'’]* )*"
    r"(?:Cafe|Pub|Bar|Store|Market|Pharmacy|College|School|Gymnasium|Library|Park|Shop))\b"
)

# Working hours are filled with one theme, two hours for each of its activities.
_Theme = tuple[str, ...]
_COUNTER: _Theme = (
    "opening {place} and getting ready for customers",
    "serving customers at {place}",
    "tending the counter at {place}",
    "restocking and taking inventory at {place}",
    "serving the regulars at the counter of {place}",
    "closing the books at {place}",
)
# The first theme whose words are in the description of a persona is its own.
_JOBS: tuple[tuple[str, _Theme], ...] = (
    ("teaches|teaching|professor", ("preparing the lesson at {place}",
        "teaching the class at {place}", "discussing homework with students at {place}",
        "grading papers at {place}")),
    ("grade at|take classes|takes classes|student", ("attending class at {place}",
        "taking notes in a lecture at {place}", "working on class exercises at {place}",
        "studying at the library of {place}")),
)  # fmt: skip
_PURSUITS: tuple[tuple[str, _Theme], ...] = (
    ("stream", ("streaming a game on Twitch", "studying physics",
        "streaming and chatting with the viewers", "editing the stream's highlights")),
    ("competition|athlete|training for", ("studying for the exams", "training and exercising",
        "reading a textbook and taking notes", "exercising with weights")),
    ("web series|comedian|actor|podcast", ("writing the next episode of the web series",
        "rehearsing an improv scene", "filming and editing the web series")),
    ("compos|music", ("composing a new piece of music", "practicing the piano part",
        "studying music theory")),
    (r"\bapp\b|software|engineer", ("coding the mobile app", "reading up on the latest software",
        "testing and debugging the app")),
    (r"animation|paint|photograph|exhibition|\bart\b", ("sketching ideas for the art project",
        "working on the art series", "refining details of the paintings",
        "preparing the exhibition")),
    ("novel|writing|book|poet|comic|author", ("writing the next chapter of the book",
        "revising the draft and reading it aloud", "outlining new pages of the manuscript")),
    ("mathemat|research|tax|thesis|paper", ("researching and taking notes",
        "writing up the results of the research", "studying recent papers")),
    ("park", ("taking care of the park and its flowers", "reading a book on a bench in the park",
        "taking a walk and meeting neighbors in the park")),
    ("", ("doing chores and tidying up at home", "shopping for groceries at the market",
        "working on a small project at home", "watering the plants at home")),
)  # fmt: skip
_QUIET = (
    "relaxing at home and listening to music",
    "watching TV and relaxing",
    "reading a book at home",
    "relaxing at home with a cup of tea",
)
_BREAKFASTS = ("having breakfast", "having breakfast and reading the news", "having coffee")


@dataclass(frozen=True)
class DayPlan:
    """A day.

    Attributes:
        hours: the activity of each of the 24 hours from midnight.
        strokes: the plan in broad strokes after the morning routine, each with its time.
    """

    hours: tuple[str, ...]
    strokes: tuple[str, ...]


@lru_cache(maxsize=2048)
def plan_day(profile: Profile) -> DayPlan:
    """A day that fits a persona's lifestyle and work."""
    bed = min(profile.bed, 24)
    hours: list[str] = [""] * 24
    _fill(hours, 0, profile.wake, SLEEP)
    _fill(hours, bed, 24, SLEEP)
    # Two hours of one activity at the end: the host revises a schedule over the current activity
    # and, if that takes less than two hours, the next one. No answer is valid for a revision that
    # ends at midnight (run_gpt_prompt_new_decomp_schedule).
    _fill(hours, bed - 2, bed, pick(_QUIET, profile.name, profile.date, "quiet"))
    _fill(hours, profile.wake, profile.wake + 1, "waking up and completing the morning routine")
    start, end = _work_hours(profile)
    theme = _theme(profile)
    _work(hours, start, end, theme, profile)
    _meals(hours, profile)
    _leisure(hours, profile)
    _work(hours, 0, bed, theme if start == end else _after_work(profile), profile)
    if bed == 24:
        hours[21] = hours[20]  # two hours that end before the last two, for the same reason
    return DayPlan(tuple(hours), _strokes(hours))


def _fill(hours: list[str], start: int, end: int, activity: str) -> None:
    for hour in range(max(start, 0), min(end, 24)):
        if not hours[hour]:
            hours[hour] = activity


def _theme(profile: Profile) -> _Theme:
    """The theme of a persona's working hours."""
    if re.search(r"\bopens?\b|counter", profile.requirement):
        return _COUNTER
    text = f"{profile.requirement} {profile.currently} {profile.learned}"
    return _find_theme(text.replace(profile.name, ""), _JOBS + _PURSUITS)


def _after_work(profile: Profile) -> _Theme:
    """The theme of the free hours of a persona with fixed working hours."""
    text = f"{profile.currently} {profile.learned}"
    return _find_theme(text.replace(profile.name, ""), _PURSUITS)


def _find_theme(text: str, themes: tuple[tuple[str, _Theme], ...]) -> _Theme:
    text = text.lower()
    return next(activities for words, activities in themes if re.search(words, text))


def _work_hours(profile: Profile) -> tuple[int, int]:
    """First hour of fixed work and the hour at which it ends; equal if there is no fixed work."""
    items = [item for item in _ITEM.split(profile.requirement) if item]
    work = [item for item in items if not _HOME_LIFE.search(item)] or items[:1]
    times = [parse_hour(time) for item in work for time in _TIME.findall(item)]
    if times:
        start = max(times[0], profile.wake + 1)
        later = [time for time in times[1:] if time > start]
        return start, min(later[0] if later else start + 6, 24)
    if re.search(r"grade at|teaches|student", profile.learned + profile.currently):
        return max(8, profile.wake + 1), 14
    return 0, 0


def _place(profile: Profile) -> str:
    for text in (profile.requirement, profile.learned, profile.currently):
        found = _PLACE.search(text)
        if found:
            return found[1]
    return "work"


def _work(hours: list[str], start: int, end: int, theme: _Theme, profile: Profile) -> None:
    """Fill the free hours with the theme, two hours for each activity."""
    place = _place(profile)
    turn = 0
    for hour in range(start, min(end, 24)):
        if not hours[hour]:
            hours[hour] = theme[turn // 2 % len(theme)].format(place=place)
            turn += 1


def _meals(hours: list[str], profile: Profile) -> None:
    _fill(hours, profile.wake + 1, profile.wake + 2, pick(_BREAKFASTS, profile.name, profile.date))
    noon = 12 if profile.wake < 9 else 13
    out = chance(0.5, profile.name, profile.date, "lunch out")
    lunch = "having lunch at Hobbs Cafe" if "Hobbs" in profile.currently else "having lunch"
    if out or "afe" in profile.requirement:
        lunch = "having lunch at the cafe"
    if hours[noon] and classify(hours[noon]).name in ("counter", "lesson"):
        lunch = "taking a lunch break"
    if hours[noon] != SLEEP:
        hours[noon] = lunch
    _fill(hours, profile.dinner, profile.dinner + 1, "having dinner")


def _leisure(hours: list[str], profile: Profile) -> None:
    """An hour or two outdoors or among people."""
    key = (profile.name, profile.date)
    if chance(0.55, *key, "walk"):
        hour = pick((10, 15, 16, 17), *key, "walk hour")
        _fill(hours, hour, hour + 1, "taking a walk in the park")
    if chance(0.5, *key, "coffee"):
        hour = pick((9, 14, 15, 16), *key, "coffee hour")
        _fill(hours, hour, hour + 1, "having coffee and a chat at the cafe")
    evening = max(profile.dinner + 1, 18)
    if 21 <= profile.age < 60 and chance(0.4, *key, "pub"):
        _fill(hours, evening, evening + 2, "having a drink with friends at the pub")


def _strokes(hours: list[str]) -> tuple[str, ...]:
    """The changes of activity of a day, each with the hour at which it starts."""
    awake = [hour for hour, activity in enumerate(hours) if activity != SLEEP]
    strokes = [
        f"{as_plan(hours[hour])} at {clock(hour)}"
        for hour in awake[1:]
        if hours[hour] != hours[hour - 1]
    ]
    if len(strokes) > 7:
        # The host reads only one digit of the number of an item.
        keep = sorted({round(index * (len(strokes) - 1) / 6) for index in range(7)})
        strokes = [strokes[index] for index in keep]
    end = awake[-1] + 1 if awake else 22
    return (*strokes, f"go to bed at {clock(end % 24)}")


def clock(hour: int) -> str:
    """An hour as the host writes times, such as ``7:00 am``."""
    return f"{hour % 12 or 12}:00 {'am' if hour % 24 < 12 else 'pm'}"
