"""What lasts from one stretch of a run to the next: the memo's layer and what was learned."""

from __future__ import annotations

from math import inf

from ga_ooo.model.requests import ModelClient
from ga_ooo.runahead.gate import Gate
from ga_ooo.runahead.guesses import Guesses
from ga_ooo.runahead.memo import Memo
from ga_ooo.runahead.rates import Rates


class EarlyCalls:
    """The parts of runahead that know calls, not personas.

    Args:
        client: the model.
        budget: tokens that rehearsals may waste, as a share of those that were needed.
    """

    def __init__(self, client: ModelClient, budget: float) -> None:
        self.gate = Gate(None if budget == inf else budget)
        self.guesses = Guesses()
        self.forecasts = Rates()
        self.memo = Memo(client, self.gate, self.guesses)
