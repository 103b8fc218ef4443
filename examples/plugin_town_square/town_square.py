"""An example plugin for ga_ooo. It adds a dependency rule and keeps a summary of the run.

The rule ``arena-margin:N`` is *reach* with a safety margin: people matter to each other N steps
sooner than the map says. Say your fork has a shout that carries further than sight, or you want
to see how much speed each step of caution costs: that is what to change. Any rule whose numbers
are at most those of reach is sound: it holds people longer than necessary, never too short.

The summary goes to the file that the environment variable TOWN_SQUARE_SUMMARY names, if it is
set. It is written anew at every step, so that it is right even after a kill -9.
"""

from __future__ import annotations

import json
import os
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np

from ga_ooo.engine.ids import NEVER, Row
from ga_ooo.engine.rules import DependencyRule
from ga_ooo.errors import UsageError
from ga_ooo.hookspecs import hookimpl
from ga_ooo.model.requests import ModelAnswer, ModelCall
from ga_ooo.town.reach import Reach


class ArenaMarginRule:
    """Reach, with everybody taken to be N moves nearer than they are."""

    def __init__(self, reach: Reach, margin: int) -> None:
        self.name = f"arena-margin:{margin}"
        self._reach = reach
        self._margin = margin
        self._rows: dict[int, Row] = {}

    def steps_to_matter(self, tile: int) -> Row:
        row = self._rows.get(tile)
        if row is None:
            moves = self._reach.to_sight(tile)
            nearer = np.maximum(moves, self._margin) - self._margin
            # Where there is no way, no margin makes one.
            row = self._rows[tile] = np.where(moves == NEVER, NEVER, nearer).astype(np.uint16)
        return row


@hookimpl
def ga_ooo_dependency_rule(spelling: str, reach: Reach) -> DependencyRule | None:
    name, _, margin = spelling.partition(":")
    if name != "arena-margin":
        return None  # not ours: ask the next plugin
    if not margin.isdigit():
        raise UsageError(f"rule '{spelling}' has no margin", "spell it arena-margin:STEPS")
    return ArenaMarginRule(reach, int(margin))


_calls: Counter[str] = Counter()
_committed: Counter[str] = Counter()
_retired = 0


@hookimpl
def ga_ooo_call_finished(call: ModelCall, answer: ModelAnswer) -> None:
    _calls[call.key.persona if call.key else "(outside of a step)"] += 1


@hookimpl
def ga_ooo_committed(persona: str, step: int) -> None:
    _committed[persona] += 1


@hookimpl
def ga_ooo_retired(step: int, movements: dict[str, Any]) -> None:
    global _retired
    _retired += 1
    target = os.environ.get("TOWN_SQUARE_SUMMARY")
    if target:
        summary = {
            "game_time": movements["meta"]["curr_time"],
            "steps_retired": _retired,
            "steps_committed": dict(_committed),
            "calls": dict(_calls),
        }
        aside = Path(f"{target}.tmp")
        aside.write_text(json.dumps(summary, indent=2) + "\n", "utf-8")
        aside.replace(target)
