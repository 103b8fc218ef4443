"""Replacing the names of people and places in texts and in JSON values."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

from ga_ooo.host.large_town.new_names import NewNames

_NAME_KEYS: Final = ("first_name", "last_name")


class Renaming:
    """The new names of one further town, for all texts that name its people and places.

    Replaced are full names, first names, a last name in front of ``family`` or ``'s``, and the
    names of sectors. A sector whose name holds the name of a person changes with that name; any
    other has the name of the town behind its own. A last name that stands alone is left, because
    many last names are ordinary words (a park, a smith).

    Args:
        names: the new names.
        world: name of the world of the map, which stays.
        sectors: names of the sectors of the map.
        taken: names of sectors in the towns before; this town adds its own.
    """

    def __init__(
        self, names: NewNames, world: str, sectors: Iterable[str], taken: set[str]
    ) -> None:
        self._names = names
        self._world = world
        self._known: dict[str, str] = {}
        people = _Substitution(names, world, {})
        self._sectors: dict[str, str] = {}
        for sector in sectors:
            new = people.text(sector)
            if new == sector or new in taken:
                new = f"{new} {names.town}"
            self._sectors[sector] = new
            taken.add(new)
        self._everything = _Substitution(names, world, self._sectors)

    def person(self, name: str) -> str:
        """The new name of a person."""
        return self._names.full[name]

    def text(self, text: str) -> str:
        """A text with the new names."""
        known = self._known.get(text)
        if known is None:
            known = self._known[text] = self._everything.text(text)
        return known

    def cell(self, cell: str) -> str:
        """The name of a sector or an arena."""
        return self._sectors.get(cell) or self.text(cell)

    def value(self, value: Any) -> Any:
        """A JSON value with the new names in all its texts and keys."""
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, list):
            if value and isinstance(value[0], float):
                # An embedding.
                return value
            return [self.value(item) for item in value]
        if isinstance(value, dict):
            return {self.text(key): self._item(key, item) for key, item in value.items()}
        return value

    def spatial_memory(self, memory: Mapping[str, Any]) -> dict[str, Any]:
        """The places that a person knows: world, sectors, arenas, objects."""
        return {
            world: {self.cell(sector): self.value(arenas) for sector, arenas in sectors.items()}
            if world == self._world and isinstance(sectors, dict)
            else self.value(sectors)
            for world, sectors in memory.items()
        }

    def keyword_strengths(
        self, strengths: Mapping[str, Any], nodes: Mapping[str, Any]
    ) -> dict[str, Any]:
        """Strengths by keyword. The host counts each keyword of a memory in small letters.

        Args:
            strengths: for events and for thoughts, a number for each keyword.
            nodes: the memories, which have their keywords as they were written.
        """
        written = {word.lower(): word for node in nodes.values() for word in node["keywords"]}
        return {
            kind: {
                self.text(written.get(word, word)).lower(): count for word, count in counts.items()
            }
            for kind, counts in strengths.items()
        }

    def _item(self, key: str, item: Any) -> Any:
        if key in _NAME_KEYS and isinstance(item, str):
            known = self._names.first if key == _NAME_KEYS[0] else self._names.last
            return known.get(item) or self.text(item)
        return self.value(item)


class _Substitution:
    """One regular expression for all names: no new name is taken for an old one.

    Args:
        names: of people.
        world: name of the world.
        sectors: the new name of each sector.
    """

    def __init__(self, names: NewNames, world: str, sectors: Mapping[str, str]) -> None:
        # The name of a sector may be an ordinary word, which means other things outside addresses.
        in_prose = {old: new for old, new in sectors.items() if " " in old or old != old.lower()}
        self._sectors = sectors
        self._last = names.last
        self._words = {**names.first, **names.full, **in_prose}
        self._small = {old.lower(): new.lower() for old, new in self._words.items()}
        parts = [_word(name) for name in _longest_first(self._words)]
        if sectors:
            inner = "|".join(map(re.escape, _longest_first(sectors)))
            before = re.escape(f"{world}:")
            parts.insert(0, rf"(?<={before})(?P<sector>{inner})(?=:|$)")
        if names.last:
            inner = "|".join(map(re.escape, _longest_first(names.last)))
            parts.append(rf"\b(?P<last>{inner})(?= family|'s)")
        self._pattern = re.compile("|".join(parts))

    def text(self, text: str) -> str:
        return self._pattern.sub(self._new, text)

    def _new(self, match: re.Match[str]) -> str:
        old = match.group()
        if match.lastgroup == "sector":
            return self._sectors[old]
        if match.lastgroup == "last":
            return self._last[old]
        if old == old.lower() and old not in self._words:
            return self._small[old]
        return self._words.get(old) or next(
            new for known, new in self._words.items() if known.lower() == old.lower()
        )


def _longest_first(names: Iterable[str]) -> list[str]:
    return sorted(names, key=len, reverse=True)


def _word(name: str) -> str:
    """A pattern for a name as a whole word. Names of several words are found in small letters too,
    as the host writes its keywords; scripts without blanks have no bounds between words."""
    inner = f"(?i:{re.escape(name)})" if " " in name else re.escape(name)
    before = r"(?<!\w)" if name[0].isascii() else ""
    after = r"(?!\w)" if name[-1].isascii() else ""
    return f"{before}{inner}{after}"
