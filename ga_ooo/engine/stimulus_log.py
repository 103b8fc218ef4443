"""The stimulus log: the last stimuli of a scheduler as text, and the scheduler rebuilt from it.

A bug report that contains this text is enough to rebuild the state in which a run ended: no map,
host, rule or model is needed. The text has one JSON value per line: a header, the state before the
first stimulus, then one stimulus per line. A text that is cut after any stimulus is again a log, of
the state at that moment.

The rows of a log are right at those tiles only on which somebody was. A scheduler reads no others.
"""

from __future__ import annotations

import json
import zlib
from typing import Final

from ga_ooo.engine._log_json import (
    RowTable,
    state_from_json,
    state_to_json,
    stimulus_from_json,
    stimulus_to_json,
    unpacked_rows,
)
from ga_ooo.engine.ids import Row, TileIndex
from ga_ooo.engine.protocol import Completed
from ga_ooo.engine.scheduler import Scheduler
from ga_ooo.errors import UsageError

_FORMAT: Final = "ga_ooo stimulus log 1"


def as_text(scheduler: Scheduler) -> str:
    """The log of a scheduler, up to its state now."""
    start, stimuli = scheduler.recent.start, list(scheduler.recent)
    next_tiles = (s.next_tile for s in stimuli if isinstance(s, Completed))
    tiles = sorted({*start.tile, *start.next_tile, *next_tiles})
    rows = RowTable(tiles)
    numbers = [rows.number(scheduler.rule.steps_to_matter(tile)) for tile in tiles]
    state = state_to_json(start, rows)
    changes = [stimulus_to_json(stimulus, rows) for stimulus in stimuli]
    header = {
        "format": _FORMAT,
        "rule": scheduler.rule.name,
        "window": scheduler.window,
        "names": scheduler.story.names,
        "tiles": tiles,
        "row_of_tile": numbers,
        "rows": rows.packed(),
    }
    return "".join(json.dumps(line, default=int) + "\n" for line in (header, state, *changes))


def rebuild(text: str) -> Scheduler:
    """The scheduler of a log, in the state in which the log was written.

    Its story begins with the first stimulus of the log. It accepts further stimuli, as long as
    they lead to tiles that occur in the log.

    Raises:
        UsageError: the text is not a stimulus log of this version.
        ValueError: the last stimulus contradicts the state, as it did in the run.
    """
    try:
        header, state, *stimuli = map(json.loads, text.splitlines())
        if header["format"] != _FORMAT:
            raise ValueError(f"its format is {header['format']}")
        tiles = header["tiles"]
        rows = unpacked_rows(header["rows"], tiles)
        known = {
            tile: rows[number] for tile, number in zip(tiles, header["row_of_tile"], strict=True)
        }
        start = state_from_json(state, rows)
        parsed = [stimulus_from_json(stimulus, rows) for stimulus in stimuli]
        names, window = header["names"], header["window"]
        rule = RecordedRule(header["rule"], known)
    except (ValueError, KeyError, TypeError, IndexError, zlib.error) as error:
        raise UsageError(
            f"this text is not a stimulus log: {type(error).__name__}: {error}",
            f"give the whole text of a log whose format is '{_FORMAT}'",
        ) from error
    scheduler = Scheduler.restored(names, start, rule, window)
    for stimulus in parsed:
        scheduler.handle(stimulus)
    return scheduler


class RecordedRule:
    """The dependency rule of a run, for the tiles that occur in its stimulus log.

    Args:
        name: of the rule.
        rows: the row of each of these tiles.
    """

    def __init__(self, name: str, rows: dict[TileIndex, Row]) -> None:
        self.name = name
        self._rows = rows

    def steps_to_matter(self, tile: TileIndex) -> Row:
        """See :class:`~ga_ooo.engine.rules.DependencyRule`."""
        if tile not in self._rows:
            raise ValueError(f"tile {tile} does not occur in this stimulus log")
        return self._rows[tile]
