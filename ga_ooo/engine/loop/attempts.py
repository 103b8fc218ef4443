"""Moves that fail: started again from clean copies, and given up after several attempts."""

from __future__ import annotations

from ga_ooo.engine.ids import PersonaIndex
from ga_ooo.engine.loop.fibers import Move
from ga_ooo.errors import GaOooError, ModelError, RunStoppedError


class MoveFailedError(RunStoppedError):
    """A move failed again from every clean copy.

    Args:
        move: the last attempt.
        attempts: how many there were.
        cause: the exception of the last one.

    Attributes:
        persona: its name.
        step: the step that could not be taken.
        host_attempts: attempts that failed in host code, and not in the model.
        cause: see above.
    """

    def __init__(self, move: Move, attempts: int, cause: BaseException) -> None:
        super().__init__(
            f"{move.name} cannot take step {move.step}: {type(cause).__name__}: {cause} "
            f"({attempts} attempts, each from a clean copy)",
            "the steps before it are saved. If the answers of the model are the cause, resume the "
            "run: it asks for other ones. If the code of the host is the cause, correct it, and "
            "resume with --changed-host",
        )
        self.persona = move.name
        self.step = move.step
        self.host_attempts = move.attempt + 1
        self.cause = cause


class InterruptedRunError(RunStoppedError):
    """The user asked the run to stop."""

    def __init__(self) -> None:
        super().__init__("the run was interrupted", "resume it from the step that was saved")


class Attempts:
    """How often the moves under way have failed.

    Args:
        retries: how often a move that failed is started again.
    """

    def __init__(self, retries: int) -> None:
        self._retries = retries
        self._failures: dict[PersonaIndex, int] = {}
        self._host_failures: dict[PersonaIndex, int] = {}

    def host_failures(self, persona: PersonaIndex) -> int:
        """How often host code has failed in the persona's move; not the model."""
        return self._host_failures.get(persona, 0)

    def succeeded(self, persona: PersonaIndex) -> None:
        """The persona's move is complete."""
        self._failures.pop(persona, None)
        self._host_failures.pop(persona, None)

    def failed(self, move: Move, error: BaseException) -> BaseException | None:
        """Count a failure.

        Returns:
            the error that ends the run; None if the move is to start again.
        """
        if isinstance(error, GaOooError) and not getattr(error, "retry_move", False):
            return error
        failures = self._failures.get(move.persona, 0) + 1
        if failures > self._retries or not isinstance(error, Exception):
            # The error of a model that is gone has a better remedy than ours.
            if isinstance(error, ModelError):
                return error
            return MoveFailedError(move, failures, error)
        self._failures[move.persona] = failures
        if not isinstance(error, ModelError):
            self._host_failures[move.persona] = move.attempt + 1
        return None
