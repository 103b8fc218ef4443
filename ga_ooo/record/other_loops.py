"""How long other loops would wait for the answers of a recorded run."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from ga_ooo.record.rows import Call, EarlyCall


def other_loops(calls: Iterable[Call], early: Iterable[EarlyCall]) -> tuple[float, float]:
    """Seconds that other loops would wait for the model.

    Returns:
        the host's own loop, which asks one call after another; and a loop that takes each step with
        all personas at once, and waits for the last of them.
    """
    asked = {row.call: row.answered_at - row.asked_at for row in early}
    of_moves: defaultdict[tuple[int, int], float] = defaultdict(float)
    for call in calls:
        waited = call.answered_at - call.asked_at
        known = asked.get(call.early, waited) if call.early is not None else waited
        of_moves[call.step, call.persona] += max(known, waited)
    slowest: defaultdict[int, float] = defaultdict(float)
    for (step, _), seconds in of_moves.items():
        slowest[step] = max(slowest[step], seconds)
    return sum(of_moves.values()), sum(slowest.values())
