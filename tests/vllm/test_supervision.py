"""A real vLLM server that is killed: its engine ends too, and the server is restarted."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

import pytest
from openai import APIConnectionError, OpenAI

from ga_ooo.model.serving.replicas import Replicas
from tests.model.serving.processes import children, descendants, wait_gone

pytestmark = pytest.mark.vllm


def test_a_killed_server_ends_with_its_engine_and_is_restarted(
    vllm_replicas: Replicas, embedding: OpenAI
) -> None:
    before = embed_patiently(embedding)
    (server,) = (one for one in vllm_replicas.servers if one.spec.kind == "embedding")
    (api_server,) = (
        pid
        for guard in children(os.getpid())
        for pid in children(guard)
        if str(server.spec.port) in _command(pid)
    )
    family = [api_server, *descendants(api_server)]
    assert len(family) > 2, "vLLM has its engine in processes of its own"
    os.kill(api_server, signal.SIGKILL)
    assert wait_gone(family, within_s=30) == []
    assert embed_patiently(embedding) == pytest.approx(before, abs=0.02)
    assert server.restarts == 1


def embed_patiently(client: OpenAI, within_s: float = 300) -> list[float]:
    """The vector of a text as soon as the server answers again."""
    until = time.monotonic() + within_s
    while True:
        try:
            return client.embeddings.create(model="tiny-embed", input=["idle"]).data[0].embedding
        except APIConnectionError:
            if time.monotonic() > until:
                raise
            time.sleep(1)


def _command(pid: int) -> list[str]:
    return Path(f"/proc/{pid}/cmdline").read_text(encoding="utf-8").split("\0")
