"""Answers to prompts that no recogniser knows: forks have prompts, and languages, of their own.

A prompt shows the form of its answer: by an example output, the keys of a JSON object, places in
braces, a list that begins with the number 1, or a row that begins with a time. The answer has
that form, in the language of the prompt. Where the kind of the prompt is known from the host's
template, the form is looked for in the prompt by that kind. From outside:
:func:`answer_unknown`, and :func:`~ga_ooo.scripted.mimicry.structured.structured` for requests with
a JSON schema.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Final

from ga_ooo.host.prompts.prompt import Prompt
from ga_ooo.scripted.mimicry import choices, examples, schedules
from ga_ooo.scripted.mimicry.language import language_of
from ga_ooo.scripted.mimicry.question import Question

__all__ = ["answer_unknown"]

_YES_OR_NO: Final = re.compile(
    r"\byes or no\b|是或否|はいかいいえ|예 또는 아니|\bsí o no\b", re.IGNORECASE
)

_BY_KIND: Final[Mapping[str, Callable[[Question], str]]] = {
    "wake up hour": lambda question: f" {schedules.wake_up_hour(question)}am",
    "bed hour": lambda question: f" {schedules.bed_hour(question) - 12}pm",
    "daily plan": schedules.daily_plan,
    "hourly schedule": schedules.hourly_activity,
    "task decomposition": schedules.subtasks,
    "revised schedule": schedules.revised_rows,
    "action sector": lambda question: choices.place(question),
    "action arena": lambda question: choices.place(question),
    "action room": lambda question: choices.place(question),
    "action object": lambda question: choices.thing(question),
    "pronunciatio": lambda question: "🙂",
    "event triple": choices.event_triple,
    "object state": lambda question: question.language.state,
    "poignancy of event": lambda question: choices.number(question),
    "poignancy of thought": lambda question: choices.number(question),
    "poignancy of chat": lambda question: choices.number(question),
    "decide to talk": choices.yes_or_no,
    "decide to react": lambda question: choices.option(question),
    "utterance": examples.json_like,
    "conversation summary": lambda question: question.language.topic,
    "focal points": choices.questions,
    "insights": choices.insights,
    "planning thought": lambda question: f'{question.choose(question.language.thoughts)}"',
    "memo of conversation": lambda question: f'{question.choose(question.language.thoughts)}"',
    "whisper": lambda question: f'{question.choose(question.language.thoughts)}"',
    "next line": lambda question: f'{examples.conversation_line(question)}"',
    "relationship": lambda question: question.choose(question.language.thoughts),
    "ideas for chat": lambda question: question.choose(question.language.thoughts),
    "ideas for interview": lambda question: question.choose(question.language.thoughts),
}
"""The answer to each kind that a template may have, in the form that the prompt shows."""

_BY_FORM: Final[tuple[tuple[Callable[[Question], bool], str], ...]] = (
    (schedules.asks_for_rows, "revised schedule"),
    (schedules.asks_for_hour, "hourly schedule"),
    (schedules.asks_for_subtasks, "task decomposition"),
    (choices.asks_for_place, "action sector"),
    (choices.asks_for_object, "action object"),
    (choices.asks_for_triple, "event triple"),
    (choices.asks_for_number, "poignancy of event"),
)
"""Forms that show the kind of a prompt without a template."""


def answer_unknown(prompt: Prompt, kind: str = "", attempt: int = 0) -> str:
    """An answer of the form that the prompt shows.

    Args:
        prompt: of no kind that :func:`~ga_ooo.host.prompts.kinds.recognise` knows.
        kind: its kind by the host's templates; empty if they do not know it either.
        attempt: how often host code failed on the move that asks.
    """
    question = Question(prompt.inner, language_of(prompt.inner), attempt)
    if prompt.example is not None:
        return examples.like_example(prompt.example, question)
    if examples.asks_for_json(question):
        return examples.json_like(question)
    if _YES_OR_NO.search(question.text):
        return choices.yes_or_no(question)
    if not kind and examples.shows_line(question):
        return examples.line_like(question)
    kind = kind or next((name for asks, name in _BY_FORM if asks(question)), "")
    answer = _BY_KIND.get(kind)
    return answer(question) if answer else question.choose(question.language.sentences)
