"""Draws answers from a constraint, as a model with random weights would under it."""

from __future__ import annotations

import random
import re
from functools import lru_cache

# The standard library's parser of regular expressions has no public name.
from re import _constants as ops  # type: ignore[attr-defined]  # private to re
from re import _parser as parser  # type: ignore[attr-defined]  # private to re
from typing import Any, Final

_ALPHABETS: Final = (
    *("abcdefghijklmnopqrstuvwxyz" * 2, "ABCDEFGHIJKLMNOPQRSTUVWXYZ", "0123456789", " " * 20),
    *("!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~", "\t\n\r\x0b\x0c\x00\x1c\x7f\x85\xa0\u2028\u3000"),
    *("äéñØœÅ¿¡«»–’…", "今日は仕事です。「会議」", "오늘은학교에간다", "она пишет письмо", "🙂🌳"),
)
_EVERYTHING: Final = sorted(set("".join(_ALPHABETS)))
"""Characters for classes that exclude others: of several scripts, and those that break parsers."""

_MOST: Final = 60
"""Limit of repetitions if the constraint has none."""


def sample(constraint: dict[str, Any], source: random.Random) -> str:
    """An answer that vLLM's ``structured_outputs`` allow."""
    ((kind, value),) = constraint.items()
    if kind == "choice":
        return str(source.choice(value))
    assert kind == "regex", kind
    text = "".join(_draw(parser.parse(value), source))
    assert re.fullmatch(value, text)
    return text


def _draw(tree: Any, source: random.Random) -> list[str]:
    parts: list[str] = []
    for op, argument in tree:
        if op is ops.LITERAL:
            parts.append(chr(argument))
        elif op is ops.IN:
            parts.append(_one_of_class(argument, source))
        elif op is ops.BRANCH:
            parts += _draw(source.choice(argument[1]), source)
        elif op is ops.SUBPATTERN:
            parts += _draw(argument[-1], source)
        elif op is ops.MAX_REPEAT:
            least, most, inner = argument
            for _ in range(_times(least, min(int(most), max(least, _MOST)), source)):
                parts += _draw(inner, source)
        else:
            raise AssertionError(f"{op} is not among what constraints are made of")
    return parts


def _times(least: int, most: int, source: random.Random) -> int:
    """Often one of the limits, because hosts fail there."""
    return source.choice((least, most, source.randint(least, most)))


def _one_of_class(members: Any, source: random.Random) -> str:
    if members[0][0] is ops.NEGATE:
        return source.choice(_not_in(tuple(members[1:])))
    op, argument = source.choice(members)
    if op is ops.RANGE:
        return chr(source.randint(*argument))
    assert op is ops.LITERAL, op
    return chr(argument)


@lru_cache
def _not_in(members: tuple[Any, ...]) -> str:
    """The characters that a class of excluded members allows."""
    ranges = [(a, a) if op is ops.LITERAL else a for op, a in members]
    return "".join(c for c in _EVERYTHING if not any(a <= ord(c) <= b for a, b in ranges))
