"""The file in which a simulation keeps what its run has cost: ``SIM/ga_ooo/cost.json``.

The file has a fixed size and is written over in place, with one write for each change. So a process
that is killed at any moment leaves the last sum, and no call is forgotten.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Final

import msgspec
from msgspec import Meta

from ga_ooo.disk import OWN_FOLDER
from ga_ooo.errors import UsageError

_FILE: Final = f"{OWN_FOLDER}/cost.json"
_BYTES: Final = 1024
_OWNER_ONLY: Final = 0o600

Amount = Annotated[float, Meta(ge=0, le=1e15)]
Count = Annotated[int, Meta(ge=0, le=10**18)]


class Spent(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a run has cost.

    Attributes:
        currency: of the amounts.
        amount: for answers, and for hours of servers.
        uncertain: the highest cost of calls that were asked and have no answer: those in flight,
            and those that were cut off when a process ended.
        calls: answers that were paid for.
        tokens_in, tokens_out: of these answers.
        cached: those of ``tokens_in`` that the server has found in its cache.
        server_seconds: time of all model servers together.
    """

    currency: Annotated[str, Meta(min_length=1, max_length=8)]
    amount: Amount = 0.0
    uncertain: Amount = 0.0
    calls: Count = 0
    tokens_in: Count = 0
    tokens_out: Count = 0
    cached: Count = 0
    server_seconds: Amount = 0.0


class SpentFile:
    """The file of a run, open for writing.

    Args:
        simulation: its folder.

    Raises:
        OSError: the file cannot be made.
    """

    def __init__(self, simulation: Path) -> None:
        path = simulation / _FILE
        path.parent.mkdir(mode=0o700, exist_ok=True)
        flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW
        self._file = os.open(path, flags, _OWNER_ONLY)

    def write(self, spent: Spent) -> None:
        """Write the sum over the last one.

        Raises:
            OSError: the file cannot be written.
        """
        os.pwrite(self._file, msgspec.json.encode(spent).ljust(_BYTES), 0)

    def close(self) -> None:
        """Close the file. A second call does nothing."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1


def read_spent(simulation: Path) -> Spent | None:
    """What the run of a simulation has cost so far; None if this is not known.

    Raises:
        UsageError: the file is damaged, or cannot be read.
    """
    path = simulation / _FILE
    try:
        content = path.read_bytes()
        # A process that was killed before its first write leaves an empty file.
        return msgspec.json.decode(content, type=Spent) if content else None
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise UsageError(
            f"{path} cannot be read: {error}",
            "restore it from a copy; or remove it, and the cost counts from 0 again",
        ) from error
