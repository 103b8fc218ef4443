"""The way from host code to the model: makes a call of a request, and waits for the answer.

In a fiber the wait suspends the move; outside of one (the lockstep reference, interactive
analysis) it blocks on a loop of its own.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Final, NoReturn

from ga_ooo.engine.loop.fibers import Abort, Await, Move, current_move, in_fiber, suspend
from ga_ooo.errors import GaOooError, HostError
from ga_ooo.host.imported.call_site import asking_line, call_site
from ga_ooo.model.requests import (
    CallKey,
    ModelAnswer,
    ModelCall,
    ModelClient,
    ModelRequest,
    derive_seed,
)
from ga_ooo.observer import Observer

_KEPT_CALLS: Final = 4096
"""So many calls of rehearsed moves are kept."""


class Gateway:
    """The single way from host code to the model.

    Args:
        client: answers the calls.
        run_seed: seed of the run, from which sampling seeds derive.
        loop: loop for waits outside of fibers; the engine's own loop while it is not running.
        shape: may change a request before it is sent; a pure function that raises only GaOooError.
        observer: notified of calls.

    Attributes:
        error: the first failure outside of a fiber. The host's bare ``except:`` may have
            swallowed the exception, so code that runs moves in place checks this after each move.
        end_run: ends the run of the engine with an error; called in a thread of the host, and
            returns when the run ends. None while no run is under way.
        first_attempts: the number that the first attempt at a move has, by persona and step, if it
            is not 0: an earlier process has failed at the attempts before it.
    """

    def __init__(
        self,
        client: ModelClient,
        run_seed: int,
        loop: asyncio.AbstractEventLoop,
        shape: Callable[[ModelRequest], ModelRequest] | None = None,
        observer: Observer | None = None,
    ) -> None:
        self.error: Exception | None = None
        self.end_run: Callable[[GaOooError], None] | None = None
        self.first_attempts: Mapping[tuple[str, int], int] = {}
        self._client = client
        self._observer = observer or Observer()
        self._run_seed = run_seed
        self._loop = loop
        self._shape = shape
        self._rehearsed: dict[tuple[str, int, int], tuple[ModelRequest, ModelCall]] = {}
        self._thread = threading.get_ident()
        self._loop_in_use = threading.Lock()

    def ask(self, request: ModelRequest) -> ModelAnswer:
        """Ask the model and wait for its answer.

        Raises:
            ModelError: outside of a fiber only; in a fiber a failed call never returns: the
                move is given up and started over on a clean copy.
            SystemExit: host code asks in a thread of its own, and the process ends for that.
        """
        if threading.get_ident() != self._thread:
            self._refuse_thread()
        move = current_move()
        if move is not None and move.rehearsal is not None:
            with _paused(move):
                rehearsed: ModelAnswer = move.rehearsal(self._rehearsed_call(request, move))
                return rehearsed
        if move is not None and move.abandoned:
            # Only reached if an abandoned move runs again, which must not ask the model.
            suspend(Abort(AssertionError(f"the abandoned move of {move.name} runs again")))
        call = self._call(self._shaped(request), move)
        self._observer.call_asked(call)
        if in_fiber():
            answer: ModelAnswer = suspend(Await(self._timed(call, move)))
            return answer
        try:
            # Host code may ask in several threads.
            with self._loop_in_use:
                return self._loop.run_until_complete(self._timed(call, move))
        except GaOooError as error:
            self.error = self.error or error
            raise

    def refuse(self, error: GaOooError) -> NoReturn:
        """End the run with an error, wherever host code is; a rehearsal ends by itself.

        Raises:
            GaOooError: outside of a fiber. In a fiber it would meet the host's bare ``except:``.
        """
        if threading.get_ident() != self._thread:
            self._refuse_thread(error)
        move = current_move()
        if in_fiber() and move is not None:
            with _paused(move):
                suspend(Abort(error))
        self.error = self.error or error
        raise error

    @contextmanager
    def unobserved(self) -> Iterator[None]:
        """While entered, the observer is not notified."""
        observer, self._observer = self._observer, Observer()
        try:
            yield
        finally:
            self._observer = observer

    def _refuse_thread(self, error: GaOooError | None = None) -> None:
        """End the run of the engine, if one is under way, and this thread: it runs at no known
        point of the simulation. The host's own loop waits for its threads, so it may ask there.

        Args:
            error: for the user; None for one that names the thread.

        Raises:
            SystemExit: when this process ends. Until then, nothing that host code would do with an
                error may happen.
        """
        with self._loop_in_use:
            is_engine = self._loop.is_running()
        if not is_engine or self.end_run is None:
            return
        self.end_run(error or _thread_error())
        threading.main_thread().join()
        raise SystemExit

    def _shaped(self, request: ModelRequest) -> ModelRequest:
        if self._shape is None:
            return request
        try:
            return self._shape(request)
        except GaOooError as error:
            # Raised here, the host's bare ``except:`` would catch it and store it as a memory.
            if in_fiber():
                suspend(Abort(error))
            self.error = self.error or error
            raise

    def _rehearsed_call(self, request: ModelRequest, move: Move) -> ModelCall:
        """The call of a rehearsed move. A move is rehearsed again and again; the same call in it is
        made once."""
        at = (move.name, move.step, move.ordinal)
        earlier, call = self._rehearsed.get(at, (None, None))
        if earlier is not None and call is not None and earlier == request:
            request.share_fingerprint(earlier)
            fingerprint = call.request.fingerprint
            if move.occurrences[fingerprint] == call.occurrence:
                move.occurrences[fingerprint] += 1
                move.ordinal += 1
                return call
        call = self._call(self._shaped(request), move)
        if len(self._rehearsed) >= _KEPT_CALLS:
            del self._rehearsed[next(iter(self._rehearsed))]
        self._rehearsed[at] = (request, call)
        return call

    def _call(self, request: ModelRequest, move: Move | None) -> ModelCall:
        if move is None:
            return ModelCall(request, seed=derive_seed(self._run_seed, "", request.fingerprint, 0))
        occurrence = move.occurrences[request.fingerprint]
        move.occurrences[request.fingerprint] += 1
        attempt = self.first_attempts.get((move.name, move.step), 0) + move.attempt
        key = CallKey(move.name, move.step, move.ordinal, attempt)
        move.ordinal += 1
        seed = derive_seed(self._run_seed, move.name, request.fingerprint, occurrence, attempt)
        return ModelCall(request, key, occurrence, seed, priority=move.step, site=call_site())

    async def _timed(self, call: ModelCall, move: Move | None) -> ModelAnswer:
        loop = asyncio.get_running_loop()
        started = loop.time()
        self._observer.call_started(call)
        answer = await self._client.answer(call)
        self._observer.call_finished(call, answer)
        if move is not None:
            move.seconds += max(loop.time() - started, answer.seconds)
        return answer


def _thread_error() -> HostError:
    return HostError(
        f"the host asks the model in a thread of its own, {asking_line()} (thread "
        f"{threading.current_thread().name!r}): such a call belongs to no move, so its place in "
        "the order of calls is not known",
        "let the host ask the model without a thread, or run it with --mode lockstep",
    )


class _paused:  # noqa: N801 - a context manager reads as a verb
    """While entered, other code than that of a rehearsal may run."""

    def __init__(self, move: Move) -> None:
        self._effects = move.effects

    def __enter__(self) -> None:
        if self._effects is not None:
            self._effects.pause()

    def __exit__(self, *exc_info: object) -> None:
        if self._effects is not None:
            self._effects.resume()
