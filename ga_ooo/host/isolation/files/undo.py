"""What files were before the moves since the last checkpoint changed them."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ga_ooo.host.isolation.files import real


@dataclass(frozen=True, slots=True)
class Before:
    """A path as it was.

    Attributes:
        content: of a file; None for a folder, or where nothing lay.
        is_folder: a folder lay there.
        size: the file has only grown since; its first ``size`` bytes are what it was.
    """

    content: bytes | None = None
    is_folder: bool = False
    size: int | None = None


class UndoLog:
    """Puts back what changed since :meth:`forget` was called last."""

    def __init__(self) -> None:
        self._before: dict[str, Before] = {}
        self._steps: list[Callable[[], Any]] = []
        self._once: set[int] = set()

    def about_to_change(self, path: str, *, only_append: bool = False) -> None:
        """See :class:`~ga_ooo.host.isolation.files.overlay.BeforeChange`."""
        known = self._before.get(path)
        if known is None:
            self._before[path] = _look(path, only_append)
        elif known.size is not None and not only_append:
            self._before[path] = Before(real.read(path)[: known.size])

    def about_to_do(self, undo: Callable[[], Any], once: object = None) -> None:
        """Something besides files is about to change; ``undo`` puts it back.

        Args:
            once: if given, only the first change of this object counts.
        """
        if once is not None:
            if id(once) in self._once:
                return
            self._once.add(id(once))
        self._steps.append(undo)

    def forget(self) -> None:
        """A checkpoint holds everything as it is now."""
        self._before.clear()
        self._steps.clear()
        self._once.clear()

    def roll_back(self) -> None:
        """Put everything back, the last change first.

        Raises:
            OSError: the disk refuses.
        """
        for undo in reversed(self._steps):
            undo()
        for path, before in reversed(self._before.items()):
            put_back(path, before)
        self.forget()


def _look(path: str, only_append: bool) -> Before:
    if not real.exists(path):
        return Before()
    if real.is_folder(path):
        return Before(is_folder=True)
    if only_append:
        return Before(size=real.stat(path).st_size)
    return Before(real.read(path))


def put_back(path: str, before: Before) -> None:
    """Make a path what it was.

    Raises:
        OSError: the disk refuses.
    """
    if before.size is not None:
        real.truncate(path, before.size)
        return
    if before.is_folder:
        if not real.is_folder(path):
            real.mkdir(path)
        return
    if real.is_folder(path):
        # Nothing of it is older than the change that made it.
        shutil.rmtree(path)
    elif real.exists(path) and before.content is None:
        real.remove(path)
    if before.content is not None:
        real.write(path, before.content)
