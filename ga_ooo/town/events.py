"""Events that lie on the tiles of the host's map, and the order in which they are read."""

from __future__ import annotations

from typing import TypeAlias

Event: TypeAlias = tuple[str | None, str | None, str | None, str | None]
"""The host's tile event: subject, predicate, object, description."""


def event_order(event: Event) -> tuple[tuple[bool, str], ...]:
    """Sort key that fixes the iteration order of event sets, whatever their history.

    The host iterates sets of tuples of strings, so its results depend on the hash seed and on
    the order of insertion; engine and lockstep reference both iterate in this order instead.
    """
    return tuple((part is not None, str(part)) for part in event)
