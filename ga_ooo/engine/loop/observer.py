"""What the engine notifies others of."""

from __future__ import annotations

from typing import Protocol

from ga_ooo.engine.ids import Step


class EngineObserver(Protocol):
    """Is notified of persona steps before the engine acts on them. An error ends the run."""

    def issued(self, persona: str, step: Step) -> None:
        """The move of the persona of this name is about to start."""
        ...

    def completed(self, persona: str, step: Step) -> None:
        """The move has returned."""
        ...

    def failed(self, persona: str, step: Step, error: str) -> None:
        """An attempt at the move has failed with an error of this type, and another one starts."""
        ...

    def committed(self, persona: str, step: Step) -> None:
        """All effects of the persona's step are final, and about to be published."""
        ...
