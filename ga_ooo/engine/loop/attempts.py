"""Moves that fail: tried again from clean copies, given up after so many tries."""

from __future__ import annotations

from ga_ooo.engine.ids import PersonaIndex, Step
from ga_ooo.engine.loop.fibers import Move
from ga_ooo.errors import GaOooError, ModelError, RunStoppedError


class MoveFailedError(RunStoppedError):
    """A move failed again on every clean copy.

    Attributes:
        persona: its name.
        step: the step that could not be taken.
        cause: what the last try raised.
    """

    def __init__(self, persona: str, step: Step, tries: int, cause: BaseException) -> None:
        super().__init__(
            f"{persona} cannot take step {step}: {type(cause).__name__}: {cause} "
            f"(tried {tries} times, each from a clean copy)",
            "the step before is saved; mend the cause and run on from there",
        )
        self.persona = persona
        self.step = step
        self.cause = cause


class InterruptedRunError(RunStoppedError):
    """The user asked the run to stop."""

    def __init__(self) -> None:
        super().__init__("the run was interrupted", "run on from the step that was saved")


class Attempts:
    """How often the moves under way have failed.

    Args:
        retries: how often a move that failed is started over.
    """

    def __init__(self, retries: int) -> None:
        self._retries = retries
        self._tries: dict[PersonaIndex, int] = {}
        self._attempts: dict[PersonaIndex, int] = {}

    def attempt(self, persona: PersonaIndex) -> int:
        """How often host code has failed in the persona's move; not the model."""
        return self._attempts.get(persona, 0)

    def succeeded(self, persona: PersonaIndex) -> None:
        """The persona's move is done."""
        self._tries.pop(persona, None)
        self._attempts.pop(persona, None)

    def failed(self, move: Move, error: BaseException) -> BaseException | None:
        """Count a failure.

        Returns:
            what the run ends with; None if the move is to start over.
        """
        if isinstance(error, GaOooError) and not getattr(error, "retry_move", False):
            return error
        tries = self._tries.get(move.persona, 1)
        if tries > self._retries or not isinstance(error, Exception):
            # A model that is gone says so itself, with a better remedy than ours.
            if isinstance(error, ModelError):
                return error
            return MoveFailedError(move.name, move.step, tries, error)
        self._tries[move.persona] = tries + 1
        if not isinstance(error, ModelError):
            self._attempts[move.persona] = move.attempt + 1
        return None
