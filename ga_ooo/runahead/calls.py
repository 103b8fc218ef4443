"""What lasts from one stretch of a run to the next: the memo's layer and what was learned."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import inf
from typing import Any, Final

from ga_ooo.engine.loop.fibers import suspend
from ga_ooo.model.requests import ModelAnswer, ModelCall, ModelClient
from ga_ooo.runahead.admission import Admission
from ga_ooo.runahead.predictor import AnswerPredictor, HitRates, Outlook, ahead_bucket
from ga_ooo.runahead.prefetch import Prefetch, PrefetchCache
from ga_ooo.runahead.rehearsal import Rehearsal, RehearsalOverError


class Prefetching:
    """The parts of runahead that know calls, not personas.

    Args:
        client: the model.
        budget: tokens that rehearsals may waste, as a share of those that were needed.
    """

    def __init__(self, client: ModelClient, budget: float) -> None:
        self.admission = Admission(None if budget == inf else budget)
        self.predictor = AnswerPredictor()
        self.forecasts = HitRates()
        self.cache = PrefetchCache(client, self.admission, self.predictor)


_MOST_BLIND: Final = 32
"""Calls of one rehearsed move that are passed over by a guess."""


@dataclass(frozen=True, slots=True)
class AwaitEarly:
    """Go on when this answer is there."""

    early: Prefetch


@dataclass(frozen=True, slots=True)
class Stall:
    """Go on when this call may be worth asking."""

    call: ModelCall


class RehearsedCalls:
    """Answers what rehearsals ask.

    Args:
        calls: where what is worth asking goes.
        is_alive: whether a chain has not been dropped.
        ahead: how many steps a chain is ahead of its persona's commit step.
        answered: told when the answer that a chain has guessed is there.
    """

    def __init__(
        self,
        calls: Prefetching,
        is_alive: Callable[[Rehearsal], bool],
        ahead: Callable[[Rehearsal], int],
        answered: Callable[[Rehearsal], None],
    ) -> None:
        self._memo = calls.cache
        self._gate = calls.admission
        self._guesses = calls.predictor
        self._is_alive = is_alive
        self._ahead = ahead
        self._answered = answered

    def ask(self, chain: Rehearsal, call: ModelCall) -> ModelAnswer:
        """The answer that the rehearsal goes on with. Runs inside of its fiber.

        Raises:
            RehearsalOverError: the chain has been dropped.
        """
        if chain.fiber is None or not self._is_alive(chain):
            raise RehearsalOverError
        current = chain.current
        current.asked[call.request.fingerprint] += 1
        earlier = current.earlier_guess(call)
        if earlier is not None:
            # The host asks again for what it could not use; its fail-safe is as good a guess.
            return earlier
        early = self._memo.find(call)
        while early is None:
            outlook = Outlook(call.site, ahead_bucket(self._ahead(chain)), chain.open_guesses())
            early = self._ask_early(chain, call, outlook)
            if early is not None:
                break
            guessed = self._guesses.guess(call)
            if guessed is not None and len(current.blind) < _MOST_BLIND:
                current.blind.append((call, guessed, outlook))
                return guessed
            self._suspend(chain, Stall(call))
            early = self._memo.find(call)
        return self._answer_of(chain, call, early)

    def would_ask(self, chain: Rehearsal) -> bool:
        """Whether a call that the chain has passed over is there, or worth asking by now: its
        persona has come nearer."""
        ahead = ahead_bucket(self._ahead(chain))
        return any(
            self._memo.find(call) is not None or self._is_worth(outlook._replace(ahead=ahead))
            for call, _, outlook in chain.current.blind
        )

    def _is_worth(self, outlook: Outlook) -> bool:
        return self._memo.window.open and self._gate.allows(outlook)

    def _ask_early(self, chain: Rehearsal, call: ModelCall, outlook: Outlook) -> Prefetch | None:
        if self._is_worth(outlook):
            return self._memo.ask_early(call, outlook)
        self._memo.leave(call, outlook)
        if outlook.guessed:
            chain.blocked_by.add(self._gate.rates.blames(outlook))
        return None

    def _answer_of(self, chain: Rehearsal, call: ModelCall, early: Prefetch) -> ModelAnswer:
        if early.answer is not None:
            return early.answer
        guessed = self._guesses.guess(call)
        if guessed is not None:
            chain.current.guessed.append((early, guessed))
            early.on_done.append(lambda _: self._answered(chain))
            return guessed
        answer: ModelAnswer = self._suspend(chain, AwaitEarly(early))
        return answer

    def _suspend(self, chain: Rehearsal, request: object) -> Any:
        result = suspend(request)  # type: ignore[arg-type] # served by the driver, not the engine
        if not self._is_alive(chain):
            raise RehearsalOverError
        return result
