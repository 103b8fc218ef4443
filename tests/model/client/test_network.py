"""Proxies and certificates: real proxies, real TLS servers, and the environment of users."""

from __future__ import annotations

import asyncio
import base64
import os
import shutil
import socket
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import NamedTuple

import pytest

from ga_ooo.errors import ModelError, UsageError
from ga_ooo.model.client import ModelNames, OpenAIClient
from ga_ooo.model.client._http import network
from ga_ooo.model.client._http.network import is_loopback, proxy_for, tls_context
from ga_ooo.model.endpoints import EndpointConfig
from ga_ooo.model.errors import KeyRefusedError, TlsError, TransientModelError
from ga_ooo.options import ClientOptions
from tests.model.upstream import MODEL, chat, text_for, upstream


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No proxy and no certificates of the machine that runs the tests."""
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    for name in ("SSL_CERT_FILE", "SSL_CERT_DIR"):
        monkeypatch.delenv(name, raising=False)
    tls_context.cache_clear()
    yield
    tls_context.cache_clear()


@asynccontextmanager
async def client_of(url: str, ca: Path | None = None) -> AsyncIterator[OpenAIClient]:
    client = OpenAIClient(EndpointConfig(url), ModelNames.single(MODEL), ClientOptions(ca=ca))
    try:
        yield client
    finally:
        await client.close()


async def failure(url: str, ca: Path | None = None) -> ModelError:
    """The error of a call."""
    async with client_of(url, ca) as client:
        with pytest.raises(ModelError) as caught:
            await client.answer(chat("a private thought about Klaus"))
    assert "private" not in str(caught.value)
    return caught.value


# --- proxies ---------------------------------------------------------------------------------

LOOPBACK = ["localhost", "127.0.0.1", "127.8.9.10", "::1", "0.0.0.0", "a.localhost"]
LOOPBACK += ["::ffff:127.0.0.1", "::"]


@pytest.mark.parametrize("host", LOOPBACK)
def test_loopback_never_has_a_proxy(host: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://proxy:3128")
    monkeypatch.setenv("ALL_PROXY", "socks5://proxy:1080")
    assert is_loopback(host)
    assert proxy_for(f"http://{f'[{host}]' if ':' in host else host}:8000/v1") is None


@pytest.mark.parametrize("host", ["10.0.0.1", "192.168.0.2", "gpu", "localhost.example", "8.8.8.8"])
def test_other_hosts_have_one(host: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert not is_loopback(host)
    assert proxy_for(f"http://{host}/v1") is None
    monkeypatch.setenv("http_proxy", "http://proxy:3128")
    proxy = proxy_for(f"http://{host}/v1")
    assert proxy is not None
    assert str(proxy) == "the proxy http://proxy:3128 of http_proxy"
    assert proxy_for(f"https://{host}/v1") is None


@pytest.mark.parametrize("exception", ["gpu.town", ".town", "town", "*", "other, gpu.town"])
def test_no_proxy(exception: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "proxy:3128")
    assert proxy_for("https://gpu.town/v1") is not None
    monkeypatch.setenv("NO_PROXY", exception)
    assert proxy_for("https://gpu.town/v1") is None


@pytest.mark.parametrize(
    "url", ["http://user:xyzzy@proxy:3128", "user:xyzzy@proxy:3128", "https://user:xyzzy@proxy"]
)
def test_the_password_of_a_proxy_is_not_shown(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("all_proxy", url)
    proxy = proxy_for("https://gpu/v1")
    assert proxy is not None
    assert "xyzzy" in proxy.url
    assert "xyzzy" not in str(proxy)
    assert "all_proxy" in str(proxy)


@pytest.mark.parametrize("url", ["ftp://proxy", "socks4://xyzzy@proxy", "http://", "http://p:x"])
def test_a_proxy_that_cannot_be_used(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("https_proxy", url)
    with pytest.raises(UsageError, match="https_proxy") as caught:
        proxy_for("https://gpu/v1")
    assert "NO_PROXY=gpu" in caught.value.remedy
    assert "xyzzy" not in str(caught.value)


@pytest.mark.parametrize("scheme", ["socks5", "socks5h", "SOCKS5"])
def test_socks_needs_its_package(scheme: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALL_PROXY", f"{scheme}://user:xyzzy@proxy:1080")
    monkeypatch.setattr(network, "find_spec", lambda name: None)
    with pytest.raises(UsageError, match="socksio") as caught:
        proxy_for("https://gpu/v1")
    assert "pip install socksio" in caught.value.remedy
    assert "xyzzy" not in str(caught.value)


class Request(NamedTuple):
    """The first line of a request, and the other lines of its head."""

    line: bytes
    head: bytes


async def request_of(reader: asyncio.StreamReader) -> Request:
    return Request(await reader.readline(), await reader.readuntil(b"\r\n\r\n"))


@asynccontextmanager
async def proxy(response: bytes) -> AsyncIterator[tuple[str, list[Request]]]:
    """A proxy that answers every request by itself: its URL, and the requests that it got."""
    requests: list[Request] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        requests.append(await request_of(reader))
        writer.write(response)
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", requests


async def test_requests_to_this_machine_reach_it_although_a_proxy_is_set(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with proxy(b"HTTP/1.1 502 Bad Gateway\r\n\r\n") as (url, requests):
        for name in ("http_proxy", "HTTPS_PROXY", "ALL_PROXY"):
            monkeypatch.setenv(name, url)
        async with upstream() as server, client_of(server.url) as client:
            assert (await client.answer(chat("a"))).text == text_for("a")
        assert requests == []


@pytest.mark.parametrize(
    ("response", "words"),
    [
        (b"HTTP/1.1 502 Bad Gateway\r\n\r\n<title>no such host</title>", "no such host"),
        (b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\nwho are you", "who are you"),
        (b"HTTP/1.1 503 x\r\n\r\n", "HTTP 503"),
        (b"HTTP/1.1 504 x\r\n\r\ntimed out", "timed out"),
        (b"", "disconnected"),
    ],
)
async def test_a_failure_behind_a_proxy_names_it(
    response: bytes, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with proxy(response) as (url, requests):
        monkeypatch.setenv("http_proxy", url)
        error = await failure("http://gpu.town/v1")
        [request] = requests
        assert request.line == b"POST http://gpu.town/v1/chat/completions HTTP/1.1\r\n"
    assert isinstance(error, TransientModelError)
    assert f"the proxy {url} of http_proxy" in error.problem
    assert words in error.problem
    assert "NO_PROXY=gpu.town" in error.remedy


async def test_a_proxy_that_does_not_listen(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    monkeypatch.setenv("https_proxy", url)
    error = await failure("https://gpu.town/v1")
    assert f"the proxy {url} of https_proxy" in error.problem
    assert "NO_PROXY=gpu.town" in error.remedy


async def test_the_password_of_a_proxy_is_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    async with proxy(b"HTTP/1.1 502 Bad Gateway\r\n\r\n") as (url, requests):
        monkeypatch.setenv("http_proxy", url.replace("//", "//user:xyzzy@"))
        error = await failure("http://gpu.town/v1")
        [request] = requests
    assert f"Basic {base64.b64encode(b'user:xyzzy').decode()}".encode() in request.head
    assert "xyzzy" not in str(error)


@asynccontextmanager
async def tunnel(port: int) -> AsyncIterator[tuple[str, list[Request]]]:
    """A proxy that opens tunnels, all of them to a port of this machine."""
    requests: list[Request] = []
    tasks: list[asyncio.Task[None]] = []
    ends: list[asyncio.StreamWriter] = []

    async def pipe(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError):
            while data := await reader.read(65536):
                writer.write(data)
        writer.close()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        requests.append(await request_of(reader))
        from_server, to_server = await asyncio.open_connection("127.0.0.1", port)
        ends.extend((writer, to_server))
        writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
        await asyncio.gather(pipe(reader, to_server), pipe(from_server, writer))

    def opened(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        tasks.append(asyncio.create_task(serve(reader, writer)))

    server = await asyncio.start_server(opened, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", requests
        for end in ends:
            end.transport.abort()
        await asyncio.gather(*tasks)


async def test_https_through_a_proxy(
    certificates: dict[str, tuple[Path, Path]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The certificate is that of the server behind the tunnel, and is checked."""
    certificate, _ = certificates["elsewhere"]
    async with upstream(certificate=certificates["elsewhere"]) as server:
        port = int(server.url.rpartition(":")[2].partition("/")[0])
        async with tunnel(port) as (url, requests):
            monkeypatch.setenv("https_proxy", url)
            async with client_of("https://gpu.town/v1", certificate) as client:
                assert (await client.answer(chat("a"))).text == text_for("a")
            assert requests[0].line == b"CONNECT gpu.town:443 HTTP/1.1\r\n"
            assert isinstance(await failure("https://gpu.town/v1"), TlsError)


