"""Who is held and by whom, looked up from either side."""

from __future__ import annotations

from collections.abc import Callable

from ga_ooo.engine.ids import PersonaIndex
from ga_ooo.engine.protocol import Hazard, Hold


class Holds(dict[PersonaIndex, Hold]):
    """The hold of each persona that is held. Changed by its own methods only.

    Args:
        count: number of personas.

    Attributes:
        changed: called with a persona and its new hold, or None, right after a change. For the
            record of a run; it must not raise.
    """

    def __init__(self, count: int) -> None:
        super().__init__()
        self.changed: Callable[[PersonaIndex, Hold | None], None] | None = None
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
        self.replace(persona, None)

    def replace(self, persona: PersonaIndex, hold: Hold | None) -> None:
        """``persona`` is held in this way from now on, or not at all."""
        before = self.get(persona)
        if hold == before:
            return
        if before is not None:
            del self[persona]
            self._held_by[before.blocker].discard(persona)
            self._at_window.discard(persona)
        if hold is not None:
            self.put(persona, hold)
        if self.changed is not None:
            self.changed(persona, hold)

    def held_by(self, blocker: PersonaIndex) -> list[PersonaIndex]:
        """The personas that wait for a transition of ``blocker``, in persona order."""
        return sorted(self._held_by[blocker])

    def at_window(self) -> list[PersonaIndex]:
        """The personas that wait for the commit horizon, in persona order."""
        return sorted(self._at_window)
