"""The formats in which a host reads the times of a scenario's ``meta.json``."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from ga_ooo.host.checkout.source import LOOP_FILE, SERVER, find_definition, parse


@dataclass(frozen=True)
class TimeFormat:
    """How the constructor of ``ReverieServer`` parses one time.

    Attributes:
        format: for ``strptime``.
        before: text that it puts before the value of ``meta.json``.
        after: text that it puts behind the value.
    """

    format: str
    before: str = ""
    after: str = ""

    def parse(self, value: str) -> datetime:
        """The time as the host reads it.

        Raises:
            ValueError: the value has another format.
        """
        return datetime.strptime(f"{self.before}{value}{self.after}", self.format)

    def write(self, time: datetime) -> str:
        """A value that the host reads as this time."""
        text = time.strftime(self.format)
        return text[len(self.before) : len(text) - len(self.after)]

    @property
    def example(self) -> str:
        """A value that the host can read."""
        return self.write(datetime(2023, 2, 13))


UPSTREAM: Final[Mapping[str, TimeFormat]] = {
    "start_date": TimeFormat("%B %d, %Y"),
    "curr_time": TimeFormat("%B %d, %Y, %H:%M:%S"),
}
"""Of the original, which adds 00:00:00 to the date itself."""


def time_formats(backend: Path) -> Mapping[str, TimeFormat]:
    """The formats of a host; those of the original where its constructor does not show others."""
    try:
        server = find_definition(parse(backend / LOOP_FILE), SERVER)
    except (OSError, SyntaxError):
        return UPSTREAM
    found = dict(UPSTREAM)
    for node in ast.walk(server) if server is not None else ():
        if (
            isinstance(node, ast.Call)
            and ast.unparse(node.func).endswith("strptime")
            and len(node.args) == 2
            and isinstance(node.args[1], ast.Constant)
        ):
            key, parts = _value(node.args[0])
            if key in found and parts is not None:
                found[key] = TimeFormat(str(node.args[1].value), *parts)
    return found


def _value(value: ast.expr) -> tuple[str, tuple[str, str] | None]:
    """The key of ``meta.json`` in an expression, and the texts before and behind its value."""
    if isinstance(value, ast.Subscript) and isinstance(value.slice, ast.Constant):
        return str(value.slice.value), ("", "")
    if not isinstance(value, ast.JoinedStr):
        return "", None
    key, texts = "", ["", ""]
    for part in value.values:
        if isinstance(part, ast.Constant):
            texts[bool(key)] += str(part.value)
        elif isinstance(part, ast.FormattedValue) and not key:
            key, plain = _value(part.value)
            if plain != ("", ""):
                return "", None
        else:
            return "", None
    return key, (texts[0], texts[1])
