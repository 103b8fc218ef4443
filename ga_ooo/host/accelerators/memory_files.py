"""Writing memories: the same JSON text from json's fast encoder.

Source: ``AssociativeMemory.save``, which gives ``json.dump`` a file. That encodes piece by piece
in Python; ``json.dumps`` does it at once in C, twenty times as fast, and both give the same text.
A town with 1,536-wide embeddings saves forty million numbers.
"""

from __future__ import annotations

import json
from json.encoder import encode_basestring_ascii as _quoted
from types import ModuleType
from typing import Any

import numpy as np

from ga_ooo.host.floats import doubles_of
from ga_ooo.host.imported.modules import HostModules


class FastJson(ModuleType):
    """The ``json`` module with a ``dump`` that encodes at once."""

    def __init__(self) -> None:
        super().__init__("json", json.__doc__)

    def __getattr__(self, name: str) -> Any:
        return getattr(json, name)

    @staticmethod
    def dump(obj: Any, fp: Any, **options: Any) -> None:
        """See :func:`json.dump`."""
        text = None if options else _vectors_text(obj)
        fp.write(json.dumps(obj, **options) if text is None else text)


def _vectors_text(vectors: Any) -> str | None:
    """JSON of texts to lists of finite floats, by Python's text of each list, which is the same and
    takes half the time; None for anything else."""
    if type(vectors) is not dict:
        return None
    items = []
    for key, vector in vectors.items():
        doubles = doubles_of(vector) if type(vector) is list else None
        if type(key) is not str or not doubles:
            return None
        text = _vector_text(vector, doubles)
        if "n" in text:
            # Of nan or inf, which JSON spells otherwise.
            return None
        items.append(f"{_quoted(key)}: {text}")
    return "{" + ", ".join(items) + "}"


def _vector_text(vector: list[float], doubles: bytes) -> str:
    """What ``repr`` gives. Of vectors that are mostly zero, as the scripted model's are, only the
    other numbers are spelled out."""
    others = np.frombuffer(doubles, np.uint64).nonzero()[0].tolist()
    if len(others) > len(vector) // 2:
        return repr(vector)
    texts = ["0.0"] * len(vector)
    for place in others:
        texts[place] = repr(vector[place])
    return "[" + ", ".join(texts) + "]"


def install(modules: HostModules) -> None:
    """Give the module of the associative memory this ``json``."""
    modules.associative_memory.json = FastJson()  # type: ignore[attr-defined] # the host's
