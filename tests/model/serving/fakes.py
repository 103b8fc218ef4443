"""Plans of fake servers."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from ga_ooo.model.serving._plan import Plan, free_ports
from ga_ooo.model.serving._server import ServerSpec, Timing
from ga_ooo.options import ServeOptions

FAKE_SERVER = Path(__file__).with_name("fake_server.py")
QUICK = Timing(poll_s=0.02, progress_s=60, backoff_s=0.05, longest_backoff_s=0.2, stop_grace_s=5)


@dataclass
class FakePlan:
    """Plans one fake generative server per replica, and a fake embedding server.

    ``fail`` maps the index of a server to the text that it prints before it exits.
    """

    pids: Path
    fail: dict[int, str] = field(default_factory=dict)
    engine: str = "polite"

    async def __call__(self, options: ServeOptions) -> Plan:
        ports = free_ports(options.port)
        count = 1 if options.replicas == "auto" else options.replicas
        specs = [
            self._spec(index, "generative", options.generative_name, next(ports))
            for index in range(count)
        ]
        if options.embedding_name is not None:
            specs.append(self._spec(count, "embedding", options.embedding_name, next(ports)))
        return (tuple(specs),)

    def _spec(
        self, index: int, kind: Literal["generative", "embedding"], model: str, port: int
    ) -> ServerSpec:
        failure = ("--fail", self.fail[index]) if index in self.fail else ()
        command = (
            *(sys.executable, str(FAKE_SERVER), "--port", str(port), "--model", model),
            *("--pids", str(self.pids), "--engine", self.engine, *failure),
        )
        return ServerSpec(kind=kind, command=command, port=port, model=model)

    def started(self) -> list[tuple[int, int]]:
        """Process ids of every server started so far, with its engine's."""
        if not self.pids.exists():
            return []
        lines = self.pids.read_text(encoding="utf-8").splitlines()
        return [(int(server), int(engine)) for server, engine in map(str.split, lines)]
