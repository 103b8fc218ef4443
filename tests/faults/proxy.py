"""A TCP proxy between client and server that injects the faults of networks and gateways.

The fault of a request is a function of (seed, body of the request, number of earlier requests with
this body). So it does not depend on the order of arrival, and a repeated request may get another
fault than the first.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import re
import socket
import struct
from collections import Counter
from collections.abc import Mapping
from enum import StrEnum
from typing import Self
from urllib.parse import urlsplit


class Fault(StrEnum):
    """A fault that a request can get."""

    HTTP_500 = "HTTP 500"
    HTTP_429 = "HTTP 429 with Retry-After"
    RESET_BEFORE = "reset before the answer"
    RESET_MIDWAY = "reset in the middle of the answer"
    STALL = "stall past the deadline"
    TRUNCATED = "body cut short"
    MALFORMED = "body that is not JSON"
    HUGE = "answer of 1 MiB"


# The server has answered before these happen.
AFTER_THE_SERVER = frozenset(Fault) - {Fault.HTTP_500, Fault.HTTP_429, Fault.RESET_BEFORE}

HUGE_TEXT = "x" * 2**20


class FaultPlan:
    """Draws a fault for each request.

    Args:
        rates: probability of each fault; together at most 1.
        seed: of the draw.
        retry_after: header of HTTP 429.

    Attributes:
        injected: faults so far.
        passed: bodies of the requests whose answers were forwarded whole.
    """

    def __init__(self, rates: Mapping[Fault, float], seed: int = 0, retry_after: str = "1") -> None:
        self.rates = dict(rates)
        self.seed = seed
        self.retry_after = retry_after
        self.active = False
        self.injected: Counter[Fault] = Counter()
        self.passed: list[bytes] = []
        self._seen: Counter[bytes] = Counter()

    def draw(self, body: bytes) -> Fault | None:
        """The fault of this request; None if it is forwarded."""
        if not self.active:
            return None
        self._seen[body] += 1
        material = b"%d\0%d\0%s" % (self.seed, self._seen[body], body)
        number = int.from_bytes(hashlib.blake2b(material, digest_size=7).digest(), "big") / 2**56
        for fault, rate in self.rates.items():
            if number < rate:
                self.injected[fault] += 1
                return fault
            number -= rate
        return None


class FaultProxy:
    """A proxy with its own port in front of one server.

    Args:
        upstream: the server's URL.
        plan: faults of POST requests; other requests are forwarded.
    """

    def __init__(self, upstream: str, plan: FaultPlan) -> None:
        parts = urlsplit(upstream)
        assert parts.hostname and parts.port
        self._upstream = (parts.hostname, parts.port)
        self._plan = plan
        self._port = 0
        self._alive = False
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._writers: set[asyncio.StreamWriter] = set()

    @property
    def url(self) -> str:
        """Base URL of the API through the proxy."""
        return f"http://127.0.0.1:{self._port}/v1"

    async def __aenter__(self) -> Self:
        await self.restart()
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        await self.kill()

    async def kill(self) -> None:
        """Fail like a machine without power: reset all connections, refuse new ones."""
        if self._server is None:
            return
        self._alive = False
        for listener in self._server.sockets:
            asyncio.get_running_loop().remove_reader(listener.fileno())
        # A connection that was just accepted needs three iterations of the loop until its handler
        # runs. If the server were closed before, asyncio would leave the socket open.
        for _ in range(3):
            await asyncio.sleep(0)
        self._server.close()
        for writer in list(self._writers):
            _reset(writer)
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._server.wait_closed()
        self._server = None

    async def restart(self) -> None:
        """Listen again, on the same port as before."""
        self._alive = True
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", self._port)
        self._port = self._server.sockets[0].getsockname()[1]

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        if not self._alive:
            _reset(writer)
            return
        self._tasks.add(task)
        self._writers.add(writer)
        server: asyncio.StreamWriter | None = None
        try:
            server_reader, server = await asyncio.open_connection(*self._upstream)
            while request := await _read_message(reader):
                if not await self._forward(request, reader, writer, server_reader, server):
                    break
        except (OSError, asyncio.IncompleteReadError):
            _reset(writer)
        except asyncio.CancelledError:
            # Killed. A callback of the streams would report the cancelled handler.
            _reset(writer)
        finally:
            for stream in filter(None, (writer, server)):
                stream.close()
            self._writers.discard(writer)
            self._tasks.discard(task)

    async def _forward(
        self,
        request: bytes,
        client_reader: asyncio.StreamReader,
        client: asyncio.StreamWriter,
        server_reader: asyncio.StreamReader,
        server: asyncio.StreamWriter,
    ) -> bool:
        """Serve one request, with or without a fault. Returns whether the connection stays open."""
        body = request.partition(b"\r\n\r\n")[2]
        fault = self._plan.draw(body) if request.startswith(b"POST") else None
        if fault is Fault.RESET_BEFORE:
            _reset(client)
            return False
        if fault is Fault.HTTP_500:
            return await _send(client, _response(b"500 Internal Server Error", b"{}"))
        if fault is Fault.HTTP_429:
            extra = b"Retry-After: %s\r\n" % self._plan.retry_after.encode()
            return await _send(client, _response(b"429 Too Many Requests", b"{}", extra))
        server.write(request)
        answer = await _read_message(server_reader)
        if not answer:
            raise ConnectionResetError("the server died")
        if fault is Fault.STALL:
            # Until the deadline of the client has expired.
            await asyncio.sleep(3600)
        if fault in (Fault.RESET_MIDWAY, Fault.TRUNCATED):
            await _send(client, answer[: len(answer) - 20])
            if fault is Fault.RESET_MIDWAY:
                await asyncio.sleep(0.01)
                _reset(client)
            return False
        if fault is Fault.MALFORMED:
            return await _send(client, _response(b"200 OK", answer.partition(b"\r\n\r\n")[2][:-9]))
        if fault is Fault.HUGE:
            return await _send(client, _response(b"200 OK", _huge(request, answer)))
        if client_reader.at_eof():
            return False  # its deadline has expired
        if body and answer.startswith(b"HTTP/1.1 200"):
            self._plan.passed.append(body)
        return await _send(client, answer)


def _huge(request: bytes, answer: bytes) -> bytes:
    """The answer with far more text, or a far longer vector, than was requested."""
    body = json.loads(answer.partition(b"\r\n\r\n")[2])
    if b"/embeddings" in request.partition(b"\r\n")[0]:
        body["data"][0]["embedding"] = [0.5] * 2**16
    elif "message" in body["choices"][0]:
        body["choices"][0]["message"]["content"] = HUGE_TEXT
    else:
        body["choices"][0]["text"] = HUGE_TEXT
    return json.dumps(body).encode()


async def _read_message(reader: asyncio.StreamReader) -> bytes:
    """One HTTP message with its body; empty at the end of the connection."""
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError as error:
        if error.partial:
            raise
        return b""
    length = re.search(rb"(?i)^content-length: *(\d+)", head, re.MULTILINE)
    return head + (await reader.readexactly(int(length.group(1))) if length else b"")


def _response(status: bytes, body: bytes, extra: bytes = b"") -> bytes:
    return b"HTTP/1.1 %s\r\nContent-Type: application/json\r\n%sContent-Length: %d\r\n\r\n%s" % (
        status,
        extra,
        len(body),
        body,
    )


async def _send(writer: asyncio.StreamWriter, data: bytes) -> bool:
    writer.write(data)
    await writer.drain()
    return True


def _reset(writer: asyncio.StreamWriter) -> None:
    """Close with RST instead of FIN."""
    sock = writer.get_extra_info("socket")
    if sock is not None and sock.fileno() >= 0:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()
