"""Answers in the form of a JSON schema, as structured outputs of a server are.

The text that would answer the prompt without a schema fills the fields: its lines are the items of
a list, its numbers the numbers, its parts the texts.
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
_MOST_ITEMS: Final = 12


def structured(text: str, schema: Mapping[str, Any], *seed: str) -> str:
    """JSON text of the form of a schema.

    Args:
        text: the answer without a schema.
        schema: JSON schema, with its definitions.
        seed: texts that decide about what the answer leaves open.
    """
    value = _Filler(schema, seed).value(schema, text.strip().strip('"'), ())
    return json.dumps(value, ensure_ascii=False)


class _Filler:
    """Fills one schema.

    Args:
        root: holds the definitions.
        seed: see :func:`structured`.
    """

    def __init__(self, root: Mapping[str, Any], seed: Sequence[str]) -> None:
        self._root = root
        self._seed = tuple(seed)

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
            said = text.lower()
            return "yes" in said or "true" in said or chance(0.3, *self._seed, *path)
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
        lines = [_BULLET.sub("", line).strip() for line in text.splitlines()]
        found = [line for line in lines if line] or [text]
        most = min(int(schema.get("maxItems", _MOST_ITEMS)), _MOST_ITEMS)
        least = int(schema.get("minItems", 1))
        found = [found[index % len(found)] for index in range(max(len(found), least))]
        items = schema.get("items", {"type": "string"})
        return [
            self.value(items, line, (*path, str(index)))
            for index, line in enumerate(found[: max(most, least)])
        ]

    def _number(self, schema: Mapping[str, Any], text: str, path: tuple[str, ...]) -> int:
        found = _NUMBER.search(text)
        number = int(found[0]) if found else 1 + stable_hash(*self._seed, *path) % 9
        least, most = schema.get("minimum", number), schema.get("maximum", number)
        return max(int(least), min(int(most), number))
