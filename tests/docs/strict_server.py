"""The scripted model behind OpenAI's published schema: what else a request holds is refused."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Iterator, MutableMapping, Sequence
from contextlib import contextmanager
from threading import Thread
from typing import Any

import uvicorn
from starlette.responses import JSONResponse

from ga_ooo.scripted.api import Api
from ga_ooo.scripted.client import ScriptedClient
from ga_ooo.scripted.latency import Latency
from ga_ooo.scripted.model import ScriptedModel
from ga_ooo.scripted.server import listen
from tests.model.openai_schema import SCHEMAS, refused

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Scope]]
Send = Callable[[Scope], Awaitable[None]]


@contextmanager
def strict_server(models: Sequence[str]) -> Iterator[str]:
    """The base URL of a server that runs in a thread while the block is entered."""
    app = Api(ScriptedClient(ScriptedModel(64), Latency()), models).app()

    async def checked(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] not in SCHEMAS:
            await app(scope, receive, send)
            return
        body, more = b"", True
        while more:
            message = await receive()
            body, more = body + message.get("body", b""), message.get("more_body", False)
        problem = refused(scope["path"], json.loads(body))
        if problem is not None:
            parameter, text = problem
            error = {"message": text, "type": "invalid_request_error", "param": parameter}
            await JSONResponse({"error": error}, 400)(scope, receive, send)
            return

        async def again() -> Scope:
            return {"type": "http.request", "body": body, "more_body": False}

        await app(scope, again, send)

    listener = listen("127.0.0.1", 0)
    listener.listen()
    server = uvicorn.Server(uvicorn.Config(checked, log_level="warning", access_log=False))
    thread = Thread(target=lambda: server.run(sockets=[listener]), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/v1"
    finally:
        server.should_exit = True
        thread.join()
        listener.close()
