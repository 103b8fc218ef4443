"""Serves fake servers until a stop signal; argument: a folder. Run with -m by the tests."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from ga_ooo.model.serving._command import serve_until_stopped
from ga_ooo.model.serving.replicas import Replicas
from ga_ooo.options import ServeOptions
from tests.model.serving.fakes import QUICK, FakePlan


def main() -> int:
    folder = Path(sys.argv[1])
    options = ServeOptions(
        model="some/model",
        replicas=2,
        embedding_model="some/embedder",
        port=18700,
        log_folder=folder,
    )
    replicas = Replicas(
        options,
        plan=FakePlan(folder / "pids"),
        timing=QUICK,
        report=lambda line: print(line, file=sys.stderr, flush=True),
    )
    return asyncio.run(serve_until_stopped(replicas))


if __name__ == "__main__":
    sys.exit(main())
