"""OpenTelemetry export to a real collector process, which passes everything on to this test."""

from __future__ import annotations

import gzip
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from ga_ooo.views.telemetry import names
from tests.record.rows import NAMES
from tests.views.conftest import Command

pytest.importorskip("opentelemetry.exporter.otlp.proto.http", reason="the extra telemetry")
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (
    ExportMetricsServiceRequest,
)
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

SPEC = find_spec("rotel")
AGENT = Path(SPEC.origin).with_name("rotel-agent") if SPEC and SPEC.origin else None

pytestmark = pytest.mark.skipif(
    AGENT is None or sys.platform != "linux",
    reason="the package rotel, which holds an OpenTelemetry collector, is not installed",
)


class Sink(HTTPServer):
    """The end of the way: keeps what the collector sends."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Receiver)
        self.received: dict[str, list[bytes]] = {}

    def wait_for(self, path: str) -> list[bytes]:
        """The bodies of the requests for a path, once there is one."""
        for _ in range(300):
            if path in self.received:
                return self.received[path]
            time.sleep(0.1)
        raise AssertionError(f"the collector has sent nothing to {path}: {list(self.received)}")


class Receiver(BaseHTTPRequestHandler):
    """Answers the collector."""

    server: Sink

    def do_POST(self) -> None:
        """Keep a request."""
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.headers.get("Content-Encoding") == "gzip":
            body = gzip.decompress(body)
        self.server.received.setdefault(self.path, []).append(body)
        self.send_response(200)
        self.send_header("Content-Type", "application/x-protobuf")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *message: Any) -> None:
        """Nothing is printed."""


@pytest.fixture
def sink() -> Iterator[Sink]:
    with Sink() as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def collector(sink: Sink, tmp_path: Path) -> Iterator[str]:
    """The address of a collector."""
    assert AGENT is not None
    agent = tmp_path / "rotel-agent"
    shutil.copy(AGENT, agent)
    agent.chmod(0o755)
    ports = []
    for _ in range(2):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            ports.append(free.getsockname()[1])
    endpoints = [f"127.0.0.1:{port}" for port in ports]
    process = subprocess.Popen(
        [
            *(agent, "start", "--otlp-http-endpoint", endpoints[0]),
            *("--otlp-grpc-endpoint", endpoints[1], "--exporter", "otlp"),
            *("--otlp-exporter-endpoint", f"http://127.0.0.1:{sink.server_port}"),
            *("--otlp-exporter-protocol", "http", "--batch-timeout", "100ms"),
        ],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        for _ in range(300):
            with socket.socket() as trial:
                if trial.connect_ex(("127.0.0.1", ports[0])) == 0:
                    break
            time.sleep(0.05)
        yield f"http://{endpoints[0]}"
    finally:
        process.kill()
        process.wait()


def test_through_a_collector(
    host: Path, ga_ooo: Command, collector: str, sink: Sink, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", collector)
    code, out, err = ga_ooo("export", host, "day", "--format", "opentelemetry")
    assert (code, out) == (0, "4 spans sent\n"), err
    request = ExportTraceServiceRequest.FromString(sink.wait_for("/v1/traces")[0])
    (resource,) = request.resource_spans
    attributes = {each.key: each.value.string_value for each in resource.resource.attributes}
    assert attributes["service.name"] == "ga-ooo"
    spans = [span for scope in resource.scope_spans for span in scope.spans]
    assert len(spans) == 4
    agents = {
        each.value.string_value
        for span in spans
        for each in span.attributes
        if each.key == names.AGENT
    }
    assert NAMES[0] in agents
    parents = {span.span_id for span in spans if not span.parent_span_id}
    assert {span.parent_span_id for span in spans if span.parent_span_id} <= parents
    metrics = ExportMetricsServiceRequest.FromString(sink.wait_for("/v1/metrics")[0])
    found = {
        metric.name
        for resource_metrics in metrics.resource_metrics
        for scope in resource_metrics.scope_metrics
        for metric in scope.metrics
    }
    assert found == {names.TOKEN_USAGE, names.DURATION}
