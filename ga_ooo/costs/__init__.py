"""What a run costs: prices of answers, the ledger of a run, and the budget that it must not exceed.

:class:`~ga_ooo.costs.ledger.Ledger` adds up the costs of a run and keeps them beside the
simulation, so that a resumed run continues the sum. :class:`~ga_ooo.costs.client.PaidCalls` is the
layer of the model stack that counts each answer, and refuses a call that could exceed the budget.
From outside, import the names below and :mod:`~ga_ooo.costs.spent`, which reads the file of a
simulation.
"""

from ga_ooo.costs.client import BudgetReachedError, PaidCalls
from ga_ooo.costs.ledger import Cost, Ledger, NewLedger

__all__ = ["BudgetReachedError", "Cost", "Ledger", "NewLedger", "PaidCalls"]
