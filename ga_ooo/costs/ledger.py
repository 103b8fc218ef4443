"""Adds up what a run costs, over all of its processes."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import msgspec

from ga_ooo.costs.spent import Spent, SpentFile, read_spent
from ga_ooo.errors import UsageError
from ga_ooo.model.requests import CallKind, ModelAnswer, ModelRequest
from ga_ooo.observer import Observer
from ga_ooo.options import ModelPrice, PriceOptions

logger = logging.getLogger(__name__)

_MILLION: Final = 1_000_000
_HOUR: Final = 3600.0

_CAPS: Final = ("max_completion_tokens", "max_tokens")

_TOKENS_OF_A_MESSAGE: Final = 16
"""Tokens around a message, such as its role. Services count 3 to 8."""


@dataclass(frozen=True)
class Cost:
    """What a run has cost, for views.

    Attributes:
        amount: so far, the processes before this one included.
        currency: of the amounts.
        budget: the most that it may cost; None for no limit.
        cached: tokens of prompts that servers have found in their caches.
    """

    amount: float
    currency: str
    budget: float | None = None
    cached: int = 0


class Ledger:
    """What one run costs.

    Args:
        prices: of models and servers; some are given.
        budget: the most that the run may cost; None for no limit.
        default_max_tokens: most tokens of an answer whose request gives no limit.
        deadline: most seconds of one call; hours of servers are paid for until then.
        clock: seconds for hours of servers.
    """

    def __init__(
        self,
        prices: PriceOptions,
        budget: float | None = None,
        default_max_tokens: int = 1024,
        deadline: float = 0.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.budget = budget
        self._prices = prices
        self._default_max_tokens = default_max_tokens
        self._clock = clock
        self._deadline = deadline
        self._spent = Spent(prices.currency)
        self._asked, self._in_flight = 0, 0.0
        self._file: SpentFile | None = None
        self._hourly = 0.0
        self._servers = 0
        self._since = clock()

    def rent(self, urls: Sequence[str]) -> None:
        """From now on, pay for hours of these model servers."""
        self._since, self._servers = self._clock(), len(urls)
        self._hourly = sum(map(self._prices.hour_of, urls))

    def begin(self, simulation: Path) -> None:
        """Keep the sum beside a simulation from now on, if it is not kept anywhere yet.

        A resumed run lets the host fork a checkpoint, which is no new simulation.
        """
        if self._file is not None:
            return
        try:
            self._file = SpentFile(simulation)
            self._write()
        except OSError as error:
            self._fail(error)

    def resume(self, simulation: Path) -> None:
        """Continue the sum of a simulation.

        Raises:
            UsageError: the sum is in another currency, or cannot be read.
        """
        spent = read_spent(simulation)
        if spent is not None and spent.currency != self._prices.currency:
            raise UsageError(
                f"the run has cost {spent.amount:.2f} {spent.currency} so far, and prices are in "
                f"{self._prices.currency} now",
                "give all prices of a run in one currency",
            )
        self._spent = spent or self._spent
        self.begin(simulation)

    def close(self) -> None:
        """The process pays for nothing more."""
        self._spent = self._now()
        self._hourly, self._servers = 0.0, 0
        if self._file is not None:
            self._write()
            self._file.close()
            self._file = None

    # --- calls -----------------------------------------------------------------------------------

    def highest(self, request: ModelRequest) -> float:
        """The most that the answer to a request can cost.

        No tokenizer of a served model makes more tokens than the text has bytes.
        """
        texts = len(request.text.encode(errors="replace")) + len(str(request.parameters))
        tokens_in = texts + _TOKENS_OF_A_MESSAGE * (len(request.messages) + 1)
        caps = [request.parameters[cap] for cap in _CAPS if cap in request.parameters]
        cap = caps[0] if caps and isinstance(caps[0], int) else self._default_max_tokens
        tokens_out = 0 if request.kind is CallKind.EMBEDDING else cap
        prices = list(self._prices.models.values())
        most_in = max((max(p.input, p.cached_input or 0.0) for p in prices), default=0.0)
        most_out = max((price.output for price in prices), default=0.0)
        return (most_in * tokens_in + most_out * tokens_out) / _MILLION

    def allows(self, highest: float) -> bool:
        """Whether the run stays within its budget with one more call of this cost."""
        if self.budget is None:
            return True
        now = self._now()
        until_answered = self._hourly * self._deadline / _HOUR
        return now.amount + now.uncertain + highest + until_answered <= self.budget

    def asked(self, highest: float) -> None:
        """A call goes out."""
        self._in_flight += highest
        self._asked += 1
        self._write()

    def answered(self, highest: float, answer: ModelAnswer) -> None:
        """A call was answered."""
        self._end(highest)
        has_counts = answer.prompt_tokens > 0
        price = self._prices.price_of(answer.model)
        # Without counts of the server, or without its price, the answer counts as the dearest.
        cost = _cost(price, answer) if has_counts and price is not None else highest
        spent = self._spent
        self._spent = msgspec.structs.replace(
            spent,
            amount=spent.amount + cost,
            calls=spent.calls + 1,
            tokens_in=spent.tokens_in + answer.prompt_tokens,
            tokens_out=spent.tokens_out + answer.output_tokens,
            cached=spent.cached + answer.cached_tokens,
        )
        self._write()

    def failed(self, highest: float) -> None:
        """A call got no answer: its server refused it, or failed."""
        self._end(highest)
        self._write()

    def cut_off(self, highest: float) -> None:
        """A call was given up while its server worked on it, which may cost its highest price."""
        self._end(highest)
        self._spent = msgspec.structs.replace(
            self._spent, uncertain=self._spent.uncertain + highest
        )
        self._write()

    # --- the sum ---------------------------------------------------------------------------------

    @property
    def cost(self) -> Cost:
        """The sum of this moment. May be asked in any thread."""
        now = self._now()
        return Cost(now.amount, now.currency, self.budget, now.cached)

    def _end(self, highest: float) -> None:
        self._asked -= 1
        # Sums of fractions drift, and nothing must be left at the end.
        self._in_flight = max(0.0, self._in_flight - highest) if self._asked else 0.0

    def _now(self) -> Spent:
        seconds = self._clock() - self._since
        spent = self._spent
        return msgspec.structs.replace(
            spent,
            amount=spent.amount + self._hourly * seconds / _HOUR,
            uncertain=spent.uncertain + self._in_flight,
            server_seconds=spent.server_seconds + self._servers * seconds,
        )

    def _write(self) -> None:
        if self._file is None:
            return
        try:
            self._file.write(self._now())
        except OSError as error:
            self._fail(error)

    def _fail(self, error: OSError) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None
        logger.warning(
            "what the run costs cannot be kept (%s); a resumed run will count from an older sum",
            error,
        )


class NewLedger(Observer):
    """Keeps the sum beside each simulation that the host makes.

    Args:
        ledger: of the run.
    """

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    def forked(self, simulation: Path) -> None:
        """See :class:`~ga_ooo.observer.Observer`."""
        self._ledger.begin(simulation)


def _cost(price: ModelPrice, answer: ModelAnswer) -> float:
    cached = min(answer.cached_tokens, answer.prompt_tokens)
    cached_price = price.input if price.cached_input is None else price.cached_input
    tokens_in = price.input * (answer.prompt_tokens - cached) + cached_price * cached
    return (tokens_in + price.output * answer.output_tokens) / _MILLION
