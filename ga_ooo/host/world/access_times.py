"""``last_accessed`` of memory nodes, the one thing that retrieval writes to nodes that rehearsals
share with real personas (``new_retrieve``)."""

from __future__ import annotations

from operator import attrgetter
from typing import Any, TypeAlias

from ga_ooo.engine.loop.fibers import current_move

Accesses: TypeAlias = dict[int, tuple[Any, Any]]
"""By ``id`` of a node: the node, and its access time in the world that is not showing now."""

_KEPT = "_last_accessed"


class AccessTimes:
    """Keeps the access times that rehearsals write apart from the real ones.

    Args:
        node_class: the host's ``ConceptNode``; must have no instances yet.
    """

    def __init__(self, node_class: Any) -> None:
        self._showing: Accesses | None = None
        node_class.last_accessed = property(attrgetter(_KEPT), self._write)

    def show(self, accesses: Accesses) -> None:
        """Show a rehearsal its own access times, until :meth:`hide`."""
        self._showing = accesses
        _swap(accesses)

    def hide(self) -> None:
        """Show the real ones again."""
        assert self._showing is not None
        _swap(self._showing)
        self._showing = None

    def _write(self, node: Any, value: Any) -> None:
        fields = vars(node)
        if _KEPT in fields:
            if self._showing is None:
                _tell_move()
            elif id(node) not in self._showing:
                self._showing[id(node)] = (node, fields[_KEPT])
        fields[_KEPT] = value


def _tell_move() -> None:
    move = current_move()
    if move is not None and move.on_first_access is not None:
        tell, move.on_first_access = move.on_first_access, None
        tell()


def _swap(accesses: Accesses) -> None:
    for key, (node, hidden) in accesses.items():
        fields: dict[str, Any] = node.__dict__
        accesses[key] = (node, fields[_KEPT])
        fields[_KEPT] = hidden
