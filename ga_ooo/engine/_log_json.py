"""States, stimuli and rows of a stimulus log as JSON values, and back."""

from __future__ import annotations

import zlib
from base64 import b64decode, b64encode
from collections.abc import Sequence
from typing import Any

import numpy as np

from ga_ooo.engine.hazards import Phase
from ga_ooo.engine.ids import NEVER, Row, TileIndex
from ga_ooo.engine.protocol import (
    Clear,
    Completed,
    Condition,
    Drain,
    EarlierCompleted,
    HandedOver,
    Hazard,
    Hold,
    Reached,
    Restarted,
    RunUntil,
    Stimulus,
    Waits,
)
from ga_ooo.engine.scheduler_state import SchedulerState


class RowTable:
    """Gives rows numbers, by their values at the tiles of a log."""

    def __init__(self, tiles: Sequence[TileIndex]) -> None:
        self._tiles = np.array(tiles, dtype=np.int64)
        self._numbers: dict[bytes, int] = {}

    def number(self, row: Row) -> int:
        """The number of a row; rows that are equal at all tiles of the log share one."""
        values = row[self._tiles].astype("<u2").tobytes()
        return self._numbers.setdefault(values, len(self._numbers))

    def packed(self) -> str:
        """The values of all rows in the order of their numbers, compressed."""
        return b64encode(zlib.compress(b"".join(self._numbers))).decode()


def unpacked_rows(packed: str, tiles: Sequence[TileIndex]) -> list[Row]:
    """The rows of a table, over all tile indexes up to the largest; :data:`NEVER` elsewhere.

    Raises:
        ValueError, zlib.error: this is no packed table.
    """
    values = np.frombuffer(zlib.decompress(b64decode(packed)), dtype="<u2")
    rows: list[Row] = []
    for at_tiles in values.reshape(-1, len(tiles)):
        row = np.full(max(tiles) + 1, NEVER, dtype=np.uint16)
        row[list(tiles)] = at_tiles
        rows.append(row)
    return rows


def state_to_json(state: SchedulerState, rows: RowTable) -> dict[str, Any]:
    """A state as JSON."""
    return {
        "horizon": state.horizon,
        "until": state.until,
        "commit_step": state.commit_step,
        "tile": state.tile,
        "next_tile": state.next_tile,
        "phase": [phase.name for phase in state.phase],
        "handed_over": list(state.handed_over.items()),
        "holds": [[persona, *hold] for persona, hold in state.holds.items()],
        "conditions": [
            [persona, condition_to_json(condition, rows)]
            for persona, condition in state.conditions.items()
        ],
    }


def state_from_json(value: dict[str, Any], rows: Sequence[Row]) -> SchedulerState:
    """The state that :func:`state_to_json` wrote."""
    return SchedulerState(
        horizon=value["horizon"],
        until=value["until"],
        commit_step=value["commit_step"],
        tile=value["tile"],
        next_tile=value["next_tile"],
        phase=[Phase[name] for name in value["phase"]],
        handed_over=dict(value["handed_over"]),
        holds={
            persona: Hold(Hazard(hazard), blocker, until)
            for persona, hazard, blocker, until in value["holds"]
        },
        conditions={
            persona: condition_from_json(condition, rows)
            for persona, condition in value["conditions"]
        },
    )


def stimulus_to_json(stimulus: Stimulus, rows: RowTable) -> list[Any]:
    """A stimulus as JSON: its name in words, then its values."""
    match stimulus:
        case RunUntil(step):
            return ["run until", step]
        case Drain():
            return ["drain"]
        case Completed(persona, next_tile):
            return ["completed", persona, next_tile]
        case Waits(persona, condition):
            return ["waits", persona, condition_to_json(condition, rows)]
        case HandedOver(persona, other):
            return ["handed over", persona, other]
        case Restarted(persona):
            return ["restarted", persona]


def stimulus_from_json(value: list[Any], rows: Sequence[Row]) -> Stimulus:
    """The stimulus that :func:`stimulus_to_json` wrote.

    Raises:
        ValueError: this is none.
    """
    match value:
        case ["run until", step]:
            return RunUntil(step)
        case ["drain"]:
            return Drain()
        case ["completed", persona, next_tile]:
            return Completed(persona, next_tile)
        case ["waits", persona, condition]:
            return Waits(persona, condition_from_json(condition, rows))
        case ["handed over", persona, other]:
            return HandedOver(persona, other)
        case ["restarted", persona]:
            return Restarted(persona)
    raise ValueError(f"{value} is not a stimulus")


def condition_to_json(condition: Condition, rows: RowTable) -> list[Any]:
    """A condition as JSON: its name in words, then its values, a row by its number."""
    match condition:
        case Clear(row, step, first):
            return ["clear", rows.number(row), step, first]
        case EarlierCompleted(row, step, before):
            return ["earlier completed", rows.number(row), step, before]
        case Reached(persona, step):
            return ["reached", persona, step]


def condition_from_json(value: list[Any], rows: Sequence[Row]) -> Condition:
    """The condition that :func:`condition_to_json` wrote.

    Raises:
        ValueError: this is none.
    """
    match value:
        case ["clear", row, step, first]:
            return Clear(rows[row], step, first)
        case ["earlier completed", row, step, before]:
            return EarlierCompleted(rows[row], step, before)
        case ["reached", persona, step]:
            return Reached(persona, step)
    raise ValueError(f"{value} is not a condition")
