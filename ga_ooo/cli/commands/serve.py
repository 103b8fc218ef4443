"""``ga-ooo serve``, and servers that last as long as a run."""

from __future__ import annotations

import argparse
import asyncio
import sys
import threading
from collections.abc import Coroutine
from concurrent.futures import Future
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from ga_ooo.cli import settings
from ga_ooo.errors import UsageError
from ga_ooo.model.serving.replicas import Replicas, ServedUrls
from ga_ooo.options import ServeOptions


def add_commands(commands: Any) -> None:
    """Register the command."""
    parser = commands.add_parser(
        "serve",
        help="run vLLM servers on this machine until stopped",
        usage="ga-ooo serve [MODEL] [options] [-- VLLM_ARGUMENT ...]",
        epilog="What follows -- is given to the generative servers as it is.",
    )
    parser.add_argument(
        "serve_model", nargs="?", metavar="MODEL", help="on the model hub, or a folder"
    )
    add_serve_options(parser)
    settings.add_option(parser)
    parser.set_defaults(run=_serve)


def add_serve_options(
    parser: argparse.ArgumentParser, *, also_embedding_model: bool = True
) -> None:
    """What to start, and how; docs/vllm.md explains them."""
    group = parser.add_argument_group("servers")

    def add(flag: str, help: str, **more: Any) -> None:
        key = flag.removeprefix("--").replace("-", "_")
        group.add_argument(flag, dest=f"serve_{key}", help=help, **more)

    add("--replicas", "generative servers (default: as many as the GPUs hold)", type=_replicas)
    add("--gpus-per-replica", "GPUs that each is spread over (default: 1)", type=int)
    if also_embedding_model:
        add("--embedding-model", "also serve this one for embeddings", metavar="MODEL")
    add("--served-model-name", "name that requests give (default: MODEL)", metavar="NAME")
    add("--served-embedding-name", "the same for embeddings", metavar="NAME")
    add("--port", "first port to try (default: 8000)", type=int)
    add("--python", "the Python that has vLLM (default: this one)", type=Path)
    add("--max-num-seqs", "most requests in a batch", type=int)
    add("--gpu-memory-utilization", "share of a GPU's memory in (0, 1]", type=float)
    add("--embedding-memory-utilization", "the embedding server's part of it", type=float)
    add(
        "--reproducible",
        "answers do not depend on what else is in the batch (NVIDIA GPUs; slower)",
        action="store_true",
        default=None,
    )
    add("--log-folder", "where the servers' logs go", type=Path)


def serve_options(arguments: argparse.Namespace) -> ServeOptions:
    """The serve options of a command line and its configuration file.

    Raises:
        UsageError: no model is named, or a value is out of range.
    """
    values = arguments.settings.table("serve")
    model = values.pop("model", None)
    if not model:
        raise UsageError(
            "no model is named", "ga-ooo serve MODEL, or model in the [serve] table of ga-ooo.toml"
        )
    return ServeOptions(model=model, **values)


def _serve(arguments: argparse.Namespace) -> int:
    from ga_ooo.model.serving import serve

    return serve(serve_options(arguments))


def _replicas(text: str) -> int | str:
    return text if text == "auto" else int(text)


class ServersOfARun:
    """vLLM servers for as long as the block lasts, supervised by a thread of their own.

    The run's own loop does not turn all the time, and theirs must, to restart what dies.

    Args:
        options: which servers.
    """

    def __init__(self, options: ServeOptions) -> None:
        self._replicas = Replicas(
            options, report=lambda line: print(line, file=sys.stderr, flush=True)
        )
        self._loop = asyncio.new_event_loop()
        self._starting: asyncio.Task[None] | None = None
        self._thread = threading.Thread(target=self._loop.run_forever, name="model servers")

    def __enter__(self) -> Self:
        self._thread.start()
        try:
            self._wait_for(self._start())
        except BaseException:
            self._stop()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stop()

    @property
    def urls(self) -> ServedUrls:
        """Where they answer."""
        return self._replicas.urls

    async def _start(self) -> None:
        self._starting = asyncio.current_task(self._loop)
        await self._replicas.start()

    async def _shut_down(self) -> None:
        if self._starting is not None:
            # Ctrl-C while they start: the start undoes itself when it is cancelled.
            self._starting.cancel()
            await asyncio.gather(self._starting, return_exceptions=True)
        await self._replicas.stop()

    def _wait_for(self, work: Coroutine[Any, Any, None]) -> None:
        future: Future[None] = asyncio.run_coroutine_threadsafe(work, self._loop)
        future.result()

    def _stop(self) -> None:
        try:
            self._wait_for(self._shut_down())
        finally:
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join()
            self._loop.close()
