"""What goes into the scheduler (stimuli) and what comes out of it (instructions).

Completions and holds are named tuples: each persona step makes several of them, and a named tuple
is made in a third of the time of a frozen dataclass. Instructions are dataclasses all the same,
because named tuples of two kinds are equal if their values are.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple, TypeAlias

from ga_ooo.engine.ids import PersonaIndex, Row, Step, TileIndex

# --- conditions that a running move may wait for ---------------------------------------------


@dataclass(frozen=True, slots=True, eq=False)
class Clear:
    """Nobody who is behind ``step`` could be in the set of tiles of ``row`` by that step.

    Attributes:
        row: fewest moves into the set of tiles.
        step: the step in question.
        first: only personas from this index on count.
    """

    row: Row
    step: Step
    first: PersonaIndex = 0


@dataclass(frozen=True, slots=True, eq=False)
class EarlierCompleted:
    """Everybody earlier in (step, order) who is or could be in sight has completed ``step``.

    Attributes:
        row: fewest moves into sight of the person who is about to be handed over.
        step: the step of that person and of the move that is handed it.
        before: at ``step`` itself, only personas before this index count.
    """

    row: Row
    step: Step
    before: PersonaIndex


@dataclass(frozen=True, slots=True)
class Reached:
    """``persona`` has committed everything before ``step``, so its tile there is known."""

    persona: PersonaIndex
    step: Step


Condition: TypeAlias = Clear | EarlierCompleted | Reached

# --- stimuli ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class RunUntil:
    """Take every persona to commit step ``step``, and no further."""

    step: Step


@dataclass(frozen=True, slots=True)
class Drain:
    """Bring everybody to the step of the persona that is furthest ahead, then stop issuing."""


class Completed(NamedTuple):
    """The move of a persona returned; the persona is on ``next_tile`` at the next step."""

    persona: PersonaIndex
    next_tile: TileIndex


@dataclass(frozen=True, slots=True)
class Waits:
    """A running move cannot continue before ``condition`` is true."""

    persona: PersonaIndex
    condition: Condition


@dataclass(frozen=True, slots=True)
class HandedOver:
    """The running move of ``persona`` was handed ``other``, and pins it until it completes.

    The move may read and write ``other``.
    """

    persona: PersonaIndex
    other: PersonaIndex


@dataclass(frozen=True, slots=True)
class Restarted:
    """A running move starts again from a clean copy: its wait and its pins are void."""

    persona: PersonaIndex


Stimulus: TypeAlias = RunUntil | Drain | Completed | Waits | HandedOver | Restarted

# --- instructions -----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Issue:
    """Start the move of ``persona`` at ``step``."""

    persona: PersonaIndex
    step: Step


@dataclass(frozen=True, slots=True)
class Wake:
    """Continue the waiting move of ``persona``: its condition is true now."""

    persona: PersonaIndex


@dataclass(frozen=True, slots=True)
class Commit:
    """All effects of ``persona`` at ``step`` are final: publish its next tile and its events."""

    persona: PersonaIndex
    step: Step


@dataclass(frozen=True, slots=True)
class Retire:
    """Everybody has committed ``step``: its files can be written."""

    step: Step


Instruction: TypeAlias = Issue | Wake | Commit | Retire


# --- reasons to be held ------------------------------------------------------------------------


class Hazard(StrEnum):
    """Why a persona is held; :mod:`ga_ooo.engine.hazards` defines lag, order, commit and pin.

    A move that waits for a :data:`Condition` has a *read* hazard (or lag and order, for
    :class:`EarlierCompleted`). A persona that leads the commit horizon by the whole window has a
    *window* hazard.
    """

    LAG = "lag"
    ORDER = "order"
    COMMIT = "commit"
    PIN = "pin"
    READ = "read"
    WINDOW = "window"


class Hold(NamedTuple):
    """A persona is held by ``blocker`` until that one has completed or committed a step, or longer.

    Attributes:
        hazard: the reason.
        blocker: the persona that must advance first.
        until: the earliest commit step of the blocker at which the hold can end.
    """

    hazard: Hazard
    blocker: PersonaIndex
    until: Step
