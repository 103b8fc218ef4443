"""Answers in the form of a JSON schema, as structured outputs of a server are.

The text that would answer the prompt without a schema fills the fields: its lines are the items of
a list, its numbers the numbers, its parts the texts. A list of objects with a time gets one object
for each hour of the day, or for each time that the prompt lists: a schedule.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from ga_ooo.scripted.choice import chance, pick, stable_hash

_NUMBER: Final = re.compile(r"-?\d+")
_BULLET: Final = re.compile(r"^\s*(?:\d+[.):]|[-*•])\s*")
_PARTS: Final = re.compile(r"\s*[|,;]\s*")
_YES_OR_NO: Final = re.compile(r"\b(?:(yes|true)|no|not|false)\b", re.IGNORECASE)
_TIME: Final = re.compile(r"\b\d{1,2}:\d\d(?: ?[AP]M)?", re.IGNORECASE)
_TIME_FIELD: Final = re.compile(r"time|hour", re.IGNORECASE)
_MOST_ITEMS: Final = 12
_LEAST_TIMES: Final = 3
"""A prompt that names so many times asks for a schedule."""

_MANY_TIMES: Final = 12
"""A prompt that names fewer times shows only the beginning and the end of the day."""

_HOURS: Final = tuple(
    f"{hour % 12 or 12:02}:00 {'AM' if hour < 12 else 'PM'}" for hour in range(24)
)

_NIGHT: Final = (*range(7), 22, 23)
_DAY: Final = ("having a meal", "working", "working on a task", "going for a walk", "reading")


def structured(text: str, schema: Mapping[str, Any], prompt: str, *seed: str) -> str:
    """JSON text of the form of a schema.

    Args:
        text: the answer without a schema.
        schema: JSON schema, with its definitions.
        prompt: the prompt.
        seed: further texts that decide about what the answer leaves open.
    """
    times = tuple(dict.fromkeys(_TIME.findall(prompt)))
    if _LEAST_TIMES <= len(times) < _MANY_TIMES:
        times = _HOURS
    value = _Filler(schema, (prompt, *seed), times).value(schema, _plain(text), ())
    return json.dumps(value, ensure_ascii=False)


def _plain(text: str) -> str:
    """The answer without the JSON object around it that prompts of the original ask for."""
    try:
        value = json.loads(text)
    except ValueError:
        return text.strip().strip('"')
    if isinstance(value, dict) and len(value) == 1:
        (value,) = value.values()
    return "\n".join(map(str, value)) if isinstance(value, list) else str(value)


class _Filler:
    """Fills one schema.

    Args:
        root: holds the definitions.
        seed: texts that decide about what the answer leaves open.
        times: that the prompt names.
    """

    def __init__(
        self, root: Mapping[str, Any], seed: tuple[str, ...], times: tuple[str, ...]
    ) -> None:
        self._root = root
        self._seed = seed
        self._times = times

    def value(self, schema: Mapping[str, Any], text: str, path: tuple[str, ...]) -> Any:
        """A value of the form of ``schema``, made of ``text``; ``path`` leads to it."""
        schema = self._resolved(schema)
        if "const" in schema:
            return schema["const"]
        if "enum" in schema:
            return self._option(schema["enum"], text, path)
        kind = schema.get("type")
        if kind == "object" or "properties" in schema:
            return self._object(schema.get("properties", {}), text, path)
        if kind == "array":
            return self._items(schema, text, path)
        if kind in ("integer", "number"):
            return self._number(schema, text, path)
        if kind == "boolean":
            said = _YES_OR_NO.search(text)
            return bool(said[1]) if said else chance(0.3, *self._seed, *path)
        return None if kind == "null" else text or "nothing"

    def _resolved(self, schema: Mapping[str, Any]) -> Mapping[str, Any]:
        while "$ref" in schema or "anyOf" in schema or "allOf" in schema:
            if "$ref" in schema:
                found: Any = self._root
                for name in schema["$ref"].removeprefix("#/").split("/"):
                    found = found[name]
                schema = found
            else:
                options = schema.get("anyOf") or schema["allOf"]
                schema = next((each for each in options if each.get("type") != "null"), options[0])
        return schema

    def _option(self, options: Sequence[Any], text: str, path: tuple[str, ...]) -> Any:
        named = [each for each in options if str(each).lower() in text.lower()]
        return named[0] if named else pick(options, *self._seed, *path)

    def _object(
        self, properties: Mapping[str, Mapping[str, Any]], text: str, path: tuple[str, ...]
    ) -> dict[str, Any]:
        texts = [
            name
            for name, each in properties.items()
            if self._resolved(each).get("type") == "string"
        ]
        parts = _PARTS.split(text.strip("()"))
        of_name = dict.fromkeys(properties, text)
        if 1 < len(texts) <= len(parts):
            of_name.update(zip(texts, parts, strict=False))
        return {
            name: self.value(each, of_name[name], (*path, name))
            for name, each in properties.items()
        }

    def _items(self, schema: Mapping[str, Any], text: str, path: tuple[str, ...]) -> list[Any]:
        items = schema.get("items", {"type": "string"})
        fields = list(self._resolved(items).get("properties", {}))
        time = next((name for name in fields if _TIME_FIELD.search(name)), None)
        if time is not None and len(self._times) >= _LEAST_TIMES:
            return [self._at(hour, items, time, path) for hour in range(len(self._times))]
        lines = [_BULLET.sub("", line).strip() for line in text.splitlines()]
        found = [line for line in lines if line] or [text]
        most = min(int(schema.get("maxItems", _MOST_ITEMS)), _MOST_ITEMS)
        least = int(schema.get("minItems", 1))
        found = [found[index % len(found)] for index in range(max(len(found), least))]
        return [
            self.value(items, line, (*path, str(index)))
            for index, line in enumerate(found[: max(most, least)])
        ]

    def _at(self, hour: int, items: Mapping[str, Any], time: str, path: tuple[str, ...]) -> Any:
        """One row of a schedule; ``time`` is the name of the field of its time."""
        text = "sleeping" if hour in _NIGHT else pick(_DAY, *self._seed, str(hour))
        row = self.value(items, text, (*path, str(hour)))
        return {**row, time: self._times[hour]}

    def _number(self, schema: Mapping[str, Any], text: str, path: tuple[str, ...]) -> int:
        found = _NUMBER.search(text)
        number = int(found[0]) if found else 1 + stable_hash(*self._seed, *path) % 9
        least, most = schema.get("minimum", number), schema.get("maximum", number)
        return max(int(least), min(int(most), number))
