"""Whatever a server sends, a call ends in an answer or in an error with a remedy.

A property test over the wire format: valid responses in which any field has any JSON value, any
header, any status, bodies that are cut, compressed or endless, sent as raw bytes by a real server.
``python -m tests.model.client.test_odd_answers 10000`` tries that many.
"""

from __future__ import annotations

import asyncio
import gzip
import json
import math
import sys
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ga_ooo.errors import ModelError
from ga_ooo.model.client import ModelNames, OpenAIClient
from ga_ooo.model.endpoints import EndpointConfig
from ga_ooo.model.errors import FailureKind, RedirectedError, TransientModelError
from ga_ooo.model.requests import CallKind, ModelAnswer
from ga_ooo.options import ClientOptions
from tests.model.upstream import MODEL, chat, completion, embedding

SECRET = "a private thought about Klaus that nobody else should ever read"
MAX_TEXT = 20_000
DEADLINE_S = 1.0

Chunks: TypeAlias = list[bytes]


@dataclass
class RawServer:
    """Answers every request with the same bytes.

    Attributes:
        url: base URL of the API.
        chunks: what is sent, part by part; None in place of a part: the last one for ever.
        keep_open: the connection stays open after the response.
        requests: first lines of the requests.
        sent: bytes that were sent.
    """

    url: str = ""
    chunks: Chunks = field(default_factory=list)
    endless: bool = False
    keep_open: bool = False
    requests: list[bytes] = field(default_factory=list)
    sent: int = 0
    tasks: set[asyncio.Task[None]] = field(default_factory=set)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection."""
        task = asyncio.current_task()
        assert task is not None
        self.tasks.add(task)
        try:
            await self._serve(reader, writer)
        except asyncio.CancelledError:
            # The test is over. The streams' own callback would complain.
            writer.transport.abort()
        finally:
            self.tasks.discard(task)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError, asyncio.IncompleteReadError):
            while head := await reader.readuntil(b"\r\n\r\n"):
                self.requests.append(head.partition(b"\r\n")[0])
                lines = head.lower().split(b"\r\n")
                length = next((line for line in lines if line.startswith(b"content-length")), b":0")
                await reader.readexactly(int(length.partition(b":")[2]))
                await self._respond(writer)
                if not self.keep_open:
                    break
        writer.close()
        with suppress(OSError):
            await writer.wait_closed()

    async def _respond(self, writer: asyncio.StreamWriter) -> None:
        for chunk in self.chunks:
            await self._send(writer, chunk)
        while self.endless:
            await self._send(writer, self.chunks[-1])

    async def _send(self, writer: asyncio.StreamWriter, chunk: bytes) -> None:
        writer.write(chunk)
        self.sent += len(chunk)
        await writer.drain()


@asynccontextmanager
async def raw_server() -> AsyncIterator[RawServer]:
    """A server in this loop."""
    state = RawServer()
    server = await asyncio.start_server(state.serve, "127.0.0.1", 0)
    state.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1"
    try:
        yield state
    finally:
        server.close()
        tasks = list(state.tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await asyncio.sleep(0)


def response(body: bytes, status: int = 200, headers: tuple[bytes, ...] = ()) -> Chunks:
    """A response with the length of its body."""
    lines = [b"HTTP/1.1 %d X" % status, b"Content-Length: %d" % len(body), *headers]
    return [b"\r\n".join(lines) + b"\r\n\r\n", body]


async def outcome_of(server: RawServer, kind: CallKind) -> ModelAnswer | ModelError:
    """How a call ends. A hang, or any other exception, fails the test."""
    calls = {
        CallKind.CHAT: chat(SECRET),
        CallKind.COMPLETION: completion(SECRET),
        CallKind.EMBEDDING: embedding(SECRET),
    }
    outcome: ModelAnswer | ModelError
    outcome = await ended(server, lambda client: client.answer(calls[kind]))
    assert isinstance(outcome, ModelAnswer) or "private" not in str(outcome), "no prompt in logs"
    return outcome


async def ended(server: RawServer, ask: Callable[[OpenAIClient], Awaitable[Any]]) -> Any:
    """What a client returns, or the error that it raises."""
    options = ClientOptions(
        attempt_deadline_s=DEADLINE_S,
        connect_deadline_s=DEADLINE_S,
        max_answer_bytes=MAX_TEXT,
    )
    config = EndpointConfig(server.url, frozenset(CallKind))
    client = OpenAIClient(config, ModelNames.single(MODEL, MODEL), options)
    try:
        async with asyncio.timeout(60 * DEADLINE_S):
            return await ask(client)
    except ModelError as error:
        assert error.problem.isprintable(), "it is for a terminal"
        assert error.remedy and "none needed" not in error.remedy
        assert len(error.problem) < 1500
        return error
    finally:
        await client.close()


def check_answer(answer: ModelAnswer) -> None:
    """Whether journal and host can take an answer."""
    answer.text.encode()
    answer.model.encode()
    assert "\0" not in answer.text
    assert len(answer.text.encode()) <= MAX_TEXT
    assert 0 <= answer.prompt_tokens < 2**53 and 0 <= answer.output_tokens < 2**53
    assert bool(answer.text) != bool(answer.embedding)
    if answer.embedding:
        assert 0 < math.fsum(x * x for x in answer.embedding) < math.inf


# --- any JSON at any field -------------------------------------------------------------------

CHAT = {
    "id": "x",
    "choices": [
        {
            "index": 0,
            "message": {"role": "assistant", "content": "said", "reasoning_content": None},
            "finish_reason": "stop",
        }
    ],
    "usage": {"prompt_tokens": 3, "completion_tokens": 2, "total_tokens": 5},
    "model": MODEL,
}
COMPLETION = {**CHAT, "choices": [{"text": "said", "finish_reason": "length", "logprobs": None}]}
EMBEDDING = {"data": [{"index": 0, "embedding": [0.25, -1.5]}], "model": MODEL, "usage": {}}
ERROR = {
    "error": {
        "message": f"cannot read {SECRET!r}: quota of max_tokens, try again in 1s",
        "type": "invalid_request_error",
        "param": "seed",
        "code": "x",
        "n_ctx": 5,
    }
}
ERRORS = [
    ERROR,
    {"error": SECRET, "error_type": "validation"},
    {"detail": [{"loc": ["body", "seed"], "msg": SECRET, "input": {"content": SECRET}}]},
    {"detail": f"context length is 5 tokens: {SECRET}"},
    [ERROR],
    SECRET,
]


class Raw(str):
    """A value that Python's encoder cannot write, as it is written in JSON."""


