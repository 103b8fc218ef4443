"""What rehearsals ask about the real personas."""

from __future__ import annotations

from typing import Protocol

from ga_ooo.engine.hazards import Phase
from ga_ooo.engine.ids import PersonaIndex, Step, TileIndex


class Progress(Protocol):
    """How far the real personas are; the scheduler of the run, or its copy in another process."""

    @property
    def until(self) -> Step:
        """The step before which the run ends for now."""
        ...

    def commit_step(self, persona: PersonaIndex) -> Step:
        """The first step that the persona has not committed."""
        ...

    def phase(self, persona: PersonaIndex) -> Phase:
        """Where the persona is within that step."""
        ...

    def is_running(self, persona: PersonaIndex, step: Step) -> bool:
        """Whether the move of the persona at ``step`` is under way."""
        ...

    def next_tile(self, persona: PersonaIndex) -> TileIndex:
        """The tile of a persona that has completed its move, at the step after it."""
        ...

    def next_move(self, persona: PersonaIndex) -> tuple[Step, TileIndex]:
        """The first step that the persona has not completed, and its tile at that step."""
        ...
