"""A plugin, loaded by ``--plugin`` into both sides: keeps a file that says how far the run is."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any, Final

from ga_ooo.engine.ids import Step
from ga_ooo.hookspecs import hookimpl
from ga_ooo.lab.demo.progress import REPORT_VARIABLE, Meter
from ga_ooo.model.requests import ModelAnswer, ModelCall

_PAUSE: Final = 0.1
"""Seconds between two writes, so that watching costs the run nothing."""

_path: Final = Path(os.environ[REPORT_VARIABLE])
_meter: Final = Meter()
_written = 0.0


@hookimpl
def ga_ooo_call_started(call: ModelCall) -> None:
    """Count a call that goes out."""
    _meter.call_started()


@hookimpl
def ga_ooo_call_finished(call: ModelCall, answer: ModelAnswer) -> None:
    """Count an answer."""
    global _written
    _meter.call_finished()
    now = time.monotonic()
    if now - _written > _PAUSE:
        _written = now
        _meter.progress.write(_path)


@hookimpl
def ga_ooo_retired(step: Step, movements: dict[str, Any]) -> None:
    """Count a step; always written, so the last one is there when the run ends."""
    _meter.retired(movements)
    _meter.progress.write(_path)
