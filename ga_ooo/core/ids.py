"""Small vocabulary shared by the core (DESIGN section 6)."""

from __future__ import annotations

from typing import TypeAlias

PersonaIndex: TypeAlias = int
"""Position of a persona in persona order (the host's dictionary order), from 0."""

Step: TypeAlias = int
"""Game step; one step is ``sec_per_step`` seconds of game time."""

TileIndex: TypeAlias = int
"""A tile as ``y * width + x``."""

Event: TypeAlias = tuple[str | None, str | None, str | None, str | None]
"""The host's tile event: subject, predicate, object, description."""


def event_order(event: Event) -> tuple[tuple[bool, str], ...]:
    """Sort key that fixes the iteration order of event sets, whatever their history.

    The host iterates sets of tuples of strings, so its results depend on the hash seed and on
    the order of insertion; engine and lockstep reference both iterate in this order instead.
    """
    return tuple((part is not None, str(part)) for part in event)
