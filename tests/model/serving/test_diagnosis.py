"""Causes of a failed start: lines that vLLM really prints, and the remedy for each."""

from __future__ import annotations

from pathlib import Path

import pytest

from ga_ooo.model.serving._diagnosis import explain_failure

STACK = [f'  File "/site-packages/vllm/v1/engine/core.py", line {line}' for line in range(400)]


@pytest.mark.parametrize(
    ("line", "remedy"),
    [
        (
            "ValueError: Available memory on node 0 (6.24/7.71 GiB) on startup is less than "
            "desired CPU memory utilization (0.999, 7.71 GiB).",
            "lower --gpu-memory-utilization",
        ),
        (
            "ValueError: Free memory on device cuda:0 (10.1/79.1 GiB) on startup is less than "
            "desired GPU memory utilization (0.9, 71.2 GiB).",
            "lower --gpu-memory-utilization",
        ),
        (
            "ValueError: To serve at least one request with the model's max seq len (131072), "
            "16.0 GiB KV cache is needed, which is larger than the available KV cache memory",
            "--max-model-len",
        ),
        (
            "ValueError: No available memory for the cache blocks. Try increasing "
            "`gpu_memory_utilization` when initializing the engine.",
            "raise --gpu-memory-utilization",
        ),
        ("torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 448 MiB.", "lower"),
        ("RuntimeError: Failed to infer device type, please set the environment", "nvidia-smi"),
        ("OSError: [Errno 98] Address already in use", "--port"),
        (
            "  Value error, User-specified max_model_len (9999999) is greater than the derived "
            "max_model_len (max_position_embeddings=8192.0",
            "--max-model-len",
        ),
        ("huggingface_hub.errors.GatedRepoError: 401 Client Error.", "HF_TOKEN"),
        (
            "  Value error, Invalid repository ID or local directory specified: '/tmp/empty'.",
            "config.json",
        ),
        ("huggingface_hub.errors.RepositoryNotFoundError: 401 Client Error.", "check its name"),
        (
            "huggingface_hub.errors.LocalEntryNotFoundError: Cannot find an appropriate cached "
            "snapshot folder",
            "check its name",
        ),
        ("api_server.py: error: unrecognized arguments: --frobnicate", "vLLM 0.11"),
        (
            "ImportError: libnuma.so.1: cannot open shared object file: No such file",
            "docs/vllm.md",
        ),
    ],
)
def test_known_causes(tmp_path: Path, line: str, remedy: str) -> None:
    log = tmp_path / "log"
    log.write_text("\n".join(["INFO loading", line, *STACK]), encoding="utf-8")
    shown, found = explain_failure(log)
    assert line in shown
    assert shown.splitlines()[-1].strip() == STACK[-1].strip()
    assert len(shown.splitlines()) < 20
    assert remedy in found


def test_an_unknown_cause_names_the_log(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_bytes(b"\xff\xfe something new\n")
    shown, remedy = explain_failure(log)
    assert "something new" in shown
    assert str(log) in remedy


def test_a_server_without_output(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.touch()
    assert explain_failure(log) == ("", f"read {log}")
