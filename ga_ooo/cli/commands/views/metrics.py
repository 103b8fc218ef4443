"""``ga-ooo metrics``: the state of a run for Prometheus."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from ga_ooo.cli import arguments
from ga_ooo.cli.command_line import Command, CommandLine
from ga_ooo.costs.spent import read_spent
from ga_ooo.errors import GaOooError, UsageError
from ga_ooo.options import FileOptions
from ga_ooo.options.declare import PORT, Declared, Flags, nested, option
from ga_ooo.record import RecordReader, record_file
from ga_ooo.views.metrics import CONTENT_TYPE, metrics_text
from ga_ooo.views.simulations import find_simulation


@dataclass(frozen=True, kw_only=True)
class Arguments(Declared):
    """The simulation whose metrics are shown."""

    host: Path = arguments.host()
    sim: str = arguments.simulation()
    port: int | None = option(
        None,
        "serve them on this port of this machine, at /metrics, until Ctrl-C",
        check=PORT,
        unset="print them once",
    )
    files: FileOptions = nested(FileOptions, Flags(("files.storage",)))


def _run(line: CommandLine[Arguments]) -> int:
    given = line.arguments
    simulation = find_simulation(given.host, given.sim, given.files.storage)
    if given.port is None:
        print(_text(simulation), end="")
        return 0
    try:
        server = ThreadingHTTPServer(("127.0.0.1", given.port), partial(_Handler, simulation))
    except OSError as error:
        raise UsageError(
            f"port {given.port} cannot be used: {error.strerror}", "choose another --port"
        ) from error
    with server:
        print(f"http://127.0.0.1:{server.server_port}/metrics", flush=True)
        server.serve_forever()
    return 0


def _text(simulation: Path) -> str:
    with RecordReader(record_file(simulation)) as reader:
        return metrics_text(reader, simulation.name, read_spent(simulation))


class _Handler(BaseHTTPRequestHandler):
    """Answers requests for the metrics."""

    def __init__(self, simulation: Path, *rest: Any) -> None:
        self._simulation = simulation
        super().__init__(*rest)

    def do_GET(self) -> None:
        """Answer a request."""
        if self.path != "/metrics":
            self.send_error(404)
            return
        try:
            content = _text(self._simulation).encode()
        except GaOooError as error:
            self.send_error(503, explain=error.problem)
            return
        self.send_response(200)
        self.send_header("Content-Type", CONTENT_TYPE)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:
        """Requests are not shown."""


COMMAND = Command(
    "show the state of a run in the text format of Prometheus",
    Arguments,
    _run,
    description="Reads the record of the run (docs/record.md), also during the run.",
)
