"""The layer of the model stack that pays for answers, and stops the run before its budget ends."""

from __future__ import annotations

import asyncio
from typing import ClassVar

from ga_ooo.costs.ledger import Cost, Ledger
from ga_ooo.errors import ModelError
from ga_ooo.model.requests import ClientLayer, ModelCall, ModelClient, Reported


class BudgetReachedError(ModelError):
    """One more call could exceed the budget, so the run stops, saved.

    Args:
        cost: of the run so far.
    """

    exit_code: ClassVar[int] = 5
    retry_move: ClassVar[bool] = False

    def __init__(self, cost: Cost) -> None:
        super().__init__(
            f"the budget of {cost.budget:,.4g} {cost.currency} is reached: the run has cost "
            f"{cost.amount:,.4g} {cost.currency}, and the next call could cost more than the rest",
            "resume the run with a larger --budget; it counts what was spent so far",
        )
        self.cost = cost


class PaidCalls(ClientLayer):
    """Passes calls on while the budget allows their highest cost, and counts each answer.

    The first call that the budget does not allow waits for the answers to all calls in flight,
    which are paid for and must reach the journal. Then it fails, and the run stops.

    Args:
        client: answers the calls.
        ledger: of the run.
    """

    def __init__(self, client: ModelClient, ledger: Ledger) -> None:
        super().__init__(client)
        self._ledger = ledger
        self._in_flight = 0
        self._is_quiet = asyncio.Event()
        self._is_quiet.set()
        self._has_refused = False

    async def answer_with_report(self, call: ModelCall) -> Reported:
        """Answer one call.

        Raises:
            BudgetReachedError: the budget does not allow it.
            ModelError: as the client raises it.
        """
        ledger, highest = self._ledger, self._ledger.highest(call.request)
        if self._has_refused or not ledger.allows(highest):
            self._has_refused = True
            await self._is_quiet.wait()
            raise BudgetReachedError(ledger.cost)
        ledger.asked(highest)
        self._count(+1)
        try:
            reported = await super().answer_with_report(call)
        except asyncio.CancelledError:
            ledger.cut_off(highest)
            raise
        except BaseException:
            ledger.failed(highest)
            raise
        else:
            ledger.answered(highest, reported[0])
            return reported
        finally:
            self._count(-1)

    def _count(self, change: int) -> None:
        self._in_flight += change
        if self._in_flight:
            self._is_quiet.clear()
        else:
            self._is_quiet.set()