RAW = [
    *("NaN", "Infinity", "-Infinity", "1e999", "-0", "1e-400", "9" * 400, "9" * 5000, "1.0"),
    *('"\\ud83d"', '"\\u0000"', '"\\ud83d\\ude00"', "[" * 2000, '{"a":' * 2000, '"\\q"', ""),
]
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=20)
    | st.sampled_from(["", "x" * 30_000, SECRET, "<think>", "</think>", "data: data:"])
    | st.sampled_from(RAW).map(Raw),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["type", "text", "content", "message", "0"]), inner)
    ),
    max_leaves=5,
)


def encoded(value: Any) -> str:
    """JSON with raw values in it."""
    if isinstance(value, Raw):
        return str(value)
    if isinstance(value, dict):
        fields = (f"{json.dumps(name)}: {encoded(inner)}" for name, inner in value.items())
        return f"{{{', '.join(fields)}}}"
    if isinstance(value, list):
        return f"[{', '.join(map(encoded, value))}]"
    return json.dumps(value)


def paths(value: Any, prefix: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Ways to all fields of a JSON value."""
    yield prefix
    inner = value.items() if isinstance(value, dict) else ()
    for name, part in enumerate(value) if isinstance(value, list) else inner:
        yield from paths(part, (*prefix, name))


def replaced(value: Any, path: tuple[Any, ...], new: Any) -> Any:
    """The value with another one at a field."""
    if not path:
        return new
    copy: Any = dict(value) if isinstance(value, dict) else list(value)
    copy[path[0]] = replaced(value[path[0]], path[1:], new)
    return copy


@st.composite
def bodies(draw: st.DrawFn, whole: list[Any]) -> bytes:
    """A valid body with up to three odd fields; sometimes cut, or with odd bytes."""
    value = draw(st.sampled_from(whole))
    for _ in range(draw(st.integers(0, 3))):
        value = replaced(value, draw(st.sampled_from(list(paths(value)))), draw(VALUES))
    body = encoded(value).encode("utf-8", "surrogatepass")
    if draw(st.integers(0, 9)) == 0:
        body = body[: draw(st.integers(0, len(body)))]
    wrappers = [b"%s"] * 20 + [b"data: %s\n\ndata: [DONE]\n", b"\xef\xbb\xbf%s", b"\xff%s"]
    return draw(st.sampled_from(wrappers)) % body


NAMES = [
    *(b"Retry-After", b"retry-after-ms", b"Date", b"Content-Type", b"Content-Encoding"),
    *(b"x-ratelimit-remaining-tokens", b"x-ratelimit-reset-tokens", b"Location", b"Set-Cookie"),
    *(b"Transfer-Encoding", b"Content-Length", b"x-should-retry", b"Connection", b"Upgrade"),
]
HEADER_VALUES = [
    *(b"9" * 400, b"nan", b"Wed, 21 Oct 99999 07:28:00 GMT", b"Mon, 01 Jan 0001 00:00:00 +2359"),
    *(b"gzip", b"br, gzip", b"deflate", b"identity", b"chunked", b"text/html; charset=rot13"),
    *(b"application/json; charset=utf-16", b"http://[", b"https://elsewhere/", b"/v1/models"),
    *(b"\xff\xfe", b"", b"0", b"1e400", b"close", b"application/json; charset=undefined"),
]
HEADERS = st.lists(
    st.builds(
        lambda name, value: name + b": " + value,
        st.sampled_from(NAMES),
        st.sampled_from(HEADER_VALUES) | st.binary(max_size=10),
    ),
    max_size=3,
).map(tuple)
STATUSES = st.sampled_from([200] * 12 + [201, 204, 301, 302, 307, 308, 400, 401, 402, 403, 404])
STATUSES |= st.sampled_from([405, 408, 409, 413, 422, 429, 500, 501, 502, 503, 529, 599, 700, 99])


@st.composite
def responses(draw: st.DrawFn, kind: CallKind) -> Chunks:
    """A response to a request of a kind."""
    valid = {CallKind.CHAT: CHAT, CallKind.COMPLETION: COMPLETION, CallKind.EMBEDDING: EMBEDDING}
    status = draw(STATUSES)
    expected = [valid[kind]] * 9 if status < 300 else []
    body = draw(bodies([*expected, *ERRORS, valid[kind], {"choices": []}]))
    return response(body, status, draw(HEADERS))


async def _try(server: RawServer, kind: CallKind, chunks: Chunks) -> None:
    server.chunks = chunks
    outcome = await outcome_of(server, kind)
    if isinstance(outcome, ModelAnswer):
        check_answer(outcome)


@pytest.fixture
def runner() -> Iterator[asyncio.Runner]:
    with asyncio.Runner() as opened:
        yield opened


def check_odd_answers(runner: asyncio.Runner, examples: int) -> None:
    """Try so many odd answers, and as many probes with them."""

    @settings(
        max_examples=examples,
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )
    @given(st.sampled_from(CallKind), st.data())
    def check(kind: CallKind, data: st.DataObject) -> None:
        chunks = data.draw(responses(kind))

        async def run() -> None:
            async with raw_server() as server:
                await _try(server, kind, chunks)
                await ended(server, lambda client: client.probe())
                await ended(server, lambda client: client.check())

        runner.run(run())

    check()


def test_any_value_at_any_field_and_any_header(runner: asyncio.Runner) -> None:
    check_odd_answers(runner, 150)


# --- sizes -----------------------------------------------------------------------------------


async def test_a_body_without_an_end() -> None:
    async with raw_server() as server:
        server.chunks = [b"HTTP/1.1 200 OK\r\n\r\n", b" " * 10_000]
        server.endless = True
        error = await outcome_of(server, CallKind.CHAT)
        assert isinstance(error, TransientModelError)
        assert error.kind is FailureKind.TOO_LARGE
        assert server.sent < 20_000_000, "it was not read to its end"


@pytest.mark.parametrize("status", [400, 429, 500])
async def test_an_error_without_an_end(status: int) -> None:
    async with raw_server() as server:
        server.chunks = [b"HTTP/1.1 %d X\r\n\r\n" % status, b"sorry " * 10_000]
        server.endless = True
        assert isinstance(await outcome_of(server, CallKind.CHAT), TransientModelError)
        assert server.sent < 20_000_000


async def test_headers_without_an_end() -> None:
    async with raw_server() as server:
        server.chunks = [b"HTTP/1.1 200 OK\r\n", b"X: y\r\n" * 1000]
        server.endless = True
        assert isinstance(await outcome_of(server, CallKind.CHAT), TransientModelError)
        assert server.sent < 20_000_000


async def test_a_body_that_comes_byte_by_byte() -> None:
    async with raw_server() as server:
        server.chunks = [b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n", b" "]
        server.keep_open = True
        error = await outcome_of(server, CallKind.CHAT)
        assert isinstance(error, TransientModelError)
        assert error.kind is FailureKind.TIMEOUT


def _bomb(compress: Callable[[bytes], bytes]) -> bytes:
    return compress(b" " * 300_000_000)


@pytest.mark.parametrize(
    ("encoding", "compress"),
    [(b"gzip", gzip.compress), (b"deflate", zlib.compress), (b"x-gzip", gzip.compress)],
)
async def test_a_small_body_that_expands(
    encoding: bytes, compress: Callable[[bytes], bytes]
) -> None:
    async with raw_server() as server:
        header = b"Content-Encoding: " + encoding
        server.chunks = response(_bomb(compress), 200, (header,))
        error = await outcome_of(server, CallKind.CHAT)
        assert isinstance(error, TransientModelError)
        assert error.kind is FailureKind.TOO_LARGE


@pytest.mark.parametrize(
    ("encoding", "compress"), [(b"gzip", gzip.compress), (b"deflate", zlib.compress)]
)
async def test_a_compressed_answer_is_read(
    encoding: bytes, compress: Callable[[bytes], bytes]
) -> None:
    async with raw_server() as server:
        body = compress(json.dumps(CHAT).encode())
        server.chunks = response(body, 200, (b"Content-Encoding: " + encoding,))
        answer = await outcome_of(server, CallKind.CHAT)
        assert isinstance(answer, ModelAnswer)
        assert answer.text == "said"


@pytest.mark.parametrize("encoding", [b"br", b"zstd", b"gzip, gzip", b"gzip"])
async def test_an_encoding_that_is_unknown_or_wrong(encoding: bytes) -> None:
    async with raw_server() as server:
        server.chunks = response(b"{}", 200, (b"Content-Encoding: " + encoding,))
        error = await outcome_of(server, CallKind.CHAT)
        assert isinstance(error, TransientModelError)
        assert error.kind is FailureKind.MALFORMED


# --- redirects -------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_prompt_goes_to_no_other_server(status: int) -> None:
    async with raw_server() as server, raw_server() as thief:
        location = b"Location: " + thief.url.encode() + b"/chat/completions"
        server.chunks = response(b"", status, (location,))
        thief.chunks = response(json.dumps(CHAT).encode())
        error = await outcome_of(server, CallKind.CHAT)
        assert isinstance(error, RedirectedError)
        assert thief.requests == []
        assert "the URL" in error.remedy


@pytest.mark.parametrize("status", [301, 302, 303])
async def test_a_login_page_of_the_same_server_is_named(status: int) -> None:
    async with raw_server() as server:
        server.chunks = response(b"", status, (b"Location: /login?next=/v1",))
        error = await outcome_of(server, CallKind.CHAT)
        assert isinstance(error, RedirectedError)
        assert "/login" in error.problem and "login page" in error.remedy


@pytest.mark.parametrize("status", [307, 308])
async def test_redirects_in_a_circle(status: int) -> None:
    async with raw_server() as server:
        server.chunks = response(b"", status, (b"Location: /v1/chat/completions",))
        assert isinstance(await outcome_of(server, CallKind.CHAT), TransientModelError)
        assert len(server.requests) < 50


if __name__ == "__main__":
    with asyncio.Runner() as opened:
        check_odd_answers(opened, int(sys.argv[1]))
