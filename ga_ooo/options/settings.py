"""Values from several sources: each source goes over the ones before it, all over the defaults."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, TypeVar

from ga_ooo.errors import UsageError
from ga_ooo.options.all import Options
from ga_ooo.options.declare import Declaration, all_declarations, declarations, nested_in
from ga_ooo.options.kinds import plain

T = TypeVar("T")

_HIDES: Final = {each.id: each.hides for each in all_declarations(Options)}


@dataclass(frozen=True)
class Settings:
    """The values that are given; all others have their defaults.

    Attributes:
        values: by id, such as ``run.seed``.
        origins: the name of the source of each value, by id.
    """

    values: Mapping[str, Any] = field(default_factory=dict)
    origins: Mapping[str, str] = field(default_factory=dict)

    def over(self, source: str, values: Mapping[str, Any]) -> Settings:
        """These settings with the values of a stronger source."""
        hidden = {weaker for id in values for weaker in _HIDES.get(id, ())} - set(values)
        kept = {id: value for id, value in self.values.items() if id not in hidden}
        origins = {id: self.origins[id] for id in kept}
        return Settings({**kept, **values}, {**origins, **dict.fromkeys(values, source)})

    def make(self, kind: type[T]) -> T:
        """Options or arguments of this class.

        Raises:
            UsageError: values contradict each other.
        """
        return _make(kind, self.values)


def _make(kind: type[T], values: Mapping[str, Any]) -> T:
    arguments = {each.name: values[each.id] for each in declarations(kind) if each.id in values}
    arguments |= {name: _make(inner, values) for name, inner, _ in nested_in(kind)}
    return kind(**arguments)


def values_in(options: Any) -> dict[str, Any]:
    """All values of an object and of those nested in it, by id."""
    values = {each.id: getattr(options, each.name) for each in declarations(type(options))}
    for name, _, _ in nested_in(type(options)):
        values |= values_in(getattr(options, name))
    return values


def changed_values(options: Any) -> dict[str, Any]:
    """The values that are not the defaults, by id."""
    defaults = {each.id: each.default for each in all_declarations(type(options))}
    return {id: value for id, value in values_in(options).items() if value != defaults[id]}


def flags_for(options: Any, only: Collection[str] | None = None) -> list[str]:
    """The flags of ``ga-ooo run`` that give these options, as far as they are not the defaults.

    Args:
        only: ids of the options that are wanted; None: all.
    """
    changed = changed_values(options)
    return [
        text
        for each in all_declarations(type(options))
        if each.id in changed and each.flag.startswith("--") and (only is None or each.id in only)
        for text in _flag(each, changed[each.id])
    ]


def _flag(option: Declaration, value: Any) -> list[str]:
    if isinstance(value, bool):
        is_given = value or option.flag.startswith("--no-")
        return [option.flag if is_given else option.flag.replace("--", "--no-", 1)]
    if option.kind.repeats:
        return [f"{option.flag}={item}" for item in value]
    text = ":".join(map(str, value)) if isinstance(value, tuple) else str(value)
    return [f"{option.flag}={text}"]


def notes_of(values: Mapping[str, Any], declarations: Mapping[str, Declaration]) -> dict[str, Any]:
    """The values that a resumed run takes over, for JSON.

    Args:
        declarations: by id.
    """
    return {
        # The working folder may be another one then.
        id: plain(value.absolute() if isinstance(value, Path) else value)
        for id, value in values.items()
        if declarations[id].resumed
    }


def values_of(notes: Mapping[str, Any], declarations: Mapping[str, Declaration]) -> dict[str, Any]:
    """The values that :func:`notes_of` has noted.

    Raises:
        UsageError: another version of this package noted them.
    """
    for id in notes:
        if id not in declarations:
            raise UsageError(
                f"the run began with the option {id}, which does not exist in this version",
                "resume with the version of ga-ooo that began the run",
            )
    return {id: declarations[id].read(value, id) for id, value in notes.items()}
