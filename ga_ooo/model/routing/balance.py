"""Which endpoint gets which call, and in what order calls wait when there is no room.

- A call goes to the endpoint with the least
  :meth:`~ga_ooo.model.routing.endpoint.Endpoint.cost`, unless the one that its persona prefers
  is not clearly busier: that one has the persona's prompt prefixes in its cache. The
  preference is a rendezvous hash, so an endpoint that leaves or joins moves only the personas
  that it takes or gave.
- When all are full, calls wait: smaller priority first, then in order of arrival.
- When all that serve a kind of call are out of service, calls of that kind **pause**. After a
  while they are given up.
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

# Affinity yields when the preferred endpoint is so many times as busy as the cheapest one, or so
# many times as slow as the quickest one: a cached prefix saves less than that, and mean latencies
# differ by less without a reason.
_YIELD_BUSY: Final = 1.5
_YIELD_SLOW: Final = 2.0


@dataclass(order=True, slots=True)
class Ticket:
    """A call's place in the queue."""

    priority: int
    order: int
    kind: CallKind = field(compare=False)
    persona: str | None = field(compare=False)
    tried: Collection[Endpoint] = field(compare=False)
    place: asyncio.Future[Endpoint] | None = field(compare=False, default=None)


@dataclass(slots=True)
class PauseHooks:
    """Whom to tell when no call can go on, and when calls go on again."""

    on_pause: Callable[[str], None]
    on_resume: Callable[[], None]


class Dispatcher:
    """Hands out places at endpoints.

    Args:
        endpoints: all of them, whatever they serve.
        give_up_after_s: seconds without any endpoint after which waiting calls fail.
        hooks: told once when the first kind of calls pauses, once when none is paused any more.
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
        self._affinity: dict[tuple[str, str], bytes] = {}
        self._give_up_after = give_up_after_s
        self._hooks = hooks
        self._give_up: dict[CallKind, asyncio.TimerHandle] = {}
        self._given_up: set[CallKind] = set()
        self._wake_up: asyncio.TimerHandle | None = None
        self._closed = False

    @property
    def waiting(self) -> int:
        """Calls that wait for a place now."""
        return sum(len(queue) for queue in self._waiting.values())

    @property
    def paused(self) -> bool:
        """Calls of some kind wait because no endpoint for them is in service."""
        return bool(self._give_up) or bool(self._given_up)

    def elsewhere(self, kind: CallKind, tried: Collection[Endpoint]) -> bool:
        """Whether an endpoint that has not been tried could take a call of this kind soon."""
        now = asyncio.get_running_loop().time()
        return any(
            e.takes_calls and e.cooling_until <= now and e not in tried for e in self._serving[kind]
        )

    async def acquire(self, ticket: Ticket) -> Endpoint:
        """Wait for a place at an endpoint; the attempt has begun when this returns.

        Raises:
            ModelUnavailableError: none came back in time, or the router was closed.
            ModelError: no endpoint is configured for this kind of call.
        """
        kind = ticket.kind
        self._refuse_if_hopeless(kind)
        ticket.place = asyncio.get_running_loop().create_future()
        heapq.heappush(self._waiting[kind], ticket)
        self.dispatch()
        try:
            return await ticket.place
        except asyncio.CancelledError:
            if ticket.place.done() and not ticket.place.cancelled():
                if ticket.place.exception() is None:
                    ticket.place.result().cancelled()
                    self.dispatch()
            else:
                self._waiting[kind].remove(ticket)
                heapq.heapify(self._waiting[kind])
            raise

    def dispatch(self) -> None:
        """Give every free place to the call that is next; see to pauses. Call it after changes."""
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
            assert ticket.place is not None
            if not ticket.place.done():
                endpoint.begin()
                ticket.place.set_result(endpoint)
        self._see_to_pauses()
        self._see_to_cooling(blocked)

    def close(self) -> None:
        """Fail every waiting call; take no further one."""
        self._closed = True
        self._fail_waiting(
            tuple(CallKind), ModelUnavailableError("the model router was closed", "start again")
        )
        for handle in self._give_up.values():
            handle.cancel()
        self._give_up.clear()
        if self._wake_up is not None:
            self._wake_up.cancel()

    def _choose(self, ticket: Ticket) -> Endpoint | None:
        kind = ticket.kind
        free = [e for e in self._serving[kind] if e.has_room]
        if not free:
            return None
        fresh = [e for e in free if e not in ticket.tried] or free
        quickest = min(
            (seconds for e in fresh if (seconds := e.latency(kind)) is not None), default=None
        )
        costs = {e: e.cost(kind, quickest) for e in fresh}
        # Of equals the one with fewest calls so far, so that the speed of all becomes known.
        cheapest = min(fresh, key=lambda e: (costs[e], e.statistics.calls, self._rank[e]))
        if ticket.persona is None or len(fresh) == 1:
            return cheapest
        persona = ticket.persona
        preferred = max(fresh, key=lambda e: self._weight(persona, e.url))
        yields = (
            preferred.busy > cheapest.busy * _YIELD_BUSY
            or preferred.slowness(kind, quickest) >= _YIELD_SLOW
            or preferred.crowded
        )
        return cheapest if yields else preferred

    def _weight(self, persona: str, url: str) -> bytes:
        weight = self._affinity.get((persona, url))
        if weight is None:
            weight = hashlib.blake2b(f"{persona}\0{url}".encode(), digest_size=8).digest()
            self._affinity[persona, url] = weight
        return weight

    def _refuse_if_hopeless(self, kind: CallKind) -> None:
        if self._closed:
            raise ModelUnavailableError("the model router was closed", "start again")
        if not self._serving[kind]:
            raise ModelError(
                f"the host makes {kind} calls, but no endpoint is configured for them",
                f"add an endpoint for {kind} calls to the configuration",
            )
        if kind in self._given_up:
            raise self._unavailable(kind)

    def _is_out(self, kind: CallKind) -> bool:
        return not any(e.takes_calls for e in self._serving[kind])

    def _see_to_pauses(self) -> None:
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
                if ticket.place is not None and not ticket.place.done():
                    ticket.place.set_exception(error)
            self._waiting[kind].clear()

    def _see_to_cooling(self, blocked: Collection[CallKind]) -> None:
        """Dispatch again when the first of the endpoints that asked to be left alone is ready."""
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
            self._wake_up = asyncio.get_running_loop().call_at(min(ready), self.dispatch)

    def _why_out(self, kind: CallKind) -> str:
        reasons = "; ".join(
            e.out_because if not e.in_service else f"{e.url}: draining" for e in self._serving[kind]
        )
        return f"no endpoint answers {kind} calls: {reasons}"

    def _unavailable(self, kind: CallKind) -> ModelUnavailableError:
        return ModelUnavailableError(
            f"{self._why_out(kind)} (waited {self._give_up_after:g} s)",
            "start the model servers again, then resume the run: nothing that was answered is lost",
        )
