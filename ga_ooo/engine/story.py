"""The last transitions of every persona, for error messages."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence

from ga_ooo.engine.ids import PersonaIndex, Step


class Story:
    """The last transitions of each persona.

    Args:
        names: persona names in persona order.
        length: transitions kept for each persona.
    """

    def __init__(self, names: Sequence[str], length: int = 24) -> None:
        self.names = tuple(names)
        self._lines: list[deque[tuple[str, Step, str]]] = [deque(maxlen=length) for _ in names]

    def note(self, persona: PersonaIndex, what: str, step: Step, detail: str = "") -> None:
        """Add one transition."""
        self._lines[persona].append((what, step, detail))

    def text(self, *personas: PersonaIndex) -> str:
        """The last transitions of these personas, oldest first, one per line."""
        lines = []
        for persona in personas:
            lines.append(f"{self.names[persona]}:")
            lines += [
                f"  step {step}: {what}{' ' + detail if detail else ''}"
                for what, step, detail in self._lines[persona]
            ]
        return "\n".join(lines)
