"""What the scheduler needs of a dependency rule and of an issue order.

A rule is one function: from a tile to the *row* of the fewest steps after which a persona on any
other tile could matter to a persona on this tile (0: they matter to each other now). The scheduler
asks nothing else, so a rule of a third party is a class with one method and a name. The built-in
rules are in :mod:`ga_ooo.town.rules`.

A rule decides only how fast a run is. Reads of the tile history and of other people are checked
again against the true reach, so an unsound rule ends in a :class:`~ga_ooo.errors.CausalityError`
and never in another result.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, TypeAlias

from ga_ooo.engine.ids import PersonaIndex, Row, Step, TileIndex

IssueOrder: TypeAlias = Callable[[Step, PersonaIndex], tuple[int, ...]]
"""Sort key of a ready move; the smallest runs first."""


def straggler_first(step: Step, persona: PersonaIndex) -> tuple[int, ...]:
    """The default order: the persona that is furthest behind holds most others."""
    return (step, persona)


class DependencyRule(Protocol):
    """Says in how many steps one persona could matter to another."""

    @property
    def name(self) -> str:
        """The rule as it is spelled on the command line."""
        ...

    def steps_to_matter(self, tile: TileIndex) -> Row:
        """Fewest steps until a persona on each tile could matter to a persona on ``tile``.

        It is called each time a persona moves to another tile: keep rows that are expensive.
        """
        ...
