"""A server that answers every OpenAI request with the same few words, at once or after a delay.

Run it as a process, ``python -m benchmarks.instant_server [SECONDS]``: it prints its port, and ends
when its standard input ends. It parses only the HTTP that its clients need, so that measurements
with it measure the client.
"""

from __future__ import annotations

import asyncio
import json
import sys

MODEL = "instant"


def _response(body: dict[str, object]) -> bytes:
    content = json.dumps(body).encode()
    head = f"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {len(content)}"
    return head.encode() + b"\r\n\r\n" + content


_MODELS = _response({"object": "list", "data": [{"id": MODEL, "object": "model"}]})
_USAGE = {"prompt_tokens": 200, "completion_tokens": 30, "total_tokens": 230}
_CHAT = _response(
    {
        "id": "chatcmpl-0",
        "object": "chat.completion",
        "created": 1,
        "model": MODEL,
        "choices": [
            {
                "index": 0,
                "message": {"role": "assistant", "content": "having breakfast at the cafe " * 4},
                "finish_reason": "stop",
            }
        ],
        "usage": _USAGE,
    }
)


class _Instant(asyncio.Protocol):
    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._buffer = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        while (end := self._buffer.find(b"\r\n\r\n")) >= 0:
            head = self._buffer[:end].lower()
            _, found, rest = head.partition(b"content-length:")
            size = end + 4 + (int(rest.partition(b"\r\n")[0]) if found else 0)
            if len(self._buffer) < size:
                return
            self._buffer = self._buffer[size:]
            if head.startswith(b"get"):
                self._transport.write(_MODELS)
            elif self._seconds:
                asyncio.get_running_loop().call_later(self._seconds, self._transport.write, _CHAT)
            else:
                self._transport.write(_CHAT)


async def _serve(seconds: float) -> None:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: _Instant(seconds), "127.0.0.1", 0, backlog=4096)
    print(server.sockets[0].getsockname()[1], flush=True)
    await loop.run_in_executor(None, sys.stdin.read)
    server.close()


if __name__ == "__main__":
    asyncio.run(_serve(float(sys.argv[1]) if sys.argv[1:] else 0.0))
