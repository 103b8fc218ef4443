"""Answers of the recent past, so that steps can be taken again without asking again."""

from __future__ import annotations

from ga_ooo.errors import ModelError
from ga_ooo.model.requests import CallKey, ModelAnswer, ModelCall, ModelClient


class RecentAnswers:
    """A client that remembers the answers of another one by where the call stands.

    Args:
        client: asked for what is not remembered.

    Attributes:
        replaying: answer from memory only.
        client: the client underneath; a layer may be put in between before the first call.
    """

    def __init__(self, client: ModelClient) -> None:
        self.replaying = False
        self.client = client
        self._answers: dict[CallKey, tuple[str, ModelAnswer]] = {}

    async def answer(self, call: ModelCall) -> ModelAnswer:
        """The remembered answer, or a fresh one.

        Raises:
            ModelError: replaying, and the call was not made before or asked something else.
        """
        if call.key is None:
            return await self.client.answer(call)
        if self.replaying:
            return self._recall(call, call.key)
        answer = await self.client.answer(call)
        self._answers[call.key] = (call.request.fingerprint, answer)
        return answer

    def forget_before(self, step: int) -> None:
        """Drop answers of steps before ``step``."""
        self._answers = {key: kept for key, kept in self._answers.items() if key.step >= step}

    async def close(self) -> None:
        """Close the client underneath."""
        await self.client.close()

    def _recall(self, call: ModelCall, key: CallKey) -> ModelAnswer:
        fingerprint, answer = self._answers.get(key, (None, None))
        if answer is None or fingerprint != call.request.fingerprint:
            raise ModelError(
                f"call {key.ordinal} of {key.persona} at step {key.step} differs on the second try",
                "the host depends on something that the engine does not control; "
                "see docs/exactness.md",
            )
        return answer
