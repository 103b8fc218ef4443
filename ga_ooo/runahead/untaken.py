"""Rehearsed calls that were not worth asking: what they would have brought is seen all the same.

A real move asks them or does not, whether or not anything was spent on them. So the gate learns
what it would pay to ask from everything that is rehearsed, not only from what it has let pass.
"""

from __future__ import annotations

from typing import Generic, TypeVar

from ga_ooo.engine.ids import Step
from ga_ooo.runahead.rates import Outlook, Rates

Slot = TypeVar("Slot")
"""What identifies a call."""


class Untaken(Generic[Slot]):
    """Remembers untaken calls until their step has passed; only then hits count as well, or what
    is known of a step under way would all be good.

    Args:
        rates: learns from them.
    """

    def __init__(self, rates: Rates) -> None:
        self._rates = rates
        self._steps: dict[str, dict[Slot, dict[Outlook, Step]]] = {}
        self._hits: dict[str, list[Outlook]] = {}

    def add(self, persona: str, slot: Slot, step: Step, outlook: Outlook) -> None:
        """A rehearsal of a persona's step would have asked."""
        self._steps.setdefault(persona, {}).setdefault(slot, {})[outlook] = step

    def asked(self, persona: str, slot: Slot) -> None:
        """A real move of the persona asks."""
        hits = self._steps.get(persona, {}).pop(slot, ())
        if hits:
            self._hits.setdefault(persona, []).extend(hits)

    def passed(self, persona: str, step: Step) -> None:
        """The persona has committed a step: what was untaken of it was not asked for."""
        for outlook in self._hits.pop(persona, ()):
            self._rates.learn(outlook, hit=True)
        slots = self._steps.get(persona)
        if not slots:
            return
        for slot, outlooks in list(slots.items()):
            for outlook in [outlook for outlook, then in outlooks.items() if then <= step]:
                del outlooks[outlook]
                self._rates.learn(outlook, hit=False)
            if not outlooks:
                del slots[slot]

    def clear(self) -> None:
        """Forget them: whether they would have hit will not be known."""
        self._steps.clear()
        self._hits.clear()
