"""Who is held and by whom, looked up from either side."""

from __future__ import annotations

from ga_ooo.engine.ids import PersonaIndex
from ga_ooo.engine.protocol import Hazard, Hold


class Holds(dict[PersonaIndex, Hold]):
    """The hold of each persona that is held. Changed by :meth:`put` and :meth:`release` only.

    Args:
        count: number of personas.
    """

    def __init__(self, count: int) -> None:
        super().__init__()
        self._held_by: list[set[PersonaIndex]] = [set() for _ in range(count)]
        self._at_window: set[PersonaIndex] = set()

    def put(self, persona: PersonaIndex, hold: Hold) -> None:
        """``persona``, which nobody holds, is held from now on."""
        self[persona] = hold
        if hold.hazard is Hazard.WINDOW:
            self._at_window.add(persona)
        else:
            self._held_by[hold.blocker].add(persona)

    def release(self, persona: PersonaIndex) -> None:
        """``persona`` is not held any more, if it was."""
        hold = self.pop(persona, None)
        if hold is not None:
            self._held_by[hold.blocker].discard(persona)
            self._at_window.discard(persona)

    def held_by(self, blocker: PersonaIndex) -> list[PersonaIndex]:
        """The personas that wait for a transition of ``blocker``, in persona order."""
        return sorted(self._held_by[blocker])

    def at_window(self) -> list[PersonaIndex]:
        """The personas that wait for the commit horizon, in persona order."""
        return sorted(self._at_window)
