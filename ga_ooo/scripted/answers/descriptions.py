"""Short descriptions of actions: emojis, event triples, states of objects, keywords."""

from __future__ import annotations

import re
from typing import Final

from ga_ooo.host.prompts.prompt import Prompt
from ga_ooo.scripted.activities import OTHER, classify, split_action
from ga_ooo.scripted.answering import Answers
from ga_ooo.scripted.choice import pick
from ga_ooo.scripted.wording import base_verb

_MORE_EMOJI = ("✨", "🔎", "👍", "📌", "⏳")


def pronunciatio(prompt: Prompt) -> str:
    """One emoji: the host keeps three characters, and some emojis have several code points."""
    action = prompt.inner.rsplit("Action description:", 1)[-1].rsplit("\nEmoji", 1)[0].strip()
    task, subtask = split_action(action)
    for part in (subtask, task):
        activity = classify(part)
        if activity is not OTHER:
            return activity.emoji
    return pick((OTHER.emoji, *_MORE_EMOJI), action)


_TRIPLE = re.compile(r"Output: \((.+?),\s*$")
_LEADING = frozenset(
    ("about", "with", "on", "at", "for", "to", "the", "a", "an", "his", "her", "their", "some")
)


def event_triple(prompt: Prompt) -> str:
    """Predicate and object; the prompt ends after the subject. The host splits at commas."""
    text = prompt.inner
    line = text.rsplit("Input:", 1)[-1].split("\n")[0].strip().rstrip(".")
    found = _TRIPLE.search(text)
    subject = found[1] if found else line.split(" is ")[0].strip()
    action = line.removeprefix(subject).strip().removeprefix("is ").strip()
    predicate, thing = _predicate(re.sub(r"[(),]", " ", action))
    if found:
        return f" {predicate}, {thing})"
    return f"({subject}, {predicate}, {thing})"


def _predicate(action: str) -> tuple[str, str]:
    words = action.split()
    if not words:
        return "is", "present"
    first = words[0].lower()
    if not first.endswith("ing") or first == "being" or len(words) == 1:
        return "is", " ".join(words[:8])
    rest = words[1:]
    while len(rest) > 1 and rest[0].lower() in _LEADING:
        rest = rest[1:]
    return base_verb(first), " ".join(rest[:6])


_OBJECT = re.compile(r"know about (.+?)'s state")
_AT = re.compile(r"at/using the (.*)\.\s*\nStep 2\.", re.S)
_STATES: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("bed", ("being slept in", "occupied", "being made")),
    ("shower", ("running with hot water", "steaming")),
    ("toilet", ("occupied",)),
    ("sink", ("running with water", "being used to wash up")),
    ("cooking area|stove|oven|toaster", ("being heated to cook", "in use")),
    ("refrigerator|fridge", ("open", "being searched for something to eat")),
    ("counter", ("being tended", "being wiped down", "attended to")),
    ("shelf|closet|bookshelf", ("being looked through", "being arranged")),
    ("computer|console", ("turned on and in use", "showing a bright screen")),
    ("desk|table", ("covered with papers", "in use", "being worked at")),
    ("seating|sofa|chair|bench", ("occupied", "being sat on")),
    ("garden", ("being walked through", "being enjoyed", "in bloom and visited")),
    ("piano|guitar|harp|microphone", ("being played", "being used to perform")),
    ("easel|painting", ("being painted on",)),
    ("blackboard|podium", ("being written on", "in use")),
)


def object_state(prompt: Prompt) -> str:
    """The state of an object in use, as the rest of "OBJECT is"."""
    found = _OBJECT.findall(prompt.inner)
    name = found[-1] if found else "object"
    at = _AT.findall(prompt.inner[prompt.inner.rfind("know about ") :])
    action = split_action(at[-1])[1] if at else ""
    if classify(action).name == "sleep" and "bed" in name:
        return _as_asked(prompt, "being slept in")
    for words, states in _STATES:
        if any(word in name for word in words.split("|")):
            return _as_asked(prompt, pick(states, name, action))
    return _as_asked(prompt, pick(("being used", "in use", "occupied"), name, action))


def _as_asked(prompt: Prompt, state: str) -> str:
    return state if prompt.enveloped else f" {state}."


_WORDS = re.compile(r"[A-Za-z][a-z']{3,}")
_FEELINGS = ("calm", "curious", "cheerful", "focused", "content", "hopeful")


def keywords(prompt: Prompt) -> str:
    text = prompt.inner.rsplit("Description of an event or a conversation:", 1)[-1]
    text = text.split("\nFactually")[0]
    found = list(dict.fromkeys(word.lower() for word in _WORDS.findall(text)))[:5]
    return f" {', '.join(found or ['event'])}\nEmotive keywords: {pick(_FEELINGS, text)}"


def best_keyword(prompt: Prompt) -> str:
    action = prompt.inner.rsplit("Action:", 1)[-1].split("\n")[0]
    return classify(action).name.capitalize() + '"'


ANSWERS: Final[Answers] = {
    "pronunciatio": pronunciatio,
    "event triple": event_triple,
    "object state": object_state,
    "keywords": keywords,
    "action keyword": best_keyword,
}
