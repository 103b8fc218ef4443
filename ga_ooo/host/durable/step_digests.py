"""Short digests of the step files of a run, so that damage to any of them is found and named.

Each checkpoint holds those of all steps before it: 8 bytes for a step, so 69 KB for a game day.
They are for damage by accident; 4 bytes miss one damaged file in four thousand million.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from ga_ooo.disk import OWN_FOLDER, Disk

DIGESTS_FILE: Final = f"{OWN_FOLDER}/steps.digests"
_SIZE: Final = 4
_STEP_SIZE: Final = 2 * _SIZE


class StepDigests:
    """Digests of the first environment file, and of the two files of each step after it.

    Args:
        first: the first step of the run.
        content: of :data:`DIGESTS_FILE`.

    Raises:
        ValueError: the content has a wrong length.
    """

    def __init__(self, first: int, content: bytes) -> None:
        if len(content) < _SIZE or (len(content) - _SIZE) % _STEP_SIZE:
            raise ValueError(f"{len(content)} bytes are no digests of steps")
        self._first = first
        self._content = bytearray(content)

    @classmethod
    def begin(cls, simulation: Path, first: int, disk: Disk) -> StepDigests:
        """The digests of a run that has taken no step.

        Raises:
            OSError: the first environment file cannot be read.
        """
        return cls(first, _short(disk.read(simulation / _environment(first))))

    @classmethod
    def read(cls, checkpoint: Path, first: int, step: int, disk: Disk) -> StepDigests:
        """The digests in the checkpoint of ``step``.

        Raises:
            OSError: they cannot be read.
            ValueError: they are not of this step.
        """
        found = cls(first, disk.read(checkpoint / DIGESTS_FILE))
        if found.end != step:
            raise ValueError(f"the digests end at step {found.end}, not {step}")
        return found

    @property
    def end(self) -> int:
        """The step after the last one."""
        return self._first + (len(self._content) - _SIZE) // _STEP_SIZE

    def add(self, step: int, movement: bytes, environment: bytes) -> None:
        """Note the contents of the two files of a step: ``movement/{step}.json`` and
        ``environment/{step + 1}.json``. Steps are added in order."""
        assert step == self.end, f"step {step} after {self.end}"
        self._content += _short(movement) + _short(environment)

    def until(self, step: int) -> bytes:
        """The content of :data:`DIGESTS_FILE` in the checkpoint of ``step``."""
        return bytes(self._content[: _SIZE + _STEP_SIZE * (step - self._first)])

    def damaged(self, simulation: Path, disk: Disk) -> Iterator[str]:
        """Names of the step files that are missing or have another content, in order of steps."""
        names = [_environment(self._first)]
        for step in range(self._first, self.end):
            names += [f"movement/{step}.json", _environment(step + 1)]
        for number, name in enumerate(names):
            noted = self._content[number * _SIZE : (number + 1) * _SIZE]
            try:
                if _short(disk.read(simulation / name)) != noted:
                    yield name
            except OSError:
                yield name


def _environment(step: int) -> str:
    return f"environment/{step}.json"


def _short(content: bytes) -> bytes:
    return hashlib.blake2b(content, digest_size=_SIZE).digest()
