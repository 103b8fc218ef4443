"""The latency of scripted answers."""

from __future__ import annotations

from dataclasses import dataclass

from ga_ooo.model.requests import CallKind, ModelAnswer, ModelCall
from ga_ooo.scripted.choice import fraction


@dataclass(frozen=True)
class Latency:
    """A latency model.

    Attributes:
        base: seconds of every call.
        per_output_token: seconds per generated token.
        per_input_token: seconds per prompt token.
        seed: None for exactly the modelled time. With a seed the time of each call is multiplied
            by a factor in [0.25, 4], so that calls complete in another order for each seed.
        slots: number of calls that are served at the same time; None for no limit.
    """

    base: float = 0.0
    per_output_token: float = 0.0
    per_input_token: float = 0.0
    seed: int | None = None
    slots: int | None = None

    def seconds(self, call: ModelCall, answer: ModelAnswer) -> float:
        """Seconds from the start of service to the answer."""
        time = self.base + self.per_input_token * answer.prompt_tokens
        if call.request.kind is not CallKind.EMBEDDING:
            time += self.per_output_token * answer.output_tokens
        if self.seed is None or time == 0:
            return time
        factor: float = 0.25 * 16 ** fraction("latency", str(self.seed), _identity(call))
        return time * factor


def _identity(call: ModelCall) -> str:
    if call.key is not None:
        return f"{call.key.persona}\0{call.key.step}\0{call.key.ordinal}"
    return f"{call.request.fingerprint}\0{call.occurrence}"
