"""Which endpoint gets which call, and in which order calls wait for a free slot.

- A call goes to the endpoint with the lowest
  :meth:`~ga_ooo.model.routing.endpoint.Endpoint.cost`, unless the endpoint that its persona prefers
  is about as cheap: that one has the persona's prompt prefixes in its cache. The preference is
  a rendezvous hash (highest random weight), so an endpoint that leaves or joins moves only its
  own personas.
- When all endpoints are full, calls wait: lower priority number first, then in order of arrival.
- When all endpoints for a kind of call are out of service, calls of that kind pause. They fail
  after ``give_up_after_s``.
"""

from __future__ import annotations

import asyncio
import hashlib
import heapq
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from typing import Final

from ga_ooo.errors import ModelError
from ga_ooo.model.errors import ModelUnavailableError
from ga_ooo.model.requests import CallKind
from ga_ooo.model.routing.endpoint import Endpoint

# The persona's preferred endpoint is not used if it is this many times as busy as the cheapest
# one, or this many times as slow as the fastest one. A cached prefix saves less than that, and
# mean latencies of equal servers differ by less.
_MAX_BUSY_RATIO: Final = 1.5
_MAX_SLOWNESS: Final = 2.0


@dataclass(order=True, slots=True)
class Ticket:
    """A call in the queue. Tickets are ordered by priority, then by arrival.

    Attributes:
        priority: lower numbers are served first.
        order: position among all calls.
        kind: kind of the call.
        persona: whose call it is; None for calls outside of moves.
        tried: endpoints that failed the call in this round of attempts.
        slot: resolves to the endpoint that got the call.
    """

    priority: int
    order: int
    kind: CallKind = field(compare=False)
    persona: str | None = field(compare=False)
    tried: Collection[Endpoint] = field(compare=False)
    slot: asyncio.Future[Endpoint] | None = field(compare=False, default=None)


@dataclass(slots=True)
class PauseHooks:
    """Callbacks for a pause of all calls of a kind.

    Attributes:
        on_pause: called with the reason when the first kind of calls pauses.
        on_resume: called when no kind is paused any more.
    """

    on_pause: Callable[[str], None]
    on_resume: Callable[[], None]


