"""What ``ga-ooo serve`` is asked to start."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from ga_ooo.errors import UsageError


def default_log_folder() -> Path:
    """Where server logs go unless another folder is given."""
    return Path.home() / ".cache" / "ga-ooo" / "serve"


@dataclass(frozen=True)
class ServeOptions:
    """Which servers to run on this machine, and how.

    Attributes:
        model: generative model: a name on the model hub, or a folder.
        replicas: how many generative servers; ``"auto"`` is as many as the GPUs hold, or one
            where there is no GPU.
        gpus_per_replica: GPUs that one replica is spread over (tensor parallelism).
        embedding_model: embedding model, name or folder; None starts no embedding server.
        served_model_name: name that requests give; None is ``model`` as it is written.
        served_embedding_name: the same for the embedding model.
        port: first port to try; each server takes the next free one from here.
        python: the Python that vLLM is installed in.
        max_num_seqs: most requests in one batch of a generative server; None leaves it to vLLM.
        gpu_memory_utilization: share of a GPU's memory in (0, 1] that the servers on it may take
            together; None leaves it to vLLM, or is 0.9 where two servers share a GPU.
        embedding_memory_utilization: the embedding server's part of it.
        reproducible: answers must not depend on what else is in the batch: batch-invariant
            kernels, no prefix caching. Slower; NVIDIA GPUs of compute capability 8.0 or later
            (older releases of vLLM: 9.0).
        log_folder: where each server's log goes, one file a server.
        extra_arguments: passed to the generative servers as they are, after all others.
        extra_embedding_arguments: passed to the embedding server as they are.

    Raises:
        UsageError: a value is out of its range.
    """

    model: str
    replicas: int | Literal["auto"] = "auto"
    gpus_per_replica: int = 1
    embedding_model: str | None = None
    served_model_name: str | None = None
    served_embedding_name: str | None = None
    port: int = 8000
    python: Path = field(default_factory=lambda: Path(sys.executable))
    max_num_seqs: int | None = None
    gpu_memory_utilization: float | None = None
    embedding_memory_utilization: float = 0.1
    reproducible: bool = False
    log_folder: Path = field(default_factory=default_log_folder)
    extra_arguments: tuple[str, ...] = ()
    extra_embedding_arguments: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not self.model:
            raise UsageError("no model is named", "name one, or give the folder it is in")
        if self.replicas != "auto":
            _require_positive("--replicas", self.replicas)
        _require_positive("--gpus-per-replica", self.gpus_per_replica)
        if self.max_num_seqs is not None:
            _require_positive("--max-num-seqs", self.max_num_seqs)
        if not 1 <= self.port <= 65535:
            raise UsageError(f"--port is {self.port}", "give a port from 1 to 65535")
        _require_share("--gpu-memory-utilization", self.gpu_memory_utilization)
        _require_share("--embedding-memory-utilization", self.embedding_memory_utilization)
        share = self.gpu_memory_utilization or 1.0
        if self.embedding_model is not None and share <= self.embedding_memory_utilization:
            raise UsageError(
                "--gpu-memory-utilization leaves nothing beside the embedding server's "
                f"{self.embedding_memory_utilization}",
                "raise --gpu-memory-utilization or lower --embedding-memory-utilization",
            )

    @property
    def generative_name(self) -> str:
        """Model name that chat and completion requests give."""
        return self.served_model_name or self.model

    @property
    def embedding_name(self) -> str | None:
        """Model name that embedding requests give; None without an embedding server."""
        return self.served_embedding_name or self.embedding_model


def _require_positive(flag: str, value: int) -> None:
    if value < 1:
        raise UsageError(f"{flag} is {value}", f"give {flag} a number from 1")


def _require_share(flag: str, value: float | None) -> None:
    if value is not None and not 0 < value <= 1:
        raise UsageError(f"{flag} is {value}", f"give {flag} a share above 0, up to 1")
