"""What the engine notifies others of."""

from __future__ import annotations

from typing import Protocol

from ga_ooo.engine.ids import Step


class EngineObserver(Protocol):
    """Is notified of persona steps before the engine acts on them. An error ends the run."""

    def issued(self, persona: str, step: Step) -> None:
        """The move of the persona of this name is about to start."""
        ...

    def committed(self, persona: str, step: Step) -> None:
        """All effects of the persona's step are final, and about to be published."""
        ...
