"""Finds in the end of a server's log why it did not start."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Final

_SEARCHED_BYTES: Final = 256 * 1024
"""vLLM prints the cause first, followed by several stack traces."""

_SHOWN_LINES: Final = 12

_CAUSES: Final = (
    (
        r"less than desired (GPU|CPU) memory utilization",
        "not enough free memory: lower --gpu-memory-utilization, or stop other programs",
    ),
    (
        r"larger than the available KV cache memory",
        "the context does not fit: pass --max-model-len with the length in the log, "
        "or raise --gpu-memory-utilization",
    ),
    (
        r"No available memory for the cache blocks",
        "the weights fill the memory: raise --gpu-memory-utilization, spread the model with "
        "--gpus-per-replica, or take a smaller model",
    ),
    (
        r"out of memory|OutOfMemoryError",
        "not enough GPU memory: lower --gpu-memory-utilization or --max-num-seqs",
    ),
    (
        r"Failed to infer device type",
        "this vLLM is built for GPUs and finds none: check the driver (nvidia-smi), or use the "
        "CPU build (docs/vllm.md)",
    ),
    (r"[Aa]ddress already in use", "another program uses the port: give another --port"),
    (
        r"greater than the derived max_model_len",
        "the model's context is shorter: pass a --max-model-len up to the length in the log",
    ),
    (
        r"GatedRepoError|[Aa]ccess to model .* is restricted",
        "the model hub requires a login for this model: accept its terms there and set HF_TOKEN",
    ),
    (
        r"Invalid repository ID or local directory|not a valid model identifier|"
        r"RepositoryNotFoundError|LocalEntryNotFoundError|HFValidationError|couldn't connect to",
        "the model was not found: check its name, or the folder (it needs a config.json); "
        "offline, download it first",
    ),
    (
        r"unrecognized arguments|invalid choice",
        "this vLLM does not know a flag: use vLLM 0.11 or later, and check the extra arguments",
    ),
    (
        r"lib\w+\.so[.\d]*: cannot open shared object",
        "a system library is missing: install it (docs/vllm.md lists what vLLM needs)",
    ),
)


def explain_failure(log: Path) -> tuple[str, str]:
    """The cause of a failed start, and its remedy.

    Returns:
        The line that names the cause (if one is recognised) with the last lines of the log, and
        a remedy.
    """
    lines = [line.rstrip() for line in _end_of(log).splitlines() if line.strip()]
    shown = lines[-_SHOWN_LINES:]
    for pattern, remedy in _CAUSES:
        cause = next((line for line in lines if re.search(pattern, line)), None)
        if cause is not None:
            if cause not in shown:
                shown = [cause, "...", *shown]
            return _indent(shown), remedy
    return _indent(shown), f"read {log}"


def _indent(lines: list[str]) -> str:
    return "\n".join(f"    {line[:300]}" for line in lines)


def _end_of(log: Path) -> str:
    with log.open("rb") as file:
        file.seek(max(0, file.seek(0, os.SEEK_END) - _SEARCHED_BYTES))
        return file.read().decode("utf-8", errors="replace")
