"""Where host code meets the model: turns a request into a call of the current move and waits.

In a fiber the wait suspends the move; outside of one (the lockstep reference, interactive
analysis) it blocks on a loop of its own.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from ga_ooo.engine.loop.fibers import Abort, Await, Move, current_move, in_fiber, suspend
from ga_ooo.errors import GaOooError
from ga_ooo.model.requests import (
    CallKey,
    ModelAnswer,
    ModelCall,
    ModelClient,
    ModelRequest,
    derive_seed,
)

_OWN_FRAMES: Final = 4
"""Frames of ours between host code and :func:`_call_site`: that, ``_call``, ``ask``, ``create``."""


@dataclass
class CallObserver:
    """Functions to be told of calls; empty by default.

    Attributes:
        asked: told in the move that asks, on the stack of the host code that does.
        started: told when the call is about to go out.
        finished: told of the answer.
    """

    asked: list[Callable[[ModelCall], None]] = field(default_factory=list)
    started: list[Callable[[ModelCall], None]] = field(default_factory=list)
    finished: list[Callable[[ModelCall, ModelAnswer], None]] = field(default_factory=list)


class Gateway:
    """The single way from host code to the model.

    Args:
        client: answers the calls.
        run_seed: seed of the run, from which sampling seeds derive.
        loop: loop for waits outside of fibers; the engine's own loop while it is not running.
        shape: may change a request before it is asked; a pure function. Fails by GaOooError only.

    Attributes:
        error: the first failure outside of a fiber. The host's bare ``except:`` may have
            swallowed it, so whoever runs moves in place checks it after each of them.
    """

    def __init__(
        self,
        client: ModelClient,
        run_seed: int,
        loop: asyncio.AbstractEventLoop,
        shape: Callable[[ModelRequest], ModelRequest] | None = None,
    ) -> None:
        self.client = client
        self.observer = CallObserver()
        self.error: GaOooError | None = None
        self._run_seed = run_seed
        self._loop = loop
        self._shape = shape

    def ask(self, request: ModelRequest) -> ModelAnswer:
        """Ask the model and wait for its answer.

        Raises:
            ModelError: outside of a fiber only; in a fiber a failed call never returns: the
                move is given up and started over on a clean copy.
        """
        move = current_move()
        if move is not None and move.rehearsal is not None:
            early: ModelAnswer = move.rehearsal(self._call(self._shaped(request), move))
            return early
        if move is not None and move.abandoned:
            # Only reached if something revives a dead move; it must not touch the model again.
            suspend(Abort(AssertionError(f"the abandoned move of {move.name} came back")))
        call = self._call(self._shaped(request), move)
        for tell in self.observer.asked:
            tell(call)
        if in_fiber():
            answer: ModelAnswer = suspend(Await(self._timed(call, move)))
            return answer
        try:
            return self._loop.run_until_complete(self._timed(call, move))
        except GaOooError as error:
            self.error = self.error or error
            raise

    def _shaped(self, request: ModelRequest) -> ModelRequest:
        if self._shape is None:
            return request
        try:
            return self._shape(request)
        except GaOooError as error:
            # Raised here it would meet the host's bare ``except:`` and become a memory.
            if in_fiber():
                suspend(Abort(error))
            self.error = self.error or error
            raise

    def _call(self, request: ModelRequest, move: Move | None) -> ModelCall:
        if move is None:
            return ModelCall(request, seed=derive_seed(self._run_seed, "", request.fingerprint, 0))
        occurrence = move.occurrences[request.fingerprint]
        move.occurrences[request.fingerprint] += 1
        key = CallKey(move.name, move.step, move.ordinal, move.attempt)
        move.ordinal += 1
        seed = derive_seed(self._run_seed, move.name, request.fingerprint, occurrence, move.attempt)
        return ModelCall(request, key, occurrence, seed, priority=move.step, site=_call_site())

    async def _timed(self, call: ModelCall, move: Move | None) -> ModelAnswer:
        loop = asyncio.get_running_loop()
        started = loop.time()
        for tell_start in self.observer.started:
            tell_start(call)
        answer = await self.client.answer(call)
        for tell_end in self.observer.finished:
            tell_end(call, answer)
        if move is not None:
            move.seconds += max(loop.time() - started, answer.seconds)
        return answer


def _call_site() -> str:
    """The host's functions from ``Persona.move`` down to the call, such as
    ``perceive>generate_poig_score>run_gpt_prompt_event_poignancy``."""
    names: list[str] = []
    frame = sys._getframe(_OWN_FRAMES)
    while frame is not None and frame.f_code.co_name != "move":
        names.append(frame.f_code.co_name)
        above = frame.f_back
        if above is None:
            break
        frame = above
    return ">".join(reversed(names))
