"""Writing memories: the same JSON text from json's fast encoder.

Source: ``AssociativeMemory.save``, which gives ``json.dump`` a file. That encodes piece by piece
in Python; ``json.dumps`` does it at once in C, twenty times as fast, and both give the same text.
A town with 1,536-wide embeddings saves forty million numbers.
"""

from __future__ import annotations

import json
from types import ModuleType
from typing import Any

from ga_ooo.reverie.importing import HostModules


class FastJson(ModuleType):
    """The ``json`` module with a ``dump`` that encodes at once."""

    def __init__(self) -> None:
        super().__init__("json", json.__doc__)

    def __getattr__(self, name: str) -> Any:
        return getattr(json, name)

    @staticmethod
    def dump(obj: Any, fp: Any, **options: Any) -> None:
        """See :func:`json.dump`."""
        fp.write(json.dumps(obj, **options))


def install(modules: HostModules) -> None:
    """Give the module of the associative memory this ``json``."""
    modules.associative_memory.json = FastJson()  # type: ignore[attr-defined] # the host's
