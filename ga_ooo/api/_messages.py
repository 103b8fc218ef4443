"""What the process of a run sends to the process that started it."""

from __future__ import annotations

import importlib
import sys
from dataclasses import dataclass
from typing import Any

from ga_ooo.errors import GaOooError, RunStoppedError


@dataclass(frozen=True)
class Failure:
    """An error as plain values: its class may exist in one of the processes only.

    Attributes:
        classes: module and name of its class and of the base classes, the class first.
        values: those of its attributes that are plain values.
    """

    classes: tuple[tuple[str, str], ...]
    values: dict[str, Any]

    @classmethod
    def of(cls, error: GaOooError) -> Failure:
        """An error, to be sent."""
        classes = tuple((kind.__module__, kind.__qualname__) for kind in type(error).__mro__)
        return cls(classes, {name: v for name, v in vars(error).items() if _is_plain(v)})

    def error(self) -> GaOooError:
        """The error again, of the nearest class that exists in this process."""
        kind = next(filter(None, (_class(*names) for names in self.classes)), RunStoppedError)
        error = kind.__new__(kind)
        GaOooError.__init__(error, self.values["problem"], self.values["remedy"])
        vars(error).update(self.values)
        return error


def _class(module: str, name: str) -> type[GaOooError] | None:
    """A class of errors; modules of others count only if they are imported already."""
    if module.split(".")[0] == "ga_ooo":
        importlib.import_module(module)
    found = getattr(sys.modules.get(module), name, None)
    return found if isinstance(found, type) and issubclass(found, GaOooError) else None


def _is_plain(value: Any) -> bool:
    if isinstance(value, list | tuple):
        return all(map(_is_plain, value))
    if isinstance(value, dict):
        return all(_is_plain(item) for pair in value.items() for item in pair)
    return value is None or type(value) in (str, int, float, bool)
