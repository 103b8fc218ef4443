"""Small types of both packages that ask nothing."""

from __future__ import annotations

from typing import Any

from ga_ooo.host.sdks.replies import Reply


class AnyName:
    """An enumeration of settings that have no effect: each name is its own value.

    Args:
        name: of the enumeration.
    """

    def __init__(self, name: str) -> None:
        self._name = name

    def __getattr__(self, name: str) -> str:
        if name.startswith("_"):
            raise AttributeError(name)
        return name

    def __call__(self, value: Any) -> str:
        return str(value)


class Part(Reply):
    """A part of a content."""

    @classmethod
    def from_text(cls, text: str = "") -> Part:
        """A part that is a text."""
        return cls(text=text)
