"""Where in the host's code a call comes from: the host's functions on the stack.

Functions are recognised by their file, so the number of our own functions between host code and
the caller does not matter.
"""

from __future__ import annotations

import sys
from functools import lru_cache
from pathlib import Path
from types import CodeType, FrameType
from typing import Final

_PACKAGE: Final = Path(__file__).parents[2]
_SHIPPED_HOST: Final = _PACKAGE / "_data"

_MOVE: Final = "move"
"""The host's ``Persona.move``, where every call of a move begins."""

_STAGES: Final = "cognitive_modules"
"""Folder of the host's modules that a move is made of."""


def call_site() -> str:
    """The functions below ``Persona.move`` down to the one that asks, such as
    ``perceive>generate_poig_score>run_gpt_prompt_event_poignancy``."""
    names = [code.co_name for code in _asking()]
    return ">".join(reversed(names))


def call_stage() -> str:
    """The host's modules of these functions, outermost first, such as ``plan.converse.retrieve``;
    ``other`` if none of them is one of a move's stages."""
    stages: list[str] = []
    for code in _asking():
        stage = _stage_of(code.co_filename)
        if stage and (not stages or stages[-1] != stage):
            stages.append(stage)
    return ".".join(reversed(stages)) or "other"


def asking_line() -> str:
    """File and line of the innermost code on the stack that is not ours."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None and _is_own(frame.f_code.co_filename):
        frame = frame.f_back
    return (
        "at an unknown line"
        if frame is None
        else f"{frame.f_code.co_filename}, line {frame.f_lineno}"
    )


def _asking() -> list[CodeType]:
    """The functions on the stack from the innermost one that is not ours up to ``Persona.move``.
    An accelerator that is called by host code and calls host code counts as host code."""
    # One loop and no generator: a run asks this tens of thousands of times, ten functions deep.
    found: list[CodeType] = []
    frame: FrameType | None = sys._getframe(1)
    while frame is not None and _is_own(frame.f_code.co_filename):
        frame = frame.f_back
    while frame is not None and frame.f_code.co_name != _MOVE:
        found.append(frame.f_code)
        frame = frame.f_back
    return found


@lru_cache
def _is_own(file: str) -> bool:
    path = Path(file)
    return path.is_relative_to(_PACKAGE) and not path.is_relative_to(_SHIPPED_HOST)


@lru_cache
def _stage_of(file: str) -> str | None:
    path = Path(file)
    return path.stem if path.parent.name == _STAGES else None
