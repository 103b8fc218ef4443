"""``json.dump`` in moves, for hosts that write a whole file again after each model call.

With an indent, the library encodes in Python and writes a text of a few characters many thousand
times. A log of some hundred entries then costs more than the rest of a move, and a move may be
rehearsed several times. The file of a real move gets the same texts as without this module, by a
shorter way. That of a rehearsal gets the same text at once, from the library's encoder in C.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Callable
from typing import Any, Final

from ga_ooo.host.isolation.effects import effects_here
from ga_ooo.host.isolation.files.handles import HostText, write_text

_SCALARS: Final = frozenset((str, int, float, bool, type(None)))
_TEXT: Final = frozenset((str,))
_PLAIN: Final = frozenset(("indent", "ensure_ascii", "allow_nan", "sort_keys", "check_circular"))
"""Options that :func:`indented_json` takes into account."""


class _Target:
    """What the library writes to: it uses no other method of a file.

    Args:
        file: of the move that writes.
    """

    def __init__(self, file: HostText) -> None:
        self.write = functools.partial(write_text, file)


def in_moves(own: Callable[..., None]) -> Callable[..., None]:
    """``json.dump`` for a process in which moves run.

    Args:
        own: the function of the library.
    """

    @functools.wraps(own)
    def dump(obj: Any, fp: Any, **options: Any) -> None:
        effects = effects_here()
        if effects is None or type(fp) is not HostText or fp.owner is not effects:
            own(obj, fp, **options)
        elif effects.is_rehearsed:
            write_text(fp, indented_json(obj, options))
        else:
            own(obj, _Target(fp), **options)

    return dump


def indented_json(obj: Any, options: dict[str, Any]) -> str:
    """The text that ``json.dumps`` makes, sooner where it has an indent.

    Args:
        options: of ``json.dumps``.

    Raises:
        TypeError, ValueError: as ``json.dumps``.
    """
    indent = options.get("indent")
    level = " " * indent if isinstance(indent, int) else indent
    if isinstance(level, str) and not level.strip() and options.keys() <= _PLAIN:
        try:
            return _Indented(level, options).text(obj, "\n")
        except (_UnusualError, RecursionError):
            pass
    return json.dumps(obj, **options)


class _UnusualError(Exception):
    """The object has parts that only the library knows how to encode."""


class _Indented:
    """Encodes objects with an indent; the encoder in C knows none, but takes separators.

    Args:
        indent: blanks of one level.
        options: of ``json.dumps``.
    """

    def __init__(self, indent: str, options: dict[str, Any]) -> None:
        self._indent = indent
        self._options = {name: value for name, value in options.items() if name != "indent"}
        self._sorts = bool(options.get("sort_keys"))
        self._encoders: dict[str, Callable[[Any], str]] = {}

    def text(self, obj: Any, line: str) -> str:
        """The text of an object.

        Args:
            line: end of line, and the indent of the line on which the object begins.

        Raises:
            _UnusualError: see there.
        """
        kind = type(obj)
        if kind in _SCALARS:
            return self._flat(obj, line)
        if kind is dict:
            return self._dict(obj, line)
        if kind is list or kind is tuple:
            return self._list(obj, line)
        raise _UnusualError

    def _dict(self, obj: dict[Any, Any], line: str) -> str:
        if not _TEXT.issuperset(map(type, obj)):
            raise _UnusualError
        inner = line + self._indent
        if _SCALARS.issuperset(map(type, obj.values())):
            return self._framed(self._flat(obj, inner), line)
        items = sorted(obj.items()) if self._sorts else obj.items()
        texts = [f"{self._flat(key, line)}: {self.text(value, inner)}" for key, value in items]
        return f"{{{inner}{f',{inner}'.join(texts)}{line}}}"

    def _list(self, obj: list[Any] | tuple[Any, ...], line: str) -> str:
        inner = line + self._indent
        if _SCALARS.issuperset(map(type, obj)):
            return self._framed(self._flat(obj, inner), line)
        if obj and all(map(_is_record, obj)):
            return self._records(obj, line)
        texts = [self.text(value, inner) for value in obj]
        return f"[{inner}{f',{inner}'.join(texts)}{line}]"

    def _records(self, obj: list[Any] | tuple[Any, ...], line: str) -> str:
        """A list of records, as logs are, in one call of the encoder.

        Ends of lines stand for structure only, since those in texts are escaped.
        """
        inner = line + self._indent
        deep = inner + self._indent
        text = self._flat(obj, deep).replace(f"}},{deep}{{", f"{inner}}},{inner}{{{deep}")
        return f"[{inner}{{{deep}{text[2:-2]}{inner}}}{line}]"

    def _framed(self, text: str, line: str) -> str:
        """A dictionary or a list of scalars: its brackets get lines of their own."""
        if len(text) == 2:
            return text
        return f"{text[0]}{line}{self._indent}{text[1:-1]}{line}{text[-1]}"

    def _flat(self, obj: Any, line: str) -> str:
        encode = self._encoders.get(line)
        if encode is None:
            separators = (f",{line}", ": ")
            encode = json.JSONEncoder(separators=separators, **self._options).encode
            self._encoders[line] = encode
        return encode(obj)


def _is_record(obj: Any) -> bool:
    """Whether an object is a dictionary of scalars, and not empty."""
    return (
        type(obj) is dict
        and bool(obj)
        and _TEXT.issuperset(map(type, obj))
        and _SCALARS.issuperset(map(type, obj.values()))
    )
