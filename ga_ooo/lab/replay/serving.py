"""Model servers of a replay: one GPU with an 8B model on it, from its data sheet.

A server works in iterations, as vLLM does with chunked prefill. In one iteration each sequence of
the batch decodes a token, and up to ``chunk`` tokens of waiting prompts are computed. The iteration
takes the time to read the weights once and the keys and values of all sequences, and the time to
compute all of its tokens. :mod:`~ga_ooo.lab.replay.gpu` simulates the iterations.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

PARAMETERS: Final = 8.03e9
"""Of Llama 3.1 8B."""

_TOKEN_BYTES: Final = 131_072
"""Keys and values of one token: 32 layers of 8 heads of 128 numbers of 2 bytes, twice."""

_BANDWIDTH_USED: Final = 0.84
_PEAK_USED: Final = 0.6
_OVERHEAD_S: Final = 0.001
"""Shares of the bandwidth and of the peak that a server reaches, and seconds that an iteration
takes besides. They are fitted to three published sweeps; docs/traces.md compares them."""

_EMBEDDING_S: Final = 0.01
"""Seconds of an embedding: an assumption about a small model on a server of its own."""


@dataclass(frozen=True, slots=True)
class Tokens:
    """Tokens of one call.

    Attributes:
        prompt: of the prompt.
        answer: of the answer; 0 for embeddings.
        cached: of the prompt's longest prefix that was computed before.
    """

    prompt: int
    answer: int
    cached: int = 0

    @property
    def context(self) -> float:
        """Tokens before the one that is decoded, in the mean over the answer."""
        return self.prompt + self.answer / 2


@dataclass(frozen=True)
class ServingModel:
    """One GPU and the model on it.

    Attributes:
        slots: sequences that it decodes at the same time; None: any number, and each takes the
            time that it takes alone.
        call_s: seconds of a call that do not depend on its tokens; with ``chunk`` None only.
        prefill_s: seconds for each token of a prompt that must be computed.
        iteration_s: seconds of one iteration that do not depend on the batch.
        sequence_s: seconds that each sequence adds to an iteration.
        context_s: seconds that each token before, of each sequence, adds to an iteration.
        room: tokens whose keys and values fit into its memory.
        chunk: largest number of prompt tokens in one iteration; None: prompts take no iteration,
            and no prefix is cached.
        embedding_s: seconds of an embedding, on a server of its own; None: it is a call as others.
    """

    slots: int | None
    call_s: float = 0.0
    prefill_s: float = 0.0
    iteration_s: float = 0.0
    sequence_s: float = 0.0
    context_s: float = 0.0
    room: int = 1 << 60
    chunk: int | None = None
    embedding_s: float | None = None

    def computed(self, tokens: Tokens) -> int:
        """Tokens of a prompt that must be computed."""
        return tokens.prompt - (0 if self.chunk is None else tokens.cached)

    def alone(self, tokens: Tokens) -> float:
        """Seconds of a call that has the GPU to itself."""
        if self.embedding_s is not None and not tokens.answer:
            return self.embedding_s
        new, decoded = self.computed(tokens), tokens.answer
        seconds = self.call_s + self.prefill_s * new
        if self.chunk is not None and new:
            # The last iteration of the prompt decodes the first token.
            seconds += self.iteration_s * -(-new // self.chunk)
            decoded = max(0, decoded - 1)
        token_s = self.iteration_s + self.sequence_s + self.context_s * tokens.context
        return seconds + token_s * decoded


@dataclass(frozen=True)
class Gpu:
    """A GPU's data sheet.

    Attributes:
        bandwidth: bytes per second.
        flops: dense operations per second at the width of the weights.
        memory: bytes.
        weight_bytes: bytes of a parameter.
    """

    bandwidth: float
    flops: float
    memory: float
    weight_bytes: int = 2

    def serving(self, slots: int = 256, chunk: int = 8_192) -> ServingModel:
        """The 8B model on this GPU.

        Args:
            slots: largest number of sequences that the server accepts.
            chunk: see :class:`ServingModel`.
        """
        weights = PARAMETERS * self.weight_bytes
        read, computed = self.bandwidth * _BANDWIDTH_USED, self.flops * _PEAK_USED
        return ServingModel(
            slots=slots,
            prefill_s=2 * PARAMETERS / computed,
            iteration_s=_OVERHEAD_S + weights / read,
            sequence_s=2 * PARAMETERS / computed,
            context_s=_TOKEN_BYTES / read,
            room=int((0.9 * self.memory - weights) / _TOKEN_BYTES),
            chunk=chunk,
            embedding_s=_EMBEDDING_S,
        )


GPUS: Final = {
    "l4": Gpu(300e9, 121e12, 24e9),
    "l4-fp8": Gpu(300e9, 242e12, 24e9, 1),
    "a100-40": Gpu(1.555e12, 312e12, 40e9),
    "a100": Gpu(2.039e12, 312e12, 80e9),
    "h100": Gpu(3.35e12, 989e12, 80e9),
    "h100-fp8": Gpu(3.35e12, 1.979e15, 80e9, 1),
    "h200": Gpu(4.8e12, 989e12, 141e9),
    "h200-fp8": Gpu(4.8e12, 1.979e15, 141e9, 1),
}
"""From NVIDIA's data sheets of the L4, the A100 SXM and the H100 and H200 SXM, without sparsity."""

PRESETS: Final = {
    "unlimited": ServingModel(None, call_s=0.05, prefill_s=0.0001, iteration_s=0.02),
    **{
        # vLLM computes 2,048 prompt tokens at once by default on GPUs with less than 70 GB.
        name: gpu.serving(chunk=2_048 if gpu.memory < 70e9 else 8_192)
        for name, gpu in GPUS.items()
    },
}
"""``unlimited`` is the model of ``ga-ooo run --latency 0.05:0.02:0.0001``, without prefix cache."""