async def test_a_socks_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("socksio")
    asked: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readexactly(3)  # version 5, one method: no password
        writer.write(b"\x05\x00")
        head = await reader.readexactly(5)  # version, connect, reserved, a name, its length
        asked.append(await reader.readexactly(head[4] + 2))
        writer.write(b"\x05\x00\x00\x01\x00\x00\x00\x00\x00\x00")
        await request_of(reader)
        writer.write(b"HTTP/1.1 503 x\r\ncontent-length: 4\r\n\r\nbusy")
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        url = f"socks5h://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        monkeypatch.setenv("ALL_PROXY", url)
        error = await failure("http://gpu.town/v1")
    assert asked == [b"gpu.town\x00\x50"]
    assert f"the proxy {url} of ALL_PROXY" in error.problem
    assert "busy" in error.problem


# --- certificates ----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[Path, Path]]:
    """Certificates that sign themselves: one for this machine, one for another."""
    if shutil.which("openssl") is None:
        pytest.skip("openssl is not installed")
    folder = tmp_path_factory.mktemp("certificates")
    found = {}
    for name, subject in (("here", "IP:127.0.0.1"), ("elsewhere", "DNS:gpu.town")):
        certificate, key = folder / f"{name}.pem", folder / f"{name}.key"
        subprocess.run(
            [
                *("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"),
                *("-subj", f"/CN={name}", "-addext", f"subjectAltName={subject}"),
                *("-keyout", key, "-out", certificate),
            ],
            check=True,
            capture_output=True,
        )
        found[name] = certificate, key
    return found


