"""Which model servers are started on this machine."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Final, Literal

from ga_ooo.errors import UsageError
from ga_ooo.options.declare import PORT, Check, Declared, at_least, option
from ga_ooo.options.kinds import SHARE, Kind, instance_of

_SHARE: Final = Check("a share above 0, up to 1", lambda value: 0 < value <= 1)


def _replicas(value: Any) -> int | str:
    return "auto" if value == "auto" else int(instance_of(int)(value))


@dataclass(frozen=True)
class ServeOptions(Declared):
    """Which vLLM servers to run on this machine, and how (docs/vllm.md)."""

    TABLE: ClassVar[str] = "serve"

    model: str = option(
        "",
        "generative model: a name on the model hub, or a folder; `ga-ooo run` starts servers only "
        "with --serve",
        flag="MODEL",
        metavar="MODEL",
        unset="no servers",
    )
    embedding_model: str | None = option(
        None, "also serve this model, for embeddings", metavar="MODEL", unset="none"
    )
    replicas: int | Literal["auto"] = option(
        "auto",
        "generative servers; auto: as many as the GPUs hold, or 1 without a GPU",
        metavar="N",
        kind=Kind(
            'a whole number or "auto"',
            lambda text: text if text == "auto" else int(text),
            _replicas,
        ),
        check=Check('1 or more, or "auto"', lambda value: value == "auto" or value >= 1),
    )
    gpus_per_replica: int = option(
        1,
        "GPUs that one generative server is spread over (tensor parallelism)",
        metavar="N",
        check=at_least(1),
    )
    served_model_name: str | None = option(
        None, "model name that requests give", metavar="NAME", unset="the model"
    )
    served_embedding_name: str | None = option(
        None,
        "model name that requests for embeddings give",
        metavar="NAME",
        unset="the embedding model",
    )
    port: int = option(
        8000,
        "first port to try; each server takes the next free one",
        check=PORT,
    )
    python: Path = option(
        Path(sys.executable), "the Python that has vLLM", metavar="FILE", unset="this Python"
    )
    max_num_seqs: int | None = option(
        None,
        "most requests in one batch of a generative server",
        metavar="N",
        check=at_least(1),
        unset="vLLM's",
    )
    gpu_memory_utilization: float | None = option(
        None,
        "share of a GPU's memory that all servers on it take together",
        metavar="SHARE",
        kind=SHARE,
        check=_SHARE,
        unset="vLLM's, or 0.9 where two servers share a GPU",
    )
    embedding_memory_utilization: float = option(
        0.1, "the embedding server's part of this share", metavar="SHARE", kind=SHARE, check=_SHARE
    )
    reproducible: bool = option(
        False,
        "answers do not depend on the other requests in a batch: batch-invariant kernels, no "
        "prefix caching; slower, and only on NVIDIA GPUs",
    )
    log_folder: Path = option(
        Path("~/.cache/ga-ooo/serve"),
        "folder of the servers' logs",
        metavar="FOLDER",
        unset="~/.cache/ga-ooo/serve",
    )
    extra_arguments: tuple[str, ...] = option(
        (),
        "further arguments of the generative servers, after all others; `ga-ooo serve` also takes "
        "them after --",
        flag="",
        unset="none",
    )
    extra_embedding_arguments: tuple[str, ...] = option(
        (), "further arguments of the embedding server", flag="", unset="none"
    )

    def check(self) -> None:
        share = self.gpu_memory_utilization or 1.0
        if self.embedding_model is not None and share <= self.embedding_memory_utilization:
            raise UsageError(
                "--gpu-memory-utilization leaves no memory beside the embedding server's "
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
