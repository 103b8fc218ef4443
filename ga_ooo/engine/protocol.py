"""What goes into the scheduler (stimuli) and what comes out (instructions).

A completion and a hold, of which there are some at every step of every persona, are named tuples,
made in a third of the time of a frozen dataclass. Instructions are not: an equal tuple of another
kind would pass for one.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple, TypeAlias

from ga_ooo.engine.ids import PersonaIndex, Row, Step, TileIndex

# --- conditions that a running move may wait for ---------------------------------------------


@dataclass(frozen=True, slots=True, eq=False)
class Clear:
    """Nobody who is behind ``step`` could have come into the target set of ``row`` by then.

    Attributes:
        row: fewest moves into the target set.
        step: the step that must be settled.
        first: only personas from this index on count.
    """

    row: Row
    step: Step
    first: PersonaIndex = 0


@dataclass(frozen=True, slots=True, eq=False)
class EarlierCompleted:
    """Everybody earlier in order who is, or could be, in the set of ``row`` has completed ``step``.

    Attributes:
        row: fewest moves into sight of the person about to be handed over.
        step: the step of both.
        before: only personas before this index count.
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
    """Take every persona to commit step ``step`` (and no further)."""

    step: Step


@dataclass(frozen=True, slots=True)
class Drain:
    """Bring everybody to the step of the one that is furthest ahead, then stop issuing."""


class Completed(NamedTuple):
    """A persona's move returned; it stands on ``next_tile`` at the next step."""

    persona: PersonaIndex
    next_tile: TileIndex


@dataclass(frozen=True, slots=True)
class Waits:
    """A running move cannot go on before ``condition`` holds."""

    persona: PersonaIndex
    condition: Condition


@dataclass(frozen=True, slots=True)
class HandedOver:
    """A running move holds ``other`` (may read and write it) until it completes."""

    persona: PersonaIndex
    other: PersonaIndex


@dataclass(frozen=True, slots=True)
class Restarted:
    """A running move starts over on a clean copy: whatever it waited for or held is void."""

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
    """Go on with the waiting move of ``persona``: its condition holds now."""

    persona: PersonaIndex


@dataclass(frozen=True, slots=True)
class Commit:
    """All effects of ``persona`` at ``step`` are final: publish its next tile and events."""

    persona: PersonaIndex
    step: Step


@dataclass(frozen=True, slots=True)
class Retire:
    """Everybody has committed ``step``: its files can be written."""

    step: Step


Instruction: TypeAlias = Issue | Wake | Commit | Retire


# --- why somebody is not going on ---------------------------------------------------------------


class Hazard(StrEnum):
    """Reasons to be held (DESIGN section 3)."""

    LAG = "lag"
    ORDER = "order"
    COMMIT = "commit"
    PIN = "pin"
    READ = "read"
    WINDOW = "window"


class Hold(NamedTuple):
    """Persona is held by ``blocker`` at least until that one has committed or completed a step.

    Attributes:
        hazard: the reason.
        blocker: who must go on first.
        until: the earliest commit step of the blocker at which this can be over.
    """

    hazard: Hazard
    blocker: PersonaIndex
    until: Step
