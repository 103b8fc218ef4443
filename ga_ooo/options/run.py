"""How a run is executed."""

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
        checkpoint_steps: steps between two checkpoints; from those in memory a stop that comes
            at any moment finds its way to a consistent step, from those on disk a run is resumed.
        checkpoint_seconds: at most so many seconds lie between two checkpoints.
        keep_checkpoints: how many are kept on disk, the newest; 0 for all.
        window: steps that anybody may lead the commit horizon by; None for no limit.
        accelerate: accelerators of the host's own code: ``all``, ``none`` or names with commas.
        runahead: steps that anybody is rehearsed ahead of what has happened; 0 for none.
        runahead_budget: tokens that rehearsals may waste, as a share of the tokens of the calls
            that were needed; infinity for no limit.
    """

    seed: int = 0
    rule: str = "reach"
    retries: int = 3
    checkpoint_steps: int = 360
    checkpoint_seconds: float = 60.0
    keep_checkpoints: int = 2
    window: int | None = None
    accelerate: str = "all"
    runahead: int = 64
    runahead_budget: float = 0.15

    def __post_init__(self) -> None:
        if self.retries < 0:
            raise UsageError(f"retries is {self.retries}", "give 0 or more")
        if self.checkpoint_steps < 1:
            raise UsageError(f"checkpoint_steps is {self.checkpoint_steps}", "give 1 or more")
        if self.checkpoint_seconds <= 0:
            raise UsageError(
                f"checkpoint_seconds is {self.checkpoint_seconds}", "give seconds above 0"
            )
        if self.keep_checkpoints < 0:
            raise UsageError(
                f"keep_checkpoints is {self.keep_checkpoints}", "give 1 or more, or 0 for all"
            )
        if self.window is not None and self.window < 1:
            raise UsageError(f"window is {self.window}", "give 1 or more, or leave it out")
        if self.runahead < 0:
            raise UsageError(f"runahead is {self.runahead}", "give steps, or 0 for none")
        if not self.runahead_budget >= 0:
            raise UsageError(
                f"runahead_budget is {self.runahead_budget}",
                "give a share of 0 or more, such as 0.15, or inf for no limit",
            )
