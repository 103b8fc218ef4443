"""``last_accessed`` of memory nodes, kept apart for rehearsals.

A rehearsal shares its memory nodes with the real persona. Retrieval (``new_retrieve``) writes one
attribute of them, ``last_accessed``, and the host changes no other attribute of a node.
"""

from __future__ import annotations

from collections.abc import Callable
from operator import attrgetter
from typing import Any, TypeAlias

from ga_ooo.engine.loop.fibers import current_move

Accesses: TypeAlias = dict[int, tuple[Any, Any]]
"""Access times of one rehearsal, by the ``id`` of the node: the node, and its access time in the
world that is hidden at present (the real one, or that of the rehearsal)."""

_STORED = "_last_accessed"


class AccessTimes:
    """Keeps the access times that rehearsals write apart from the real ones.

    Args:
        node_class: the host's ``ConceptNode``. No instance of it may exist yet.

    Attributes:
        on_write: called with each node whose real access time changes; None if nobody asks.
    """

    def __init__(self, node_class: Any) -> None:
        self.on_write: Callable[[Any], None] | None = None
        self._shown: Accesses | None = None
        node_class.last_accessed = property(attrgetter(_STORED), self._write)

    def show(self, accesses: Accesses) -> None:
        """Show the access times of a rehearsal, until :meth:`hide`."""
        self._shown = accesses
        _swap(accesses)

    def hide(self) -> None:
        """Show the real access times again."""
        assert self._shown is not None
        _swap(self._shown)
        self._shown = None

    def _write(self, node: Any, value: Any) -> None:
        fields = vars(node)
        if _STORED in fields:
            if self._shown is None:
                _notify_first_access()
                if self.on_write is not None:
                    self.on_write(node)
            elif id(node) not in self._shown:
                self._shown[id(node)] = (node, fields[_STORED])
        fields[_STORED] = value


def _notify_first_access() -> None:
    move = current_move()
    if move is not None and move.on_first_access is not None:
        notify, move.on_first_access = move.on_first_access, None
        notify()


def _swap(accesses: Accesses) -> None:
    for key, (node, hidden) in accesses.items():
        fields: dict[str, Any] = node.__dict__
        accesses[key] = (node, fields[_STORED])
        fields[_STORED] = hidden
