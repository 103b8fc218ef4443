"""A plugin that both sides load by ``--plugin``: it keeps a file with the progress of the run."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any, Final

from ga_ooo.engine.ids import Step
from ga_ooo.hookspecs import hookimpl
from ga_ooo.lab.demo.progress import REPORT_VARIABLE, ProgressMeter
from ga_ooo.model.requests import ModelAnswer, ModelCall

_PAUSE: Final = 0.1
"""Seconds between two writes, so that the file costs the run next to nothing."""

_path: Final = Path(os.environ[REPORT_VARIABLE])
_meter: Final = ProgressMeter()
_written = 0.0


@hookimpl
def ga_ooo_call_started(call: ModelCall) -> None:
    """Count a call that is asked."""
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
    """Count a step. Its progress is always written, so that the file is complete at the end."""
    _meter.retired(movements)
    _meter.progress.write(_path)
