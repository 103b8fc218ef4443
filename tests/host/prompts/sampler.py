"""Draws answers from a constraint, as a model with random weights would under it."""

from __future__ import annotations

import random
import re

# The standard library's parser of regular expressions has no public name.
from re import _constants as ops  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any


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
            for _ in range(_times(least, int(most), source)):
                parts += _draw(inner, source)
        else:
            raise AssertionError(f"{op} is not among what constraints are made of")
    return parts


def _times(least: int, most: int, source: random.Random) -> int:
    """Often one of the ends: that is where hosts fail."""
    return source.choice((least, most, source.randint(least, most)))


def _one_of_class(members: Any, source: random.Random) -> str:
    op, argument = source.choice(members)
    if op is ops.RANGE:
        return chr(source.randint(*argument))
    assert op is ops.LITERAL, op
    return chr(argument)
