"""``ga-ooo serve``: model servers in the foreground until a stop signal."""

from __future__ import annotations

import asyncio
import signal
import sys

from ga_ooo.errors import RunStoppedError
from ga_ooo.model.serving.replicas import Replicas, ServedUrls
from ga_ooo.options import ServeOptions

_STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def serve(options: ServeOptions) -> int:
    """Start the servers, print their URLs, and keep them running until Ctrl-C or SIGTERM.

    URLs are printed on standard output, one line per server: kind, base URL, model name. Messages
    about the servers are printed on standard error.

    Returns:
        0 if stopped after the servers were ready; 5 if stopped before.

    Raises:
        ModelError: vLLM is missing, or a server did not start.
        UsageError: the machine has fewer GPUs than the options need.
    """
    replicas = Replicas(options, report=lambda line: print(line, file=sys.stderr, flush=True))
    return asyncio.run(serve_until_stopped(replicas))


async def serve_until_stopped(replicas: Replicas) -> int:
    """As :func:`serve`, with servers that are already configured."""
    loop = asyncio.get_running_loop()
    stop = asyncio.Event()
    for number in _STOP_SIGNALS:
        loop.add_signal_handler(number, stop.set)
    stopped = asyncio.create_task(stop.wait())
    started = asyncio.create_task(replicas.start())
    try:
        await asyncio.wait({started, stopped}, return_when=asyncio.FIRST_COMPLETED)
        if not started.done():
            return RunStoppedError.exit_code
        started.result()
        print(format_urls(replicas.urls), flush=True)
        await stopped
        return 0
    finally:
        stopped.cancel()
        started.cancel()
        await asyncio.gather(started, stopped, return_exceptions=True)
        await replicas.stop()
        for number in _STOP_SIGNALS:
            loop.remove_signal_handler(number)


def format_urls(urls: ServedUrls) -> str:
    """One line per server: kind, base URL, model name."""
    lines = [f"generative {url} {urls.generative_model}" for url in urls.generative]
    lines += [f"embedding {url} {urls.embedding_model}" for url in urls.embedding]
    return "\n".join(lines)
