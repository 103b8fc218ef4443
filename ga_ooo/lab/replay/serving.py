"""Model servers of a replay: how long a call takes beside all other calls.

A GPU decodes one token of each sequence of its batch in one iteration. An iteration takes the time
to read the weights once, and the keys and values of each sequence. So all sequences of a batch
advance at the same rate, which falls as the batch grows. Prompts are computed one after another,
and no sequence is decoded meanwhile (a server without chunked prefill). A call that finds no free
slot waits; waiting calls are served in the order of their priority.
"""

from __future__ import annotations

import heapq
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Protocol, TypeAlias

from ga_ooo.errors import UsageError
from ga_ooo.lab.replay.event_queue import EventQueue

Priority: TypeAlias = tuple[int, int]
"""Smaller is served first."""

Done: TypeAlias = Callable[[], None]

_ROUNDING: Final = 1e-9
"""Tokens by which rounding may keep an answer from being complete."""


class Fleet(Protocol):
    """Servers that answer calls."""

    def submit(self, priority: Priority, tokens_in: int, tokens_out: int, done: Done) -> None:
        """Answer a call.

        Args:
            priority: among the calls that wait for a slot.
            tokens_in: tokens of the prompt.
            tokens_out: tokens of the answer.
            done: called when the answer is complete.
        """
        ...


@dataclass(frozen=True)
class ServingModel:
    """One GPU and the model on it.

    Attributes:
        slots: sequences that it decodes at the same time; None: any number, and each takes the
            time that it takes alone.
        call_s: seconds of a call that do not depend on its tokens.
        prefill_s: seconds for each token of a prompt.
        iteration_s: seconds of one decoding iteration that do not depend on the batch.
        sequence_s: seconds that each sequence of the batch adds to an iteration.
    """

    slots: int | None
    call_s: float
    prefill_s: float
    iteration_s: float
    sequence_s: float

    def alone(self, tokens_in: int, tokens_out: int) -> float:
        """Seconds of a call that has the GPU to itself."""
        decode = self.iteration_s + self.sequence_s
        return self.call_s + self.prefill_s * tokens_in + decode * tokens_out

    def fleet(self, events: EventQueue, gpus: int) -> Fleet:
        """Servers with one GPU each.

        Raises:
            UsageError: the number of GPUs is below 1.
        """
        if gpus < 1:
            raise UsageError(f"{gpus} GPUs", "give 1 or more")
        if self.slots is None:
            return _Unlimited(self, events)
        return _Replicas([_Gpu(self, self.slots, events) for _ in range(gpus)])


def roofline(
    *, bandwidth: float, flops: float, memory: float, slots: int, context: int = 1_000
) -> ServingModel:
    """An 8B model (Llama 3: 8.03e9 parameters of 2 bytes, 131,072 bytes of keys and values for
    each token) on a GPU, from its data sheet.

    Decoding is bound by memory: 0.77 of the bandwidth is what a published sweep of vLLM measured
    for this model on an A100 (75 tokens/s at batch 1; johnmusgrave.com/p/vllm-throughput-latency-
    sweep-on). Prefill is bound by arithmetic: half of the peak is an assumption. The slots are
    the sequences whose keys and values fit into 0.9 of the memory beside the weights.

    Args:
        bandwidth: bytes per second.
        flops: dense 16-bit operations per second.
        memory: bytes.
        slots: largest number of sequences that the server accepts.
        context: tokens of a sequence in the middle of its answer.
    """
    parameters, token_bytes = 8.03e9, 131_072
    read = bandwidth * 0.77
    fitting = int((0.9 * memory - 2 * parameters) / (context * token_bytes))
    return ServingModel(
        slots=min(slots, fitting),
        call_s=0.0,
        prefill_s=2 * parameters / (flops * 0.5),
        iteration_s=2 * parameters / read,
        sequence_s=context * token_bytes / read,
    )


