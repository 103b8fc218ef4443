"""What the scheduler asks of a dependency rule and of an issue order.

A rule is one function: from a tile, the *row* of the fewest steps in which a persona on any
other tile could come to matter to one on this tile (0: they matter to each other now). The
scheduler asks nothing else, so a third party's rule is a class with one method. The built-in
rules are in :mod:`ga_ooo.town.rules`.

A rule decides the speed of a run only. Reads of the tile history and of other people are checked
against the true reach again, so an unsound rule ends in a
:class:`~ga_ooo.errors.CausalityError`, never in another result.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, TypeAlias

from ga_ooo.engine.ids import PersonaIndex, Row, Step, TileIndex

IssueOrder: TypeAlias = Callable[[Step, PersonaIndex], tuple[int, ...]]
"""Sort key of a ready move, smallest first."""


def straggler_first(step: Step, persona: PersonaIndex) -> tuple[int, ...]:
    """The default order: who is furthest behind holds most others."""
    return (step, persona)


class DependencyRule(Protocol):
    """Says how many steps away from mattering a persona is."""

    @property
    def name(self) -> str:
        """The rule as it is spelled on the command line."""
        ...

    def steps_to_matter(self, tile: TileIndex) -> Row:
        """Fewest steps until a persona on each tile could matter to one on ``tile``.

        Called once per tile and persona position; keep the rows if they are dear.
        """
        ...
