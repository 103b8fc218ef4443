"""Simulates model servers: how long a call takes beside all other calls.

A call that finds no free slot, or no room for its keys and values, waits; waiting calls are served
in the order of their priority. While prompts are computed, the simulation takes one iteration after
the other. While none is, all sequences of a batch advance at the same rate, and it goes straight to
the end of the next answer.
"""

from __future__ import annotations

import heapq
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Protocol, TypeAlias

from ga_ooo.errors import UsageError
from ga_ooo.lab.replay.event_queue import EventQueue
from ga_ooo.lab.replay.serving import ServingModel, Tokens

Priority: TypeAlias = tuple[int, int]
"""Smaller is served first."""

Done: TypeAlias = Callable[[], None]

_NO_LIMIT: Final = 1 << 60
"""More prompt tokens than there are."""

_ROUNDING: Final = 1e-9
"""Tokens by which rounding may keep an answer from being complete."""


class Fleet(Protocol):
    """Servers that answer calls."""

    def submit(self, priority: Priority, tokens: Tokens, done: Done) -> None:
        """Answer a call.

        Args:
            priority: among the calls that wait for a slot.
            tokens: of the call.
            done: called when the answer is complete.
        """
        ...


def make_fleet(model: ServingModel, events: EventQueue, gpus: int) -> Fleet:
    """Servers with one GPU each.

    Raises:
        UsageError: the number of GPUs is below 1.
    """
    if gpus < 1:
        raise UsageError(f"{gpus} GPUs", "give 1 or more")
    if model.slots is None:
        return _Unlimited(model, events)
    servers = [_Server(model, model.slots, events) for _ in range(gpus)]
    return _Replicas(model, servers, events)


class _Unlimited:
    """Servers without limit: each call takes the time that it takes alone."""

    def __init__(self, model: ServingModel, events: EventQueue) -> None:
        self._model = model
        self._events = events

    def submit(self, priority: Priority, tokens: Tokens, done: Done) -> None:
        events = self._events
        events.at(events.now + self._model.alone(tokens), done)


class _Replicas:
    """Several servers: each call goes to the server with the fewest calls."""

    def __init__(self, model: ServingModel, servers: list[_Server], events: EventQueue) -> None:
        self._model = model
        self._servers = servers
        self._events = events

    def submit(self, priority: Priority, tokens: Tokens, done: Done) -> None:
        if self._model.embedding_s is not None and not tokens.answer:
            self._events.at(self._events.now + self._model.embedding_s, done)
            return
        server = min(self._servers, key=lambda server: server.outstanding)
        server.submit(_Call(priority, tokens, done, self._model.computed(tokens)))


@dataclass(slots=True, eq=False)
class _Call:
    """One call at a server.

    Attributes:
        left: tokens of the prompt that are not computed yet.
    """

    priority: Priority
    tokens: Tokens
    done: Done
    left: int

    @property
    def kept(self) -> int:
        """Tokens whose keys and values the server keeps."""
        return self.tokens.prompt + self.tokens.answer


class _Server:
    """One server.

    All sequences of a batch advance at the same rate. So one number is enough to follow them all:
    the tokens that a sequence would have decoded that was there from the start.
    """

    def __init__(self, model: ServingModel, slots: int, events: EventQueue) -> None:
        self.outstanding = 0
        self._model = model
        self._slots = slots
        self._events = events
        self._waiting: list[tuple[Priority, int, _Call]] = []
        self._prompts: deque[_Call] = deque()
        self._chunk: list[tuple[_Call, int]] = []
        self._decoding: list[tuple[float, int, _Call]] = []
        self._context = 0.0
        self._kept = 0
        self._decoded = 0.0
        self._since = 0.0
        self._entered = 0
        self._entries = 0

    def submit(self, call: _Call) -> None:
        self.outstanding += 1
        self._entered += 1
        heapq.heappush(self._waiting, (call.priority, self._entered, call))
        if not self._chunk:
            # During an iteration with prompts, a call waits for its end.
            self._advance()
            self._begin()

    def _advance(self) -> None:
        """Decode up to the present, without prompts."""
        if self._decoding:
            self._decoded += (self._events.now - self._since) / self._iteration()
        self._since = self._events.now

    def _iteration(self) -> float:
        model = self._model
        count = len(self._decoding)
        return model.iteration_s + model.sequence_s * count + model.context_s * self._context

    def _begin(self) -> None:
        """Admit waiting calls, begin the next iteration, and enter the event at its end."""
        self._admit()
        self._chunk = self._next_chunk()
        now = self._events.now
        if self._chunk:
            prompt_s = self._model.prefill_s * sum(count for _, count in self._chunk)
            due = now + self._iteration() + prompt_s
        elif self._decoding:
            due = now + max(0.0, self._decoding[0][0] - self._decoded) * self._iteration()
        else:
            return
        self._entries += 1
        entry = self._entries
        self._events.at(due, lambda: self._end(entry))

    def _admit(self) -> None:
        """Give free slots and room to waiting calls; a call that is alone always has room."""
        while self._waiting and len(self._prompts) + len(self._decoding) < self._slots:
            call = self._waiting[0][2]
            if self._kept and self._kept + call.kept > self._model.room:
                return
            heapq.heappop(self._waiting)
            self._kept += call.kept
            if call.left:
                self._prompts.append(call)
            else:
                self._decode(call, call.tokens.answer)

    def _next_chunk(self) -> list[tuple[_Call, int]]:
        """The prompts of the next iteration, each with its number of tokens."""
        chunk: list[tuple[_Call, int]] = []
        room = _NO_LIMIT if self._model.chunk is None else self._model.chunk
        for call in self._prompts:
            if not room:
                break
            count = min(room, call.left)
            room -= count
            chunk.append((call, count))
        return chunk

    def _end(self, entry: int) -> None:
        """An iteration with prompts or an answer is complete, unless a later event replaces it."""
        if entry != self._entries:
            return
        finished: list[_Call] = []
        if self._chunk:
            self._since = self._events.now
            # Every sequence of the batch has decoded one token, too.
            self._decoded += 1
            for call, count in self._chunk:
                call.left -= count
                if not call.left:
                    self._prompts.popleft()
                    if call.tokens.answer > 1:
                        self._decode(call, call.tokens.answer - 1)
                    else:
                        finished.append(call)
        else:
            self._advance()
        while self._decoding and self._decoding[0][0] <= self._decoded + _ROUNDING:
            call = heapq.heappop(self._decoding)[2]
            self._context -= call.tokens.context
            finished.append(call)
        self.outstanding -= len(finished)
        self._kept -= sum(call.kept for call in finished)
        self._chunk = []
        self._begin()
        for call in finished:
            call.done()

    def _decode(self, call: _Call, tokens: int) -> None:
        self._entered += 1
        self._context += call.tokens.context
        heapq.heappush(self._decoding, (self._decoded + tokens, self._entered, call))
