"""Calls of rehearsals: answered early, by a guess, or not at all."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from ga_ooo.engine.loop.fibers import suspend
from ga_ooo.model.requests import ModelAnswer, ModelCall
from ga_ooo.runahead.calls import EarlyCalls
from ga_ooo.runahead.chains import Chain, RehearsalOverError
from ga_ooo.runahead.early import Early
from ga_ooo.runahead.rates import Outlook, ahead_bucket

_MOST_BLIND: Final = 32
"""Calls of one rehearsed move that are passed over by a guess."""


@dataclass(frozen=True, slots=True)
class AwaitEarly:
    """Go on when this answer is there."""

    early: Early


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
        calls: EarlyCalls,
        is_alive: Callable[[Chain], bool],
        ahead: Callable[[Chain], int],
        answered: Callable[[Chain], None],
    ) -> None:
        self._memo = calls.memo
        self._gate = calls.gate
        self._guesses = calls.guesses
        self._is_alive = is_alive
        self._ahead = ahead
        self._answered = answered

    def ask(self, chain: Chain, call: ModelCall) -> ModelAnswer:
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

    def would_ask(self, chain: Chain) -> bool:
        """Whether a call that the chain has passed over is there, or worth asking by now: its
        persona has come nearer."""
        ahead = ahead_bucket(self._ahead(chain))
        return any(
            self._memo.find(call) is not None or self._is_worth(outlook._replace(ahead=ahead))
            for call, _, outlook in chain.current.blind
        )

    def _is_worth(self, outlook: Outlook) -> bool:
        return self._memo.window.open and self._gate.allows(outlook)

    def _ask_early(self, chain: Chain, call: ModelCall, outlook: Outlook) -> Early | None:
        if self._is_worth(outlook):
            return self._memo.ask_early(call, outlook)
        self._memo.leave(call, outlook)
        if outlook.guessed:
            chain.blocked_by.add(self._gate.rates.blames(outlook))
        return None

    def _answer_of(self, chain: Chain, call: ModelCall, early: Early) -> ModelAnswer:
        if early.answer is not None:
            return early.answer
        guessed = self._guesses.guess(call)
        if guessed is not None:
            chain.current.guessed.append((early, guessed))
            early.told.append(lambda _: self._answered(chain))
            return guessed
        answer: ModelAnswer = self._suspend(chain, AwaitEarly(early))
        return answer

    def _suspend(self, chain: Chain, request: object) -> Any:
        result = suspend(request)  # type: ignore[arg-type] # served by the driver, not the engine
        if not self._is_alive(chain):
            raise RehearsalOverError
        return result