class LoadBalancer:
    """Assigns waiting calls to endpoints with free slots.

    Args:
        endpoints: all endpoints, for all kinds of calls.
        give_up_after_s: seconds without any endpoint in service after which waiting calls fail.
        hooks: notified of pauses.

    Attributes:
        pauses: how often calls had to pause.
    """

    def __init__(
        self, endpoints: Sequence[Endpoint], give_up_after_s: float, hooks: PauseHooks
    ) -> None:
        self.pauses = 0
        self._serving = {
            kind: [e for e in endpoints if kind in e.config.kinds] for kind in CallKind
        }
        self._rank = {endpoint: index for index, endpoint in enumerate(endpoints)}
        self._waiting: dict[CallKind, list[Ticket]] = {kind: [] for kind in CallKind}
        self._rendezvous: dict[tuple[str, str], bytes] = {}
        self._give_up_after = give_up_after_s
        self._hooks = hooks
        self._give_up: dict[CallKind, asyncio.TimerHandle] = {}
        self._given_up: set[CallKind] = set()
        self._wake_up: asyncio.TimerHandle | None = None
        self._closed = False

    @property
    def waiting(self) -> int:
        """Number of calls that wait for a slot."""
        return sum(len(queue) for queue in self._waiting.values())

    @property
    def paused(self) -> bool:
        """Calls of some kind wait because no endpoint for them is in service."""
        return bool(self._give_up) or bool(self._given_up)

    def has_alternative(self, kind: CallKind, tried: Collection[Endpoint]) -> bool:
        """Whether an endpoint that was not tried could take a call of this kind soon."""
        now = asyncio.get_running_loop().time()
        return any(
            e.takes_calls and e.cooling_until <= now and e not in tried for e in self._serving[kind]
        )

    async def acquire(self, ticket: Ticket) -> Endpoint:
        """Wait for a slot at an endpoint. The attempt has begun when this returns.

        Raises:
            ModelUnavailableError: no endpoint came back in time, or the router was closed.
            ModelError: no endpoint is configured for this kind of call.
        """
        kind = ticket.kind
        self._refuse_if_hopeless(kind)
        if not self.waiting and (endpoint := self._choose(ticket)) is not None:
            endpoint.begin()
            return endpoint
        ticket.slot = asyncio.get_running_loop().create_future()
        heapq.heappush(self._waiting[kind], ticket)
        self.balance()
        try:
            return await ticket.slot
        except asyncio.CancelledError:
            if ticket.slot.done() and not ticket.slot.cancelled():
                if ticket.slot.exception() is None:
                    ticket.slot.result().cancelled()
                    self.balance()
            else:
                self._waiting[kind].remove(ticket)
                heapq.heapify(self._waiting[kind])
            raise

    def balance(self) -> None:
        """Assign every free slot to the next call, and update pauses.

        Call it whenever an endpoint or the queue has changed.
        """
        if not self.waiting and not self.paused and self._wake_up is None:
            return
        blocked: set[CallKind] = set()
        while True:
            heads = [q[0] for kind, q in self._waiting.items() if q and kind not in blocked]
            if not heads:
                break
            ticket = min(heads)
            endpoint = self._choose(ticket)
            if endpoint is None:
                blocked.add(ticket.kind)
                continue
            heapq.heappop(self._waiting[ticket.kind])
            assert ticket.slot is not None
            if not ticket.slot.done():
                endpoint.begin()
                ticket.slot.set_result(endpoint)
        self._update_pauses()
        self._schedule_wake_up(blocked)

    def close(self) -> None:
        """Fail all waiting calls and take no further ones."""
        self._closed = True
        self._fail_waiting(tuple(CallKind), _closed_error())
        for handle in self._give_up.values():
            handle.cancel()
        self._give_up.clear()
        if self._wake_up is not None:
            self._wake_up.cancel()

    def _choose(self, ticket: Ticket) -> Endpoint | None:
        kind = ticket.kind
        free = [e for e in self._serving[kind] if e.has_free_slot]
        if not free:
            return None
        untried = [e for e in free if e not in ticket.tried] or free
        lowest_latency = min(
            (seconds for e in untried if (seconds := e.latency(kind)) is not None), default=None
        )
        costs = {e: e.cost(kind, lowest_latency) for e in untried}
        # Among equals the one with the fewest calls so far, so that each latency becomes known.
        cheapest = min(untried, key=lambda e: (costs[e], e.statistics.calls, self._rank[e]))
        if ticket.persona is None or len(untried) == 1:
            return cheapest
        persona = ticket.persona
        preferred = max(untried, key=lambda e: self._weight(persona, e.url))
        is_too_expensive = (
            preferred.busy > cheapest.busy * _MAX_BUSY_RATIO
            or preferred.slowness(kind, lowest_latency) >= _MAX_SLOWNESS
            or preferred.crowded
        )
        return cheapest if is_too_expensive else preferred

    def _weight(self, persona: str, url: str) -> bytes:
        """The rendezvous hash of a persona and an endpoint."""
        weight = self._rendezvous.get((persona, url))
        if weight is None:
            weight = hashlib.blake2b(f"{persona}\0{url}".encode(), digest_size=8).digest()
            self._rendezvous[persona, url] = weight
        return weight

    def _refuse_if_hopeless(self, kind: CallKind) -> None:
        if self._closed:
            raise _closed_error()
        if not self._serving[kind]:
            raise ModelError(
                f"the host makes {kind} calls, but no endpoint is configured for them",
                f"add an endpoint for {kind} calls to the configuration",
            )
        if kind in self._given_up:
            raise self._unavailable(kind)

    def _is_out(self, kind: CallKind) -> bool:
        return not any(e.takes_calls for e in self._serving[kind])

    def _update_pauses(self) -> None:
        was_paused = self.paused
        for kind, queue in self._waiting.items():
            if not self._is_out(kind):
                self._given_up.discard(kind)
                if (handle := self._give_up.pop(kind, None)) is not None:
                    handle.cancel()
            elif queue and kind not in self._give_up:
                loop = asyncio.get_running_loop()
                self._give_up[kind] = loop.call_later(self._give_up_after, self._end_wait, kind)
                if not was_paused and len(self._give_up) == 1:
                    self.pauses += 1
                    self._hooks.on_pause(self._why_out(kind))
        if was_paused and not self.paused:
            self._hooks.on_resume()

    def _end_wait(self, kind: CallKind) -> None:
        del self._give_up[kind]
        self._given_up.add(kind)
        self._fail_waiting((kind,), self._unavailable(kind))

    def _fail_waiting(self, kinds: Sequence[CallKind], error: ModelError) -> None:
        for kind in kinds:
            for ticket in self._waiting[kind]:
                if ticket.slot is not None and not ticket.slot.done():
                    ticket.slot.set_exception(error)
            self._waiting[kind].clear()

    def _schedule_wake_up(self, blocked: Collection[CallKind]) -> None:
        """Balance again when the first endpoint that is cooling down becomes ready."""
        if self._wake_up is not None:
            self._wake_up.cancel()
            self._wake_up = None
        now = asyncio.get_running_loop().time()
        ready = [
            e.cooling_until
            for kind in blocked
            for e in self._serving[kind]
            if e.takes_calls and e.cooling_until > now
        ]
        if ready:
            self._wake_up = asyncio.get_running_loop().call_at(min(ready), self.balance)

    def _why_out(self, kind: CallKind) -> str:
        reasons = []
        for endpoint in self._serving[kind]:
            reason = "draining" if endpoint.in_service else endpoint.breaker.reason
            reasons.append(reason if endpoint.url in reason else f"{endpoint.url}: {reason}")
        return f"no endpoint answers {kind} calls: {'; '.join(reasons)}"

    def _unavailable(self, kind: CallKind) -> ModelUnavailableError:
        return ModelUnavailableError(
            f"{self._why_out(kind)} (waited {self._give_up_after:g} s)",
            "start the model servers again, then resume the run: all answers so far are stored",
        )


def _closed_error() -> ModelUnavailableError:
    return ModelUnavailableError("the model router was closed", "start the run again")
