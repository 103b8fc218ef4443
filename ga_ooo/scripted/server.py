"""The scripted model as an HTTP server, to test clients with realistic latencies."""

from __future__ import annotations

import errno
import socket
import threading
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

import uvicorn

from ga_ooo.errors import UsageError
from ga_ooo.scripted.api import Api
from ga_ooo.scripted.client import ScriptedClient
from ga_ooo.scripted.latency import Latency
from ga_ooo.scripted.model import MODEL_NAME, ScriptedModel
from ga_ooo.scripted.unknown import UnknownPrompts

# Seconds that calls in flight have to end when the server stops.
_GRACE = 1


def listen(host: str, port: int) -> socket.socket:
    """A bound socket for the server.

    Raises:
        UsageError: the server cannot listen on the address.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # The protocol is named because asyncio turns off Nagle's algorithm only for sockets that name
    # it. With that algorithm, the body of each answer waits 40 ms for an acknowledgement.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        taken = error.errno == errno.EADDRINUSE
        raise UsageError(
            f"cannot listen on {host}:{port}: {error.strerror or error}",
            "choose another --port, or stop the server that uses this one"
            if taken
            else "give an address of this machine, such as 127.0.0.1, and a port that you may use",
        ) from error
    return listener


def _url(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}/v1" if ":" in host else f"http://{host}:{port}/v1"


def _uvicorn(model_names: Sequence[str], latency: Latency, model: ScriptedModel) -> uvicorn.Server:
    client = ScriptedClient(model, latency)
    app = Api(client, model_names or [MODEL_NAME]).app()
    config = uvicorn.Config(
        app, log_level="warning", access_log=False, timeout_graceful_shutdown=_GRACE
    )
    return uvicorn.Server(config)


def serve(
    host: str,
    port: int,
    model_names: Sequence[str] = (MODEL_NAME,),
    latency: Latency | None = None,
    embedding_width: int = 64,
    unknown_prompts: Path | None = None,
) -> None:
    """Serve until interrupted. The URL is printed once the server accepts connections.

    Args:
        host: address to listen on.
        port: port to listen on; 0 for any free one.
        model_names: names that requests may ask for; any other is answered with 404.
        latency: the latency model, shared by all requests.
        embedding_width: components of an embedding where a request names no ``dimensions``.
        unknown_prompts: file for the prompts that the model does not know; None for none.

    Raises:
        UsageError: the server cannot listen on the address.
        RunStoppedError: ``unknown_prompts`` cannot be written.
    """
    model = ScriptedModel(embedding_width, unknown_prompts=UnknownPrompts(unknown_prompts))
    listener = listen(host, port)
    try:
        print(f"scripted model at {_url(listener)} as {', '.join(model_names)}", flush=True)
        _uvicorn(model_names, latency or Latency(), model).run(sockets=[listener])
    finally:
        listener.close()
        if report := model.unknown_prompts.report():
            print(report, flush=True)


class ServerThread:
    """The server on a free port of this machine, in a thread, until the block is left.

    Attributes:
        url: base URL for OpenAI clients, with ``/v1``.
    """

    def __init__(
        self,
        model_names: Sequence[str] = (MODEL_NAME,),
        latency: Latency | None = None,
        embedding_width: int = 64,
    ) -> None:
        self._listener = listen("127.0.0.1", 0)
        model = ScriptedModel(embedding_width)
        self._server = _uvicorn(model_names, latency or Latency(), model)
        self._thread = threading.Thread(target=self._run, name="scripted model", daemon=True)
        self.url = _url(self._listener)

    def __enter__(self) -> Self:
        # The socket listens before the server runs, so the first request of a client waits for it.
        self._listener.listen()
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.should_exit = True
        self._thread.join()
        self._listener.close()

    def _run(self) -> None:
        self._server.run(sockets=[self._listener])
