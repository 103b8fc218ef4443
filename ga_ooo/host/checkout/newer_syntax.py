"""Which newer version of Python accepts a file that this one does not.

No newer parser is at hand, so newer syntax is replaced by older syntax of the same meaning to a
parser. If the result is Python, only the version was too old.
"""

from __future__ import annotations

import ast
import re
import warnings
from typing import Final

_STRING: Final = re.compile(r"(?i)(?<![\w])([bruft]{0,2})('''|\"\"\"|'|\")")
_BRACKETS: Final = r"\[(?:[^\[\]]|\[[^\[\]]*\])*\]"
_TYPE: Final = re.compile(rf"^([ \t]*)type[ \t]+(\w+)[ \t]*(?:{_BRACKETS})?[ \t]*=(?!=)", re.M)
_GENERIC: Final = re.compile(
    rf"^([ \t]*(?:async[ \t]+)?(?:def|class)[ \t]+\w+)[ \t]*{_BRACKETS}", re.M
)
_EXCEPT: Final = re.compile(
    r"^([ \t]*except\*?)[ \t]+([\w.]+(?:[ \t]*,[ \t]*[\w.]+)+)[ \t]*:", re.M
)


class _UnterminatedError(Exception):
    """A text does not end."""


def newer_python(source: str) -> tuple[str, str] | None:
    """The version of Python that a file needs, as far as its source shows.

    Args:
        source: a file that this version of Python does not accept.

    Returns:
        the version, such as ``3.12``, and the syntax that needs it; None if the file is wrong in
        every known version.
    """
    try:
        plain = _without_format_strings(source)
    except _UnterminatedError:
        return None
    typed = _GENERIC.sub(r"\1", _TYPE.sub(r"\1\2 =", plain))
    for text, version, syntax in (
        (plain, "3.12", "quotes, backslashes or line ends in the braces of an f-string"),
        (typed, "3.12", "a `type` statement, or type parameters in brackets after a name"),
        (_EXCEPT.sub(r"\1 (\2):", typed), "3.14", "`except` with several types without brackets"),
    ):
        if _is_python(text):
            return version, syntax
    return None


def _is_python(source: str) -> bool:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            ast.parse(source)
    except (SyntaxError, ValueError):
        return False
    return True


def _without_format_strings(source: str) -> str:
    """The source with a plain text in the place of each f-string, on the same lines."""
    parts: list[str] = []
    copied = position = 0
    while position < len(source):
        if source[position] == "#":
            position = _line_end(source, position)
            continue
        found = _STRING.match(source, position)
        if found is None:
            position += 1
            continue
        end = _end_of_string(source, found)
        if "f" in found[1].lower():
            lines = source.count("\n", position, end)
            parts += [source[copied:position], "''", "\\\n" * lines]
            copied = end
        position = end
    return "".join([*parts, source[copied:]])


def _line_end(source: str, position: int) -> int:
    end = source.find("\n", position)
    return len(source) if end < 0 else end


def _end_of_string(source: str, start: re.Match[str]) -> int:
    """The position after a text, with or without fields in braces."""
    prefix, quote = start[1].lower(), start[2]
    position = start.end()
    while position < len(source):
        if source.startswith(quote, position):
            return position + len(quote)
        here = source[position]
        if here == "\n" and len(quote) == 1:
            break
        if here == "\\":
            position += 2
        elif here == "{" and "f" in prefix and not source.startswith("{{", position):
            position = _end_of_field(source, position + 1)
        else:
            position += 2 if source.startswith(("{{", "}}"), position) else 1
    raise _UnterminatedError


def _end_of_field(source: str, position: int) -> int:
    """The position after the brace that closes a field."""
    depth = 0
    while position < len(source):
        found = _STRING.match(source, position)
        if found is not None:
            position = _end_of_string(source, found)
            continue
        here = source[position]
        if here == "#":
            position = _line_end(source, position)
            continue
        position += 1
        if here in "([{":
            depth += 1
        elif here in ")]}":
            if depth == 0:
                return position
            depth -= 1
    raise _UnterminatedError
