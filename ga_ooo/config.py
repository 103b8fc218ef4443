"""Configuration of a run: frozen, validated."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

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


SCRIPTED: Final = "scripted"
"""Name of the embedded default model."""


@dataclass(frozen=True)
class ModelOptions:
    """Which model answers, and how.

    Attributes:
        model: ``scripted`` for the embedded model; anything else needs ``urls`` or a plugin.
        urls: base URLs of OpenAI-compatible servers for chat and completions.
        name: served model name for chat and completions.
        embedding_urls: base URLs for embeddings; those of ``urls`` if empty.
        embedding_name: served model name for embeddings; ``name`` if empty.
        latency: of the scripted model: seconds a call, per output token, per input token.
        latency_seed: gives every scripted call a latency of its own; None for exactly modelled.
        slots: calls that the scripted model serves at once; None for no limit.
        embedding_width: width of the scripted model's embeddings.
    """

    model: str = SCRIPTED
    urls: tuple[str, ...] = ()
    name: str = ""
    embedding_urls: tuple[str, ...] = ()
    embedding_name: str = ""
    latency: tuple[float, float, float] = (0.0, 0.0, 0.0)
    latency_seed: int | None = None
    slots: int | None = None
    embedding_width: int = 64

    def __post_init__(self) -> None:
        for url in (*self.urls, *self.embedding_urls):
            if not url.startswith(("http://", "https://")):
                raise UsageError(
                    f"model URL '{url}' is no URL",
                    "spell it as the server prints it, such as http://localhost:8000/v1",
                )
        if self.urls and not self.name:
            raise UsageError(
                "a model URL without a model name", "give --model-name, as the server serves it"
            )
        if min(self.latency) < 0:
            raise UsageError("a latency is negative", "give seconds of 0 or more")
        if self.slots is not None and self.slots < 1:
            raise UsageError(f"--slots {self.slots}", "give 1 or more, or leave it out")
