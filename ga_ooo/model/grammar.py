"""Regular expressions that know how long their longest match is.

They use only the syntax that Python's ``re`` and all structured-output backends of vLLM read in the
same way: literals, classes, groups, alternatives and bounded repetitions. Every repetition has a
bound, because ``max_tokens`` may cut an answer at any point.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

_SPECIAL: Final = frozenset("\\.^$|?*+()[]{}")

# Letters of Latin scripts; × and ÷ lie between them.
_LETTERS: Final = "A-Za-zÀ-ÖØ-öø-ž"


@dataclass(frozen=True)
class Pattern:
    """A regular expression.

    Attributes:
        regex: its text, safe for concatenation.
        longest: length of its longest match, in bytes of UTF-8.
    """

    regex: str
    longest: int

    def __add__(self, other: Pattern | str) -> Pattern:
        after = literal(other) if isinstance(other, str) else other
        return Pattern(self.regex + after.regex, self.longest + after.longest)

    def __radd__(self, other: str) -> Pattern:
        return literal(other) + self

    @property
    def constraint(self) -> dict[str, Any]:
        """Value of vLLM's parameter ``structured_outputs``."""
        return {"regex": self.regex}


@dataclass(frozen=True)
class Choice:
    """A closed set of possible answers."""

    answers: tuple[str, ...]

    @property
    def longest(self) -> int:
        """Length of the longest answer, in bytes of UTF-8."""
        return max(len(answer.encode()) for answer in self.answers)

    @property
    def constraint(self) -> dict[str, Any]:
        """Value of vLLM's parameter ``structured_outputs``."""
        return {"choice": list(self.answers)}


def literal(text: str) -> Pattern:
    """The text itself."""
    escaped = "".join(f"\\{char}" if char in _SPECIAL else char for char in text)
    return Pattern(escaped.replace("\n", "\\n"), len(text.encode()))


def one_of(answers: Iterable[str]) -> Pattern:
    """One of several texts."""
    options = [literal(answer) for answer in answers]
    joined = "|".join(option.regex for option in options)
    return Pattern(f"({joined})", max(option.longest for option in options))


def repeat(part: Pattern, least: int, most: int) -> Pattern:
    """The part, repeated ``least`` to ``most`` times."""
    return Pattern(f"({part.regex}){{{least},{most}}}", part.longest * most)


def optional(part: Pattern) -> Pattern:
    """The part or nothing."""
    return Pattern(f"({part.regex})?", part.longest)


def characters(members: str, least: int, most: int, width: int = 1) -> Pattern:
    """``least`` to ``most`` characters of a class.

    Args:
        members: the class, as between ``[`` and ``]``.
        width: length of its widest character, in bytes of UTF-8.
    """
    times = "" if least == most == 1 else f"{{{least},{most}}}"
    return Pattern(f"[{members}]{times}", width * most)


def number(low: int, high: int) -> Pattern:
    """An integer from ``low`` to ``high``; largest first, since 1 would match the start of 10."""
    return one_of(str(value) for value in range(high, low - 1, -1))


_WORD: Final = characters(f"{_LETTERS}0-9'", 1, 14, 2)
_FIRST_WORD: Final = characters(_LETTERS, 1, 1, 2) + characters(f"{_LETTERS}0-9'", 0, 13, 2)


def word() -> Pattern:
    """One word, beginning with a letter."""
    return _FIRST_WORD


def phrase(most_words: int = 10) -> Pattern:
    """Up to ``most_words`` words without characters by which hosts parse.

    These are brackets, colons, dashes and line ends. The phrase begins with a letter, so that no
    host strips all of it.
    """
    further = Pattern("[ -]", 1) + _WORD
    return _FIRST_WORD + repeat(further, 0, most_words - 1)


def sentence(most: int = 240) -> Pattern:
    """Prose on one line without quotes, backslashes and brackets, safe inside JSON.

    Args:
        most: maximum number of characters.
    """
    members = f"{_LETTERS}0-9 ,.;:!?'’–&%$/-"
    return characters(_LETTERS, 1, 1, 2) + characters(members, 0, most - 1, 3)


def emoji(most: int = 2) -> Pattern:
    """One or more emoji of one code point each."""
    return characters("\U0001f300-\U0001f5ff\U0001f600-\U0001f64f\U0001f680-\U0001f6c5"
                      "\U0001f90c-\U0001f9ff☀-⛿", 1, most, 4)  # fmt: skip