async def test_a_certificate_that_is_not_trusted(
    certificates: dict[str, tuple[Path, Path]],
) -> None:
    async with upstream(certificate=certificates["here"]) as server:
        error = await failure(server.url)
    assert isinstance(error, TlsError)
    assert "certificate is not trusted: self" in error.problem
    assert "--ca" in error.remedy and "SSL_CERT_FILE" in error.remedy


@pytest.mark.parametrize("way", ["--ca", "SSL_CERT_FILE"])
async def test_a_certificate_that_the_user_gives(
    way: str, certificates: dict[str, tuple[Path, Path]], monkeypatch: pytest.MonkeyPatch
) -> None:
    certificate, _ = certificates["here"]
    if way == "SSL_CERT_FILE":
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    ca = certificate if way == "--ca" else None
    async with (
        upstream(certificate=certificates["here"]) as server,
        client_of(server.url, ca) as client,
    ):
        assert (await client.answer(chat("a"))).text == text_for("a")


async def test_a_certificate_for_another_name(
    certificates: dict[str, tuple[Path, Path]],
) -> None:
    async with upstream(certificate=certificates["elsewhere"]) as server:
        error = await failure(server.url, certificates["elsewhere"][0])
    assert isinstance(error, TlsError)
    assert "IP address mismatch" in error.problem
    assert "name in the certificate" in error.remedy


async def test_https_to_a_server_without_it() -> None:
    async with upstream() as server:
        error = await failure(server.url.replace("http:", "https:"))
    assert isinstance(error, TlsError)
    assert "http://" in error.remedy


async def test_http_to_a_server_with_tls(certificates: dict[str, tuple[Path, Path]]) -> None:
    async with upstream(certificate=certificates["here"]) as server:
        error = await failure(server.url.replace("https:", "http:"))
    assert server.url.replace("https:", "http:") in error.problem


@pytest.mark.parametrize("content", [None, b"", b"no certificate", b"-----BEGIN CERTIFICATE-----"])
@pytest.mark.parametrize("way", ["--ca", "SSL_CERT_FILE"])
def test_a_file_without_certificates(
    content: bytes | None, way: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "ca.pem"
    if content is not None:
        path.write_bytes(content)
    if way == "SSL_CERT_FILE":
        monkeypatch.setenv("SSL_CERT_FILE", str(path))
    config = EndpointConfig("https://gpu/v1")
    with pytest.raises(UsageError, match=way):
        OpenAIClient(config, ModelNames(), ClientOptions(ca=path if way == "--ca" else None))


# --- keys ------------------------------------------------------------------------------------


@pytest.mark.parametrize("key", ["ключ", "sk-abc\ndef", "sk-abc\x00"])
def test_a_key_that_no_header_can_hold(key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if "\x00" in key:
        monkeypatch.setattr(os, "environ", {**os.environ, "OPENAI_API_KEY": key})
    else:
        monkeypatch.setenv("OPENAI_API_KEY", key)
    with pytest.raises(UsageError, match="OPENAI_API_KEY") as caught:
        OpenAIClient(EndpointConfig("http://gpu/v1"), ModelNames())
    assert "abc" not in str(caught.value)


async def test_blanks_around_a_key_are_no_part_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", " sk-abc \n")
    async with upstream() as server, client_of(server.url) as client:
        await client.answer(chat("a"))
    assert server.headers[0]["authorization"] == "Bearer sk-abc"


async def test_a_missing_key_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    async with proxy(b"HTTP/1.1 401 Unauthorized\r\n\r\n{}") as (url, _):
        error = await failure(f"{url}/v1")
    assert isinstance(error, KeyRefusedError)
    assert "OPENAI_API_KEY; it is not set" in error.remedy
