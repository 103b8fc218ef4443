"""Holds, looked up from either side, and the notification of their changes."""

from __future__ import annotations

from ga_ooo.engine.holds import Holds
from ga_ooo.engine.protocol import Hazard, Hold


def test_changes_are_notified_once() -> None:
    changes: list[tuple[int, Hold | None]] = []
    holds = Holds(3)
    holds.changed = lambda persona, hold: changes.append((persona, hold))
    lag, window = Hold(Hazard.LAG, 1, 7), Hold(Hazard.WINDOW, 2, 8)
    holds.replace(0, lag)
    holds.replace(0, lag)
    assert holds.held_by(1) == [0]
    holds.replace(0, window)
    assert (holds.held_by(1), holds.at_window()) == ([], [0])
    holds.release(0)
    holds.release(0)
    assert (dict(holds), holds.at_window()) == ({}, [])
    assert changes == [(0, lag), (0, window), (0, None)]
