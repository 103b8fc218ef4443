"""Choices that a prompt offers: places and objects in braces, yes or no, options, numbers."""

from __future__ import annotations

import re
from typing import Final

from ga_ooo.scripted.choice import chance, stable_hash
from ga_ooo.scripted.mimicry.question import Question

_OFFERED: Final = re.compile(r"\{([^{}\n]+)\}")
_SEPARATOR: Final = re.compile(r"\s*[,，、;；]\s*")
_TRIPLE: Final = re.compile(r"[(（][^()（）\n]+[,，、]\s*\Z")
_SCALE: Final = re.compile(r"\b1\D{1,12}10(?!\d)")
_OPTION: Final = re.compile(r"^\D{0,20}([123])\s*[:：.)）]", re.MULTILINE)
_EVIDENCE: Final = re.compile(r"[(（][^()（）]*[(（]([^()（）\d]*)\d+(?:[,，、]\s*\d+)*[)）]")
_DISTINCTIVE: Final = 3
"""Characters by which a room is named after a persona."""
_COUNT: Final = re.compile(r"(?<![\d:])([2-9])(?![\d:])")
_STATEMENTS: Final = re.compile(r"^(\d+)\. ", re.MULTILINE)


def asks_for_place(question: Question) -> bool:
    """Whether a prompt has opened a brace around its answer."""
    return question.end.endswith("{") and bool(_OFFERED.search(question.text))


def asks_for_object(question: Question) -> bool:
    """Whether a prompt offers objects in its last lines."""
    return bool(_OFFERED.search(question.text[-400:])) and question.end.endswith((":", "："))


def place(question: Question) -> str:
    """One of the last places in braces, with the closing brace where the prompt opened one.

    It is the persona's own room, else a place that the task names, else the first place in braces
    if it is one of them (where the persona lives), else any of them.
    """
    asked = question.text.rpartition("\n---")[2].strip()
    lists = [_SEPARATOR.split(names.strip()) for names in _OFFERED.findall(asked)]
    # Braces around a single name may enclose another thing, such as the task.
    several = [names for names in lists if len(names) > 1] or lists
    names = [name for name in several[-1] if name] if several else []
    end = "}" if question.end.endswith("{") else ""
    if not names:
        return end
    task = asked.rpartition("\n")[2].partition("{")[0]
    own = [name for name in names if name[:_DISTINCTIVE] == asked[:_DISTINCTIVE]]
    named = [name for name in names if name in task]
    home = [name for name in lists[0] if name in names][:1] if len(lists) > 1 else []
    return f"{question.prefer(own or named or home, names)}{end}"


def thing(question: Question) -> str:
    """One of the last objects in braces: what is most like the answer to the most similar one of
    the prompt's examples."""
    *examples, asked = question.end.split("\n---\n")
    lists = [_SEPARATOR.split(names.strip()) for names in _OFFERED.findall(asked)]
    names = [name for name in lists[-1] if name] if lists else []
    if not names:
        return ""
    task = asked.partition("{")[0]
    similar = max(examples, key=lambda example: _alike(example.partition("{")[0], task), default="")
    answer = re.split(r"[:：]", similar)[-1]
    best = max(_alike(name, answer) for name in names)
    return question.prefer([name for name in names if _alike(name, answer) == best], names)


def _alike(one: str, other: str) -> float:
    """Share of the letters of a text that are in another one."""
    letters = set(re.findall(r"\w", one.lower()))
    return len(letters & set(re.findall(r"\w", other.lower()))) / max(len(letters), 1)


def asks_for_triple(question: Question) -> bool:
    """Whether a prompt ends with ``(subject,``."""
    return bool(_TRIPLE.search(question.text))


def event_triple(question: Question) -> str:
    """Predicate and object, in the punctuation of the prompt."""
    end = question.end
    comma = end[-1] if end[-1:] in ",，、" else ","
    close = "）" if end.rpartition("（")[2] and end.rfind("（") > end.rfind("(") else ")"
    return f" {question.language.verb}{comma} {question.language.thing}{close}"


def yes_or_no(question: Question) -> str:
    """``yes`` or ``no`` in the words that the prompt names."""
    words = (
        ("yes", "no")
        if re.search(r"\byes\b", question.text, re.IGNORECASE)
        else question.language.yes_no
    )
    return words[0] if chance(0.4, question.text) else words[1]


def option(question: Question) -> str:
    """The number of one of the options; the second usually means to continue."""
    numbers = _OPTION.findall(question.text[-600:])
    return "2" if "2" in numbers or not numbers else numbers[-1]


def asks_for_number(question: Question) -> bool:
    """Whether a prompt ends by asking for a number from 1 to 10."""
    return bool(_SCALE.search(question.text[-400:])) and question.end.endswith((":", "："))


def number(question: Question) -> str:
    """A number from 1 to 9."""
    return str(1 + stable_hash(question.text) % 9)


def questions(question: Question) -> str:
    """Numbered questions; the first number is written."""
    wanted = _wanted(question, 3)
    lines = [
        question.language.questions[i % len(question.language.questions)] for i in range(wanted)
    ]
    return " " + "\n".join(f"{i}) {line}" for i, line in enumerate(lines, start=1))[3:]


def insights(question: Question) -> str:
    """Numbered insights with the evidence of their statements, in the prompt's example form."""
    wanted = _wanted(question, 5)
    found = _EVIDENCE.search(question.text)
    because = found[1] if found else "because of "
    brackets = ("（", "）") if found and "（" in found[0][1:] else ("(", ")")
    statements = len(_STATEMENTS.findall(question.text)) or 1
    lines = []
    for index in range(wanted):
        thought = question.language.thoughts[index % len(question.language.thoughts)]
        number = stable_hash(question.text, str(index)) % statements
        lines.append(f"{index + 1}. {thought} {brackets[0]}{because}{number}{brackets[1]}")
    return " " + "\n".join(lines)[3:]


def _wanted(question: Question, default: int) -> int:
    found = _COUNT.findall(question.text[-200:].rpartition("\n\n")[2])
    return int(found[0]) if found else default
