"""Whether to talk, whether to wait, and how important an event is."""

from __future__ import annotations

import re
from typing import Final

from ga_ooo.host.prompts.prompt import Prompt
from ga_ooo.scripted.answering import Answers
from ga_ooo.scripted.choice import chance, fraction

_NOW = re.compile(r"Right now, it is [^\n]*?(\d{1,2}):(\d{2})")
_CHATTED = re.compile(r"last chatted at\s+\S+ \d")
# Later, a revised schedule may have to end at midnight, for which no answer is valid (see
# dayplan). The host itself stops at 23.
_LAST_TALK_HOUR = 22
_TALKATIVE = 0.5
_TALKATIVE_AGAIN = 0.35
_SHARED_BY_ONE = re.compile(r"shower|bathroom|toilet|brushing", re.I)


def decide_to_talk(prompt: Prompt) -> str:
    question = prompt.inner[prompt.inner.rfind("\nContext:") :]
    return f" Answer in yes or no: {'yes' if _talks(question) else 'no'}"


def _talks(question: str) -> bool:
    found = _NOW.search(question)
    if found and int(found[1]) >= _LAST_TALK_HOUR:
        return False
    often = _TALKATIVE_AGAIN if _CHATTED.search(question) else _TALKATIVE
    return chance(often, question)


def decide_to_react(prompt: Prompt) -> str:
    """Option 1 is to wait, which is sensible for an object that only one persona can use."""
    question = prompt.inner[prompt.inner.rfind("\nContext:") :]
    options = question[question.rfind("\nOption 1:") :]
    waits = len(_SHARED_BY_ONE.findall(options.split("\nOption 2:")[0])) > 1
    found = _NOW.search(question)
    late = bool(found) and int(found[1]) >= _LAST_TALK_HOUR if found else False
    option = 1 if waits and not late and chance(0.3, question) else 2
    return f"Answer: Option {option}"


_MOMENTOUS = re.compile(
    r"break.?up|broke up|died|death|funeral|accepted to|wedding|married|divorce|fired|"
    r"won the election|fight with",
    re.I,
)
_NEWS = re.compile(r"party|election|mayor|invit|valentine|exhibition|show|competition|love", re.I)
_TALK = re.compile(r"convers|chat|talk|told|planning:|remember", re.I)
_OBJECT_STATE = re.compile(
    r"\bis (?:being|occupied|in use|open|covered|running|steaming|turned|showing|attended)\b"
)


def poignancy(prompt: Prompt) -> str:
    """An integer from 1 to 10: low for mundane events, higher for conversations and news."""
    text = prompt.inner
    start = max(text.rfind(f"\n{what}:") for what in ("Event", "Thought", "Conversation"))
    what = text[start:].rsplit("\nRate", 1)[0].split(":", 1)[-1].strip()
    return f"{'' if prompt.enveloped else ' '}{_score(what)}"


def _score(what: str) -> int:
    if _MOMENTOUS.search(what):
        return 8 + round(fraction(what))
    if _NEWS.search(what):
        return 5 + int(2 * fraction(what))
    if _TALK.search(what):
        return 3 + int(3 * fraction(what))
    if _OBJECT_STATE.search(what):
        return 1
    return 1 + int(2.5 * fraction(what))


def safety(prompt: Prompt) -> str:
    """Concern about a line, as JSON with an integer."""
    comment = prompt.inner.rsplit('Comment: "', 1)[-1].rsplit('"\n--', 1)[0]
    worrying = re.search(r"\blove (?:you|me)\b|marry|girlfriend|boyfriend|kiss", comment, re.I)
    return f'{{"output": {9 if worrying else 1 + round(2 * fraction(comment))}}}'


ANSWERS: Final[Answers] = {
    "decide to talk": decide_to_talk,
    "decide to react": decide_to_react,
    "poignancy of chat": poignancy,
    "poignancy of thought": poignancy,
    "poignancy of event": poignancy,
    "safety": safety,
}
