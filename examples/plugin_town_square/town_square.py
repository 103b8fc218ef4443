"""An example plugin for ga_ooo. It adds a dependency rule and keeps a summary of the run.

The rule ``arena-margin:N`` is *reach* with a safety margin: two personas can affect each other N
steps sooner than the map says. Start from it if a shout in your fork carries further than sight, or
if you want to measure how much speed each step of caution costs. A rule is sound if its numbers are
at most those of reach: then it holds personas longer than necessary, and never too short.

The summary goes to the file that the environment variable TOWN_SQUARE_SUMMARY names, if it is set.
It is written again at every step, so it is correct even after a kill -9.
"""

from __future__ import annotations

import json
import os
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np

from ga_ooo import UsageError, hookimpl
from ga_ooo.hooks import NEVER, DependencyRule, ModelAnswer, ModelCall, Reach, Row


class ArenaMarginRule:
    """Reach, as if all personas were N moves nearer than they are."""

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
            # A margin makes no way where there is none.
            row = self._rows[tile] = np.where(moves == NEVER, NEVER, nearer).astype(np.uint16)
        return row


@hookimpl
def ga_ooo_dependency_rule(spelling: str, reach: Reach) -> DependencyRule | None:
    name, _, margin = spelling.partition(":")
    if name != "arena-margin":
        return None  # another plugin may know it
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
