"""Whispers as they are kept: in the record of a run, and in a file that a user gives to a run."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Final

import msgspec
from msgspec import Meta

from ga_ooo.errors import UsageError

MOST_CHARACTERS: Final = 2000
"""Of one whisper, as for a line that somebody types."""

_FORM: Final = (
    'write a JSON list such as [{"step": 360, "persona": "Isabella Rodriguez", "text": "..."}], or '
    "name SIM/ga_ooo/run.json of a run that got whispers"
)


class Whisper(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A text that becomes a thought of a persona (host: ``load_history_via_whisper``).

    Attributes:
        step: given when all personas have taken the steps before this one, and none has begun it.
        persona: its name.
        text: what is whispered.
    """

    step: Annotated[int, Meta(ge=0, le=10**9)]
    persona: Annotated[str, Meta(min_length=1, max_length=200)]
    text: Annotated[str, Meta(min_length=1, max_length=MOST_CHARACTERS)]


class _Record(msgspec.Struct):
    """The record of a run, without its other fields."""

    whispers: tuple[Whisper, ...] = ()


def read_whispers(path: Path) -> tuple[Whisper, ...]:
    """The whispers of a file, by step: a list of them, or the record of a run.

    Raises:
        UsageError: the file cannot be read, or has another form.
    """
    try:
        values: Any = msgspec.json.decode(path.read_bytes())
        if isinstance(values, dict):
            found = msgspec.convert(values, _Record).whispers
        else:
            found = msgspec.convert(values, tuple[Whisper, ...])
    except (OSError, ValueError, RecursionError) as error:
        raise UsageError(f"the whispers in {path} cannot be read: {error}", _FORM) from error
    return tuple(sorted(found, key=lambda whisper: whisper.step))
