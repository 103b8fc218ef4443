"""JSON text in the host's format, without the detour of the standard library."""

from __future__ import annotations

import json
from json.encoder import encode_basestring_ascii as _quoted
from typing import Any, Final

_SINGLE: Final = {None: "null", True: "true", False: "false"}


def indented(value: Any) -> str:
    """What ``json.dumps(value, indent=2)`` gives, in a quarter of the time.

    The standard library has no fast encoder that indents, and two step files are written at each
    step. Anything but texts, whole numbers, lists and dicts is left to it.
    """
    try:
        return _text(value, "\n")
    except (TypeError, RecursionError):
        return json.dumps(value, indent=2)


def _text(value: Any, newline: str) -> str:
    kind = type(value)
    if kind is str:
        return _quoted(value)
    if kind is int:
        return int.__repr__(value)
    if kind is dict:
        if not value:
            return "{}"
        inner = newline + "  "
        items = [f"{inner}{_quoted(key)}: {_text(item, inner)}" for key, item in value.items()]
        return "{" + ",".join(items) + newline + "}"
    if kind is list or kind is tuple:
        if not value:
            return "[]"
        inner = newline + "  "
        return "[" + ",".join([inner + _text(item, inner) for item in value]) + newline + "]"
    if value is None or kind is bool:
        return _SINGLE[value]
    raise TypeError(kind)