PRESETS: Final = {
    "unlimited": ServingModel(None, 0.05, 0.0001, 0.02, 0.0),
    "l4": roofline(bandwidth=300e9, flops=121e12, memory=24e9, slots=256),
    "h100": roofline(bandwidth=3.35e12, flops=989e12, memory=80e9, slots=256),
}
"""``unlimited`` is the model of ``ga-ooo run --latency 0.05:0.02:0.0001``. The others follow the
data sheets of NVIDIA's L4 and H100 SXM (:func:`roofline`)."""


class _Unlimited:
    """Servers without limit: each call takes the time that it takes alone."""

    def __init__(self, model: ServingModel, events: EventQueue) -> None:
        self._model = model
        self._events = events

    def submit(self, priority: Priority, tokens_in: int, tokens_out: int, done: Done) -> None:
        events = self._events
        events.at(events.now + self._model.alone(tokens_in, tokens_out), done)


class _Replicas:
    """Several servers: each call goes to the server with the fewest calls."""

    def __init__(self, servers: list[_Gpu]) -> None:
        self._servers = servers

    def submit(self, priority: Priority, tokens_in: int, tokens_out: int, done: Done) -> None:
        server = min(self._servers, key=lambda server: server.outstanding)
        server.submit(_Call(priority, tokens_in, tokens_out, done))


@dataclass(slots=True, eq=False)
class _Call:
    priority: Priority
    tokens_in: int
    tokens_out: int
    done: Done


class _Gpu:
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
        self._prefilling: _Call | None = None
        self._prefill_until = 0.0
        self._decoding: list[tuple[float, int, _Call]] = []
        self._decoded = 0.0
        self._since = 0.0
        self._entered = 0
        self._entries = 0

    def submit(self, call: _Call) -> None:
        self._advance()
        self.outstanding += 1
        self._entered += 1
        heapq.heappush(self._waiting, (call.priority, self._entered, call))
        self._enter_next()

    def _advance(self) -> None:
        """Decode up to the present; no sequence is decoded during a prefill."""
        now = self._events.now
        if self._prefilling is None and self._decoding:
            self._decoded += (now - self._since) / self._iteration()
        self._since = now

    def _iteration(self) -> float:
        model = self._model
        return model.iteration_s + model.sequence_s * len(self._decoding)

    def _enter_next(self) -> None:
        """Give free slots to waiting calls, start the next prefill, and enter the next event."""
        now = self._events.now
        while self._waiting and self._occupied() < self._slots:
            self._prompts.append(heapq.heappop(self._waiting)[2])
        if self._prefilling is None and self._prompts:
            call = self._prefilling = self._prompts.popleft()
            prefill = self._model.call_s + self._model.prefill_s * call.tokens_in
            self._prefill_until = now + prefill
        if self._prefilling is not None:
            due = self._prefill_until
        elif self._decoding:
            due = now + max(0.0, self._decoding[0][0] - self._decoded) * self._iteration()
        else:
            return
        self._entries += 1
        entry = self._entries
        self._events.at(due, lambda: self._happened(entry))

    def _occupied(self) -> int:
        return len(self._prompts) + len(self._decoding) + (self._prefilling is not None)

    def _happened(self, entry: int) -> None:
        """A prefill or an answer is complete, unless a later event replaces this one."""
        if entry != self._entries:
            return
        self._advance()
        finished: list[_Call] = []
        call = self._prefilling
        if call is not None and self._events.now >= self._prefill_until:
            self._prefilling = None
            if call.tokens_out:
                self._entered += 1
                end = self._decoded + call.tokens_out
                heapq.heappush(self._decoding, (end, self._entered, call))
            else:
                finished.append(call)
        while self._decoding and self._decoding[0][0] <= self._decoded + _ROUNDING:
            finished.append(heapq.heappop(self._decoding)[2])
        self.outstanding -= len(finished)
        self._enter_next()
        for call in finished:
            call.done()
