"""Kinds of values: how each one is written on a command line, in a file and in Python."""

from __future__ import annotations

import json
import types
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, is_dataclass
from pathlib import Path
from typing import Any, Final, Literal, Union, get_args, get_origin


@dataclass(frozen=True)
class Kind:
    """One kind of value.

    Attributes:
        words: the kind in words, such as "a whole number".
        parse: makes a value from the text of a flag; ValueError if the text is not one.
        read: takes a value of a TOML file or of Python code; ValueError if it is of another kind.
        repeats: each use of the flag adds one item.
        choices: all values, if there are only a few.
        is_path: whether a value, or each item of it, is a path.
    """

    words: str
    parse: Callable[[str], Any]
    read: Callable[[Any], Any]
    repeats: bool = False
    choices: tuple[str, ...] = ()
    is_path: bool = False


def instance_of(*types: type) -> Callable[[Any], Any]:
    """Takes values of these types, and True or False only where ``bool`` is one of them."""

    def read(value: Any) -> Any:
        if not isinstance(value, types) or (isinstance(value, bool) and bool not in types):
            raise ValueError(value)
        return value

    return read


def list_of(read_item: Callable[[Any], Any]) -> Callable[[Any], tuple[Any, ...]]:
    """Takes lists and tuples of such items; gives tuples."""

    def read(value: Any) -> tuple[Any, ...]:
        return tuple(map(read_item, instance_of(list, tuple)(value)))

    return read


def one_of(*choices: str) -> Kind:
    """One of a few words."""

    def read(value: Any) -> str:
        if value not in choices:
            raise ValueError(value)
        return str(value)

    return Kind(f"one of {', '.join(choices)}", read, read, choices=choices)


def _number(value: Any) -> float:
    return float(instance_of(int, float)(value))


def _parse_share(text: str) -> float:
    number = text.strip().removesuffix("%")
    return float(number) if number == text.strip() else float(number) / 100


def _path(value: Any) -> Path:
    return Path(instance_of(str, Path)(value)).expanduser()


def _read_steps(value: Any) -> tuple[int, ...]:
    steps = list_of(instance_of(int))([value] if isinstance(value, int) else value)
    if not steps or min(steps) < 1:
        raise ValueError(value)
    return steps


def _parse_steps(text: str) -> tuple[int, ...]:
    return _read_steps([int(part) for part in text.split("+")])


def _read_count(value: Any) -> int | str:
    return "auto" if value == "auto" else int(instance_of(int)(value))


NUMBER: Final = Kind("a number", float, _number)
SHARE: Final = Kind("a share such as 0.15 or 15%", _parse_share, _number)
STEPS: Final = Kind(
    "a number of steps of 1 or more, such as 8640, or several such as 100+100",
    _parse_steps,
    _read_steps,
)
COUNT_OR_AUTO: Final = Kind(
    "a whole number of 0 or more, or auto",
    lambda text: text if text == "auto" else int(text),
    _read_count,
)
_TEXT: Final = instance_of(str)
_KINDS: Final[dict[Any, Kind]] = {
    int: Kind("a whole number", int, instance_of(int)),
    float: NUMBER,
    str: Kind("a text", str, _TEXT),
    bool: Kind("true or false", str, instance_of(bool)),
    Path: Kind("a path", Path, _path, is_path=True),
    tuple[str, ...]: Kind("a list of texts", str, list_of(_TEXT), repeats=True),
    tuple[Path, ...]: Kind("a list of paths", Path, list_of(_path), repeats=True, is_path=True),
}


def kind_of(annotation: Any) -> Kind:
    """The kind of value that a type hint stands for; ``X | None`` is of the kind of X."""
    if get_origin(annotation) in (Union, types.UnionType):
        (annotation,) = (part for part in get_args(annotation) if part is not type(None))
    if get_origin(annotation) is Literal:
        return one_of(*get_args(annotation))
    return _KINDS[annotation]


def plain(value: Any) -> Any:
    """A value as JSON and TOML hold it."""
    if is_dataclass(value):
        return {each.name: plain(getattr(value, each.name)) for each in fields(value)}
    if isinstance(value, tuple):
        return [plain(item) for item in value]
    if isinstance(value, Mapping):
        return dict(value)
    return value if value is None or isinstance(value, bool | int | float) else str(value)


def toml_text(value: Any) -> str:
    """A value as it is written in a TOML file."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return repr(value)
    if isinstance(value, tuple | list):
        return f"[{', '.join(map(toml_text, value))}]"
    # JSON's escapes are among TOML's, except for DEL, which JSON does not escape.
    return json.dumps(str(value), ensure_ascii=False).replace("\x7f", "\\u007f")
