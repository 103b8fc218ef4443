"""Forms of answers: regular expressions that constrain the form of an answer, not its prose.

A form consists of fixed texts, choices, numbers and stretches of prose. Prose may hold every
script. It has room: a limit on its length exists only where a fixed text must follow, and
:meth:`Pattern.trimmed` cuts prose that has used up its room at a word.

Only the constructs that every structured-output backend of vLLM and Python's ``re`` read alike
are used: literals, classes, groups, alternatives and repetitions. Repetitions of a class are
cheap for these backends; a bounded repetition of a group costs them milliseconds a token.
"""

from __future__ import annotations

import functools
import operator
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

_SPECIAL: Final = frozenset("\\.^$|?*+()[]{}")

# Line ends and other control characters, and the characters that hosts parse by.
_CONTROL: Final = r"\x00-\x1f\x7f-\x9f\u2028\u2029"
_PARSED_BY: Final = _CONTROL + r'()\[\]{}<>"\\|~'
# Prose begins with a letter, in ASCII at least: no host strips such a text down to nothing.
_NO_LETTER: Final = r"\x00-@\[-`{-\xa0\u2000-\u200f\u2028-\u202f\u205f\u3000\ufeff"
_WIDEST: Final = 4
"""Bytes of the widest character in UTF-8."""
_MOST_HYPHENS: Final = 3


@dataclass(frozen=True)
class Pattern:
    """A regular expression with some stretches of prose.

    Attributes:
        regex: its text for a server, safe for concatenation.
        longest: length of its longest match, in bytes of UTF-8; prose without a limit counts as one
            character.
        marked: the same for Python, with one capturing group for each stretch of prose.
        shortest: a match without needless parts.
        rooms: for each stretch of prose, the characters that it may have between two hyphens;
            0 for no limit.
        tail: what has to follow prose without a limit; None where there is no such prose. Only
            the last stretch of prose may have no limit.
    """

    regex: str
    longest: int
    marked: str
    shortest: str
    rooms: tuple[int, ...] = ()
    tail: str | None = None

    def __add__(self, other: Pattern | str) -> Pattern:
        after = literal(other) if isinstance(other, str) else other
        tail = after.tail
        if self.tail is not None:
            tail = self.tail + after.shortest
        return Pattern(
            self.regex + after.regex,
            self.longest + after.longest,
            self.marked + after.marked,
            self.shortest + after.shortest,
            self.rooms + after.rooms,
            tail,
        )

    def __radd__(self, other: str) -> Pattern:
        return literal(other) + self

    @property
    def constraint(self) -> dict[str, Any]:
        """Value of vLLM's parameter ``structured_outputs``."""
        return {"regex": self.regex}

    def trimmed(self, text: str) -> str:
        """A whole answer, in which prose that has used up its room is cut at a word.

        Such prose ends where the limit was, in the middle of a word. A text that is no whole
        answer stays as it is.
        """
        found = re.fullmatch(self.marked, text)
        if found is None:
            return text
        for group in range(len(self.rooms), 0, -1):
            start, end = found.span(group)
            room = self.rooms[group - 1]
            if start >= 0 and room and len(text[start:end].rsplit("-", 1)[-1]) >= room:
                text = text[:start] + cut_at_word(text[start:end]) + text[end:]
        return text

    def completed(self, text: str) -> str | None:
        """A whole answer made of one that ``max_tokens`` has cut; None if none can be made.

        Prose without a limit keeps its whole words and gets what has to follow it. An answer of
        several lines keeps its whole lines.
        """
        if self.tail is None:
            parts = [text, text.rpartition("\n")[0]]
        else:
            parts = [text + self.tail[start:] for start in range(1, len(self.tail) + 1)]
            # The only blank may be one before the prose, where the script writes none.
            parts += [cut_at_word(text) + self.tail, text + self.tail]
        whole = (part for part in parts if re.fullmatch(self.marked, part))
        return next(map(self.trimmed, whole), None)


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


