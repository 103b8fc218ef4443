"""Configuration of a run: frozen, validated."""

from __future__ import annotations

from dataclasses import dataclass

from ga_ooo.errors import UsageError


@dataclass(frozen=True)
class RunOptions:
    """How a run is executed. None of these changes its result, except the seed.

    Attributes:
        seed: run seed: random streams and sampling seeds derive from it.
        rule: dependency rule as spelled on the command line.
        retries: how often a move that failed is started over from a clean copy.
        checkpoint_steps: steps between two checkpoints in memory, from which a stop that comes
            at any moment finds its way to a consistent step.
        lookahead: steps that anybody may lead the commit horizon by; None for no limit.
    """

    seed: int = 0
    rule: str = "reach"
    retries: int = 3
    checkpoint_steps: int = 360
    lookahead: int | None = None

    def __post_init__(self) -> None:
        if self.retries < 0:
            raise UsageError(f"retries is {self.retries}", "give 0 or more")
        if self.checkpoint_steps < 1:
            raise UsageError(f"checkpoint_steps is {self.checkpoint_steps}", "give 1 or more")
        if self.lookahead is not None and self.lookahead < 1:
            raise UsageError(f"lookahead is {self.lookahead}", "give 1 or more, or leave it out")
