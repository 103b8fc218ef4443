"""The answers that prompts of the original and its forks allow.

Each function gives the form that the validator and the clean-up of the host's
``run_gpt_prompt_...`` function accept, and that no later host code fails on: no bracket, dash or
line end where the host parses by it, no index of a missing statement, no total duration that is too
long. Form is constrained, prose is not: it may hold every script, and only has a limit in lists.
None: no answer to the prompt would be accepted.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from ga_ooo.host.prompts.prompt import Prompt
from ga_ooo.host.prompts.schedules import ACTIVITY, SENTENCE, decomposition, revised_schedule
from ga_ooo.model.grammar import (
    Choice,
    Pattern,
    emoji,
    literal,
    number,
    one_of,
    optional,
    prose,
    repeat,
    word,
)

Answers = Pattern | Choice
_SPACE: Final = optional(literal(" "))

_SECTORS = re.compile(r"Area [Oo]ptions[^{\n]*\{(.*?)\}")
_ARENAS = re.compile(r"(?:MUST pick one of|has (?:ONLY )?the following areas:) \{(.*?)\}")
_OBJECTS = re.compile(r"[Oo]bjects available: \{(.*?)\}")
_REACTIONS = re.compile(r"^Option (\d):", re.MULTILINE)
_QUESTIONS = re.compile(r"what are (\d+) most salient")
_INSIGHTS = re.compile(r"\nWhat (\d+) high-level insights")
_FORM = re.compile(r'^"([^"\\{}]+)": "<', re.MULTILINE)


def _wake_up_hour(prompt: Prompt) -> Answers:
    return Choice(tuple(f" {hour} am" for hour in range(1, 12)))


def _daily_plan(prompt: Prompt) -> Answers:
    """The first item is in the prompt. The host takes only items that the next number follows,
    and no number may have two digits."""
    item = " " + prose(ACTIVITY)
    plan = item
    for index in range(3, 8):
        further = f", {index})" + item
        plan += further if index < 6 else optional(further)
    return plan + "."


def _activity(prompt: Prompt) -> Answers:
    return _SPACE + prose()


def _sector(prompt: Prompt) -> Answers | None:
    return _place(prompt, _SECTORS)


def _arena(prompt: Prompt) -> Answers | None:
    return _place(prompt, _ARENAS)


def _place(prompt: Prompt, options: re.Pattern[str]) -> Answers | None:
    names = _last_list(options, prompt.inner)
    # If the prompt ends with an opening brace, the host needs the closing one.
    end = "}" if prompt.inner.rstrip().endswith("{") else ""
    return Choice(tuple(f"{name}{end}" for name in names)) if names else None


def _object(prompt: Prompt) -> Answers | None:
    names = _last_list(_OBJECTS, prompt.inner)
    return Choice(names) if names else None


def _last_list(pattern: re.Pattern[str], text: str) -> tuple[str, ...]:
    found = pattern.findall(text)
    names = (name.strip() for name in found[-1].split(",")) if found else ()
    return tuple(dict.fromkeys(name for name in names if name))


def _event_triple(prompt: Prompt) -> Answers:
    """Subject and comma are in the prompt. A predicate of one word cannot be the host's own
    ``chat with``. The host splits at commas, and needs no closing bracket."""
    return " " + word(",:") + ", " + prose(without=",:") + optional(literal(")"))


def _decide_to_talk(prompt: Prompt) -> Answers:
    return Choice(tuple(f" Answer in yes or no: {answer}" for answer in ("yes", "no")))


def _decide_to_react(prompt: Prompt) -> Answers:
    question = prompt.inner[prompt.inner.rfind("\n---\n") + 1 :]
    options = dict.fromkeys(o for o in _REACTIONS.findall(question) if o in "123")
    return Choice(tuple(f" Answer: Option {option}" for option in options or "123"))


def _utterance(prompt: Prompt) -> Answers | None:
    """A JSON object with the two keys of the prompt; the second value ends the conversation."""
    keys = _FORM.findall(prompt.inner[prompt.inner.rfind("{") :])
    if len(keys) != 2:
        return None
    said, ended = keys
    return f'{{\n"{said}": "' + prose() + f'",\n"{ended}": ' + one_of(("true", "false")) + "\n}"


def _focal_points(prompt: Prompt) -> Answers:
    """In JSON the host needs the text of a Python list; else lines after the first number."""
    found = _QUESTIONS.search(prompt.inner)
    wanted = min(int(found[1]), 9) if found else 3
    if prompt.enveloped:
        # Prose may hold an apostrophe, so the strings have double quotes, escaped for JSON.
        quoted = '\\"' + prose(SENTENCE) + '?\\"'
        further = ", " + quoted
        return "[" + quoted + repeat(further, wanted - 1, wanted - 1) + "]"
    lines = " " + prose(SENTENCE) + "?"
    for index in range(2, wanted + 1):
        lines += f"\n{index}) " + prose(SENTENCE) + "?"
    return lines


def _insights(prompt: Prompt) -> Answers | None:
    """Lines with numbers of statements that exist; the prompt ends after the first number."""
    body, _, question = prompt.inner.rpartition("\n\n")
    wanted = _INSIGHTS.search(f"\n{question}")
    statements = 0
    for line in body.split("\n"):
        statements += line.startswith(f"{statements}. ")
    if not statements:
        return None
    evidence = number(0, statements - 1)
    reason = " (because of " + evidence + repeat(", " + evidence, 0, 3) + ")"
    # The host drops the text before a full stop.
    lines = " " + prose(SENTENCE, ".") + reason
    for index in range(2, (min(int(wanted[1]), 9) if wanted else 5) + 1):
        lines += f"\n{index}. " + prose(SENTENCE, ".") + reason
    return lines


def _thought(prompt: Prompt) -> Answers:
    """Prose; if the prompt ends with a quotation mark, the host reads to the closing one."""
    return prose() if prompt.enveloped else _SPACE + prose() + optional(literal('"'))


KINDS: Final[dict[str, Callable[[Prompt], Answers | None]]] = {
    "wake up hour": _wake_up_hour,
    "daily plan": _daily_plan,
    "hourly schedule": _activity,
    "task decomposition": decomposition,
    "revised schedule": revised_schedule,
    "action sector": _sector,
    "action arena": _arena,
    "action object": _object,
    "pronunciatio": lambda prompt: emoji(),
    "event triple": _event_triple,
    "object state": lambda prompt: prose(ACTIVITY),
    "poignancy of event": lambda prompt: number(1, 10),
    "poignancy of thought": lambda prompt: number(1, 10),
    "poignancy of chat": lambda prompt: number(1, 10),
    "decide to talk": _decide_to_talk,
    "decide to react": _decide_to_react,
    "relationship": _thought,
    "utterance": _utterance,
    "conversation summary": lambda prompt: prose(),
    "focal points": _focal_points,
    "insights": _insights,
    "planning thought": _thought,
    "memo of conversation": _thought,
    "ideas for chat": _thought,
    "ideas for interview": _thought,
    "next line": _thought,
    "whisper": _thought,
    "safety": lambda prompt: '{"output": ' + number(1, 10) + "}",
}
"""By the name of the kind."""


def allowed_answers(kind: str, prompt: Prompt) -> Answers | None:
    """The answers that a prompt of a kind allows, as JSON if the prompt asks for JSON."""
    find = KINDS.get(kind)
    answers = find(prompt) if find else None
    if answers is None or not prompt.enveloped:
        return answers
    inner = one_of(answers.answers) if isinstance(answers, Choice) else answers
    return '{"output": "' + inner + '"}'