def cut_at_word(text: str) -> str:
    """The text without its last word, which may be a part of one; all of it where it has no
    second word, as in scripts that write no spaces."""
    whole, space, _ = text.rpartition(" ")
    return whole.rstrip(" ,;:-") or text if space else text


def literal(text: str) -> Pattern:
    """The text itself."""
    escaped = "".join(f"\\{char}" if char in _SPECIAL else char for char in text)
    regex = escaped.replace("\n", "\\n")
    return Pattern(regex, len(text.encode()), regex, text)


def one_of(answers: Iterable[str]) -> Pattern:
    """One of several texts; the first is the one that completes an answer that was cut."""
    options = [literal(answer) for answer in answers]
    joined = "|".join(option.regex for option in options)
    longest = max(option.longest for option in options)
    return Pattern(f"({joined})", longest, f"(?:{joined})", options[0].shortest)


def repeat(part: Pattern, least: int, most: int) -> Pattern:
    """The part, repeated ``least`` to ``most`` times.

    A part with prose is written out, so that each stretch of prose has a group of its own.
    """
    if part.rooms:
        further = literal("")
        for _ in range(most - least):
            further = optional(part + further)
        return functools.reduce(operator.add, [part] * least, literal("")) + further
    times = f"{{{least},{most}}}"
    return Pattern(
        f"({part.regex}){times}",
        part.longest * most,
        f"(?:{part.marked}){times}",
        part.shortest * least,
    )


def optional(part: Pattern) -> Pattern:
    """The part or nothing."""
    return Pattern(f"({part.regex})?", part.longest, f"(?:{part.marked})?", "", part.rooms)


def digits(least: int, most: int) -> Pattern:
    """``least`` to ``most`` digits."""
    regex = f"[0-9]{{{least},{most}}}"
    return Pattern(regex, most, regex, "0" * least)


def number(low: int, high: int) -> Pattern:
    """An integer from ``low`` to ``high``; largest first, since 1 would match the start of 10."""
    return one_of(str(value) for value in range(high, low - 1, -1))


def word(without: str = "") -> Pattern:
    """One word of at most 24 characters that begins with a letter.

    Args:
        without: ASCII characters that it must not hold, besides those that hosts parse by.
    """
    first, further = _classes(without)
    regex = f"{first}{further[:-1]} -]{{0,23}}"
    return Pattern(regex, 24 * _WIDEST, regex, "is")


def prose(most: int = 0, without: str = "") -> Pattern:
    """Prose on one line in any script, safe inside JSON.

    It holds nothing that hosts parse by: no brackets, quotes, backslashes, tildes, line ends, and
    no two hyphens side by side.

    Args:
        most: characters between two hyphens, of which there are at most three; 0 for no limit.
        without: ASCII characters that it must not hold besides.
    """
    first, further = _classes(without)
    run = f"{further[:-1]}-]"
    if most:
        regex = f"{first}{run}{{0,{most - 1}}}(%s-{run}{{1,{most}}}){{0,{_MOST_HYPHENS}}}"
        longest = (most + _MOST_HYPHENS * (most + 1)) * _WIDEST
    else:
        regex = f"{first}{run}*(%s-{run}+)*"
        longest = _WIDEST
    return Pattern(regex % "", longest, f"({regex % '?:'})", "x", (most,), None if most else "")


def emoji(most: int = 2) -> Pattern:
    """One or more emoji of one code point each."""
    regex = (
        "[\U0001f300-\U0001f5ff\U0001f600-\U0001f64f\U0001f680-\U0001f6c5\U0001f90c-\U0001f9ff☀-⛿]"
    )
    times = f"{{1,{most}}}"
    return Pattern(regex + times, _WIDEST * most, regex + times, "\U0001f642")


def _classes(without: str) -> tuple[str, str]:
    """Classes of the first character of prose and of the further ones."""
    forbidden = "".join(f"\\{char}" if char in "\\]^-[" else char for char in without)
    return f"[^{_NO_LETTER}{forbidden}]", f"[^{_PARSED_BY}{forbidden}]"
