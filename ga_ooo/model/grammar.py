"""Regular expressions that know how long their longest match is.

Only what every structured-output backend of vLLM and Python's ``re`` read alike is used: literals,
classes, groups, alternatives and bounded repetitions. A bound is needed everywhere, because
``max_tokens`` cuts an answer wherever it stands.
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
        regex: its text, safe to be concatenated.
        longest: bytes (UTF-8) of its longest match.
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
        """vLLM's ``structured_outputs``."""
        return {"regex": self.regex}


@dataclass(frozen=True)
class Choice:
    """A closed set of answers."""

    answers: tuple[str, ...]

    @property
    def longest(self) -> int:
        """Bytes (UTF-8) of the longest answer."""
        return max(len(answer.encode()) for answer in self.answers)

    @property
    def constraint(self) -> dict[str, Any]:
        """vLLM's ``structured_outputs``."""
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
    """The part, so many times."""
    return Pattern(f"({part.regex}){{{least},{most}}}", part.longest * most)


def optional(part: Pattern) -> Pattern:
    """The part or nothing."""
    return Pattern(f"({part.regex})?", part.longest)


def characters(members: str, least: int, most: int, width: int = 1) -> Pattern:
    """So many characters of a class.

    Args:
        members: as between ``[`` and ``]``.
        width: bytes (UTF-8) of the widest of them.
    """
    times = "" if least == most == 1 else f"{{{least},{most}}}"
    return Pattern(f"[{members}]{times}", width * most)


def number(low: int, high: int) -> Pattern:
    """A whole number of a range; the largest first, or its first digit would do."""
    return one_of(str(value) for value in range(high, low - 1, -1))


_WORD: Final = characters(f"{_LETTERS}0-9'", 1, 14, 2)
_FIRST_WORD: Final = characters(_LETTERS, 1, 1, 2) + characters(f"{_LETTERS}0-9'", 0, 13, 2)


def word() -> Pattern:
    """One word that begins with a letter."""
    return _FIRST_WORD


def phrase(most_words: int = 10) -> Pattern:
    """Some words, and nothing that a host parses by: no brackets, colons, dashes, line ends.

    It begins with a letter, so that no host strips it down to nothing.
    """
    further = Pattern("[ -]", 1) + _WORD
    return _FIRST_WORD + repeat(further, 0, most_words - 1)


def sentence(most: int = 240) -> Pattern:
    """Prose on one line without quotes, backslashes and brackets, safe inside JSON.

    Args:
        most: characters.
    """
    members = f"{_LETTERS}0-9 ,.;:!?'’–&%$/-"
    return characters(_LETTERS, 1, 1, 2) + characters(members, 0, most - 1, 3)


def emoji(most: int = 2) -> Pattern:
    """Pictures of one code point each."""
    return characters("\U0001f300-\U0001f5ff\U0001f600-\U0001f64f\U0001f680-\U0001f6c5"
                      "\U0001f90c-\U0001f9ff☀-⛿", 1, most, 4)  # fmt: skip
