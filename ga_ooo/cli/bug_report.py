"""The parts of a bug report. None holds a key, a prompt or an answer.

Of a traceback, the report keeps the lines that say where, and the type of the error: its message
and the lines of code below it may quote a prompt.
"""

from __future__ import annotations

import json
import platform
import re
import sys
from collections.abc import Iterator
from importlib.metadata import distributions
from pathlib import Path
from typing import Final

from ga_ooo._version import __version__
from ga_ooo.cli import doctor
from ga_ooo.disk import DISK, state_folder
from ga_ooo.errors import UsageError
from ga_ooo.host.durable.record import RECORD_FILE
from ga_ooo.host.imported.host_errors import HOST_ERROR_FILE
from ga_ooo.host.run.stimulus_file import STIMULUS_LOG_FILE

_MOST_LINES: Final = 2_000
"""Lines of a log that are kept, from its end: enough for the last minutes of a run."""

_WHERE: Final = re.compile(r'\s*File ".*", line \d+')
_ERROR: Final = re.compile(r"[\w.]*(?:Error|Exception|Interrupt|Exit|Warning)\b")


def parts_of_host(host: Path) -> Iterator[tuple[str, str]]:
    """Titles and texts of the parts that a checkout and this installation give."""
    lines = [
        f"ga_ooo {__version__}",
        f"Python {sys.version}",
        platform.platform(),
        *sorted({f"{each.name} {each.version}" for each in distributions()}, key=str.lower),
    ]
    yield "versions", "\n".join(lines)
    diagnosis = doctor.diagnose(host)
    yield "doctor", json.dumps(doctor.as_data(diagnosis), indent=2, ensure_ascii=False)
    yield from _traceback("traceback of ga_ooo", state_folder() / "unexpected_error.txt")


def parts_of_run(simulation: Path) -> Iterator[tuple[str, str]]:
    """Titles and texts of the parts that a simulation gives.

    Raises:
        UsageError: the folder holds no run.
    """
    record = simulation / RECORD_FILE
    if not DISK.is_file(record):
        raise UsageError(
            f"{simulation} holds no run of ga_ooo", "correct the name, or leave it out"
        )
    yield "run", DISK.read(record).decode(errors="replace")
    stimuli = simulation / STIMULUS_LOG_FILE
    if DISK.is_file(stimuli):
        lines = DISK.read(stimuli).decode(errors="replace").splitlines()
        yield "stimulus log", "\n".join(lines[-_MOST_LINES:])
    yield from _traceback("traceback of the host", simulation / HOST_ERROR_FILE)


def _traceback(title: str, path: Path) -> Iterator[tuple[str, str]]:
    """Where an error happened and its type, if there is such a file."""
    if not DISK.is_file(path):
        return
    kept = []
    for line in DISK.read(path).decode(errors="replace").splitlines():
        error = _ERROR.match(line)
        if _WHERE.match(line):
            kept.append(line)
        elif error is not None:
            kept.append(error[0])
    yield title, "\n".join(kept[-_MOST_LINES:])
