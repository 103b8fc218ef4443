"""Answers of the form of a prompt's example output: a number, a list, the keys of a JSON object."""

from __future__ import annotations

import ast
import json
import re
from typing import Final

from ga_ooo.scripted.choice import stable_hash
from ga_ooo.scripted.mimicry.question import Question

_TEMPLATE: Final = re.compile(r"\{[^{}]*:[^{}]*\}")
_KEY: Final = re.compile(r'"([^"\n]+)"\s*:\s*([^,}\n]*)')
_NUMBER: Final = re.compile(r"\s*-?\d+(?:\.\d+)?\s*")
_TRUTH: Final = re.compile(r"bool|true|false|布[爾尔]|真[偽伪假]|ブール|불리언|참", re.IGNORECASE)
_COUNT: Final = re.compile(
    r"int\b|integer|number|entero|número|數字|数字|整数|整數|숫자|정수", re.IGNORECASE
)
_SAID: Final = re.compile(r"^[^\s:：][^:：\n]{0,40}[:：] ?\S", re.MULTILINE)
_BRACKETS: Final = re.compile(r"<[^<>\n]+>")
_LISTED: Final = re.compile(r"1\..*?([,，、;；])\s*2\.")
_MOST_LINES: Final = 5
"""A conversation ends after about so many lines."""


def like_example(example: str, question: Question) -> str:
    """An answer of the form of the example output in a JSON envelope.

    Args:
        example: the example output.
        question: the prompt.
    """
    if _NUMBER.fullmatch(example):
        return str(1 + stable_hash(question.text) % 9)
    try:
        value = ast.literal_eval(example.strip())
    except (ValueError, SyntaxError):
        value = None
    if isinstance(value, list):
        wanted = max(len(value), 1)
        return repr(
            [
                question.language.questions[i % len(question.language.questions)]
                for i in range(wanted)
            ]
        )
    # A text of the host's own is one that the host can read.
    return example.strip() or question.choose(question.language.sentences)


def json_like(question: Question) -> str:
    """A JSON object with the keys of the last one that the prompt draws."""
    templates = _TEMPLATE.findall(question.text)
    keys = _KEY.findall(templates[-1]) if templates else []
    said = conversation_line(question)
    values = {key: _value(hint, question, said) for key, hint in keys}
    return json.dumps(
        values or {"output": question.choose(question.language.sentences)}, ensure_ascii=False
    )


def shows_line(question: Question) -> bool:
    """Whether the last line of a prompt is an example, with words in angle brackets."""
    return bool(_BRACKETS.search(question.end.rpartition("\n")[2]))


def line_like(question: Question) -> str:
    """The last line of a prompt, with words for its angle brackets, or a list for its numbers."""
    line = question.end.rpartition("\n")[2]
    comma = _LISTED.match(line)
    if comma is None:
        sentence = question.choose(question.language.sentences)
        return _BRACKETS.sub(lambda _: sentence, line)
    items = [f"{number}. {doing}" for number, doing in enumerate(question.language.day[:5], 1)]
    return f"{comma[1]} ".join(items)


def asks_for_json(question: Question) -> bool:
    """Whether a prompt asks for a JSON object."""
    return "json" in question.text.lower()


def conversation_line(question: Question) -> str:
    """A line of a conversation, by the number of lines that were said before."""
    said = _lines_said(question)
    lines = question.language.replies
    if said == 0:
        lines = question.language.greetings
    elif said >= _MOST_LINES:
        lines = question.language.farewells
    return question.choose(lines).format(question.language.topic)


def _lines_said(question: Question) -> int:
    """Lines ``NAME: words`` before the task, which is the last part of such prompts."""
    return len(_SAID.findall(question.text.rpartition("---")[0].rpartition("\n\n")[2]))


def _value(hint: str, question: Question, said: str) -> str | int | bool | list[str]:
    if _TRUTH.search(hint):
        return _lines_said(question) >= _MOST_LINES
    if _COUNT.search(hint) or _NUMBER.fullmatch(hint):
        return 3
    return [said] if hint.strip().startswith("[") else said
