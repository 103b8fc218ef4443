"""``logging`` in moves: a real move logs in order, a rehearsal not at all."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import Any, Final

from ga_ooo.host.isolation.effects import Effects, effects_here
from ga_ooo.host.isolation.files.overlay import BeforeChange
from ga_ooo.host.isolation.files.paths import resolve

_OWN: Final = "ga_ooo"

_call_handlers: Final = logging.Logger.callHandlers


def call_handlers(logger: logging.Logger, record: logging.LogRecord) -> None:
    """Stands in for ``logging.Logger.callHandlers``."""
    effects = None if logger.name.partition(".")[0] == _OWN else effects_here()
    if effects is None:
        _call_handlers(logger, record)
    elif not effects.is_rehearsed:
        _keep(effects, logger, record)


def _keep(effects: Effects, logger: logging.Logger, record: logging.LogRecord) -> None:
    # As it reads now: what it refers to may have changed when it is handled.
    record.msg, record.args = record.getMessage(), None
    if record.exc_info:
        record.exc_text = record.exc_text or logging.Formatter().formatException(record.exc_info)
        record.exc_info = None

    def handle(keep: BeforeChange) -> None:
        for handler in _handlers(logger):
            _note_file(handler, keep)
        _call_handlers(logger, record)

    effects.later.append(handle)


def _note_file(handler: Any, keep: BeforeChange) -> None:
    path = getattr(handler, "baseFilename", None)
    if path is None:
        return
    handler.flush()
    keep.about_to_change(resolve(path), only_append=True)


def _handlers(logger: logging.Logger) -> Iterator[logging.Handler]:
    above: logging.Logger | None = logger
    while above is not None:
        yield from above.handlers
        above = above.parent if above.propagate else None
