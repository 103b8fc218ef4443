"""The journal in memory: answers since the last checkpoint, for steps that are taken again."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from ga_ooo.errors import ModelError
from ga_ooo.model.requests import CallKey, ModelAnswer, ModelCall, ModelClient


class MemoryJournal:
    """A client that keeps the answers of another client, by call key.

    Args:
        client: asked while :meth:`replaying` is not entered.
    """

    def __init__(self, client: ModelClient) -> None:
        self._client = client
        self._replaying = False
        self._answers: dict[CallKey, tuple[str, ModelAnswer]] = {}

    async def answer(self, call: ModelCall) -> ModelAnswer:
        """The kept answer during a replay, else a new one.

        Raises:
            ModelError: replaying, and no equal call was made before under this key.
        """
        if call.key is None:
            return await self._client.answer(call)
        if self._replaying:
            return self._recall(call, call.key)
        answer = await self._client.answer(call)
        self._answers[call.key] = (call.request.fingerprint, answer)
        return answer

    @contextmanager
    def replaying(self) -> Iterator[None]:
        """While entered, answer from memory only."""
        self._replaying = True
        try:
            yield
        finally:
            self._replaying = False

    def forget_before(self, step: int) -> None:
        """Drop answers of steps before ``step``."""
        self._answers = {key: kept for key, kept in self._answers.items() if key.step >= step}

    async def close(self) -> None:
        """Close the client underneath."""
        await self._client.close()

    def _recall(self, call: ModelCall, key: CallKey) -> ModelAnswer:
        fingerprint, answer = self._answers.get(key, (None, None))
        if answer is None or fingerprint != call.request.fingerprint:
            raise ModelError(
                f"call {key.ordinal} of {key.persona} at step {key.step} differs on the second try",
                "the host depends on something that the engine does not control; "
                "see docs/exactness.md",
            )
        return answer
