"""Events on the tiles of the host's map, and the order in which they are read."""

from __future__ import annotations

from typing import TypeAlias

Event: TypeAlias = tuple[str | None, str | None, str | None, str | None]
"""The host's tile event: subject, predicate, object, description."""


def event_order(event: Event) -> tuple[tuple[bool, str], ...]:
    """Sort key that fixes the order in which a set of events is iterated.

    The host iterates sets of tuples of strings, so its results depend on the hash seed and on the
    order of insertion. The engine and the lockstep reference both iterate in this order instead.
    """
    return tuple((part is not None, str(part)) for part in event)
