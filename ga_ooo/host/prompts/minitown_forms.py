"""The answers that prompts of minitown allow (``examples/minitown``)."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from ga_ooo.host.prompts.minitown import MinitownPrompt
from ga_ooo.host.prompts.schedules import ACTIVITY, SENTENCE
from ga_ooo.model.grammar import (
    Choice,
    Pattern,
    emoji,
    number,
    one_of,
    prose,
    repeat,
    word,
)

Answers = Pattern | Choice

_ROW = re.compile(r"^(\d\d:\d\d) - (\d\d:\d\d) ", re.MULTILINE)


def _count(text: MinitownPrompt, key: str, most: int) -> int:
    """The number of things that a prompt asks for, from 1 to ``most``."""
    value = text[key]
    return min(max(int(value), 1), most) if value.isdigit() else 1


def _options(text: MinitownPrompt) -> Answers | None:
    options = tuple(dict.fromkeys(o.strip() for o in text["Options"].split(";") if o.strip()))
    return Choice(options) if options else None


def _daily_plan(text: MinitownPrompt) -> Answers:
    line = number(1, 12) + " " + one_of(("am", "pm")) + ": " + prose(ACTIVITY)
    return line + repeat("\n" + line, 3, 7)


def _task_decomp(text: MinitownPrompt) -> Answers:
    """The host cuts parts that exceed the time, and extends the last part to the end."""
    line = prose(ACTIVITY) + " (" + one_of(("30", "25", "20", "15", "10", "5")) + " min)"
    return line + repeat("\n" + line, 1, 7)


def _new_decomp_schedule(text: MinitownPrompt) -> Answers | None:
    """Any activities at the planned times."""
    rows = _ROW.findall(text.text.partition("\nPersona: ")[0])
    if not rows:
        return None
    lines = [f"{start} - {end} " + prose(ACTIVITY) for start, end in rows]
    schedule = lines[0]
    for line in lines[1:]:
        schedule += "\n" + line
    return schedule


def _focal_points(text: MinitownPrompt) -> Answers:
    more = _count(text, "Number", 9) - 1
    question = prose(SENTENCE) + "?"
    return question + repeat("\n" + question, more, more)


def _insights(text: MinitownPrompt) -> Answers:
    evidence = number(0, max(len(re.findall(r"^\d+\. ", text.text, re.MULTILINE)) - 1, 0))
    line = prose(SENTENCE) + " (because of " + evidence + repeat(", " + evidence, 0, 2) + ")"
    return line + repeat("\n" + line, 0, _count(text, "Number", 9) - 1)


def _utterance(text: MinitownPrompt) -> Answers:
    return '{"utterance": "' + prose() + '", "end": ' + one_of(("true", "false")) + "}"


def _prose(text: MinitownPrompt) -> Answers:
    return prose()


def _score(text: MinitownPrompt) -> Answers:
    return number(1, 10)


KINDS: Final[dict[str, Callable[[MinitownPrompt], Answers | None]]] = {
    "wake_up_hour": lambda text: Choice(tuple(f"{hour} am" for hour in range(1, 12))),
    "daily_plan": _daily_plan,
    "hourly_schedule": _prose,
    "task_decomp": _task_decomp,
    "new_decomp_schedule": _new_decomp_schedule,
    "plan_note": _prose,
    "new_status": _prose,
    "action_sector": _options,
    "action_arena": _options,
    "action_object": _options,
    "pronunciatio": lambda text: emoji(3),
    "event_triple": lambda text: word(",") + ", " + prose(without=","),
    "obj_desc": lambda text: prose(ACTIVITY),
    "poignancy_event": _score,
    "poignancy_thought": _score,
    "poignancy_chat": _score,
    "decide_to_talk": lambda text: Choice(("yes", "no")),
    "decide_to_react": lambda text: Choice(("1", "2", "3")),
    "relationship": _prose,
    "utterance": _utterance,
    "conversation_summary": lambda text: "talking about " + prose(),
    "focal_points": _focal_points,
    "insights": _insights,
    "planning_thought": _prose,
    "memo": _prose,
    "summarize_ideas": _prose,
    "next_line": _prose,
    "inner_thought": _prose,
    "safety": _score,
}
"""By the name of the kind."""


def allowed_answers(kind: str, prompt: MinitownPrompt) -> Answers | None:
    """The answers that a prompt of a kind allows, as JSON if the host needs JSON; None for any."""
    find = KINDS.get(kind)
    answers = find(prompt) if find else None
    if answers is None or not prompt.enveloped:
        return answers
    inner = one_of(answers.answers) if isinstance(answers, Choice) else answers
    return '{"output": "' + inner + '"}'
