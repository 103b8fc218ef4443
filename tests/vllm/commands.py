"""Runs ``ga-ooo`` with the servers that the tests have started."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from ga_ooo.model.serving.replicas import ServedUrls

ROOT = Path(__file__).parents[2]


def ga_ooo(
    urls: ServedUrls, folder: Path, *arguments: object, **environment: object
) -> subprocess.CompletedProcess[str]:
    """Run a command and wait for it.

    Args:
        urls: the model servers.
        folder: working folder.
        arguments: of the command line, without those for the model servers.
        environment: environment variables to add.
    """
    command = [sys.executable, "-m", "ga_ooo", *map(str, arguments)]
    command += ["--model-url", urls.generative[0], "--model-name", "tiny"]
    command += ["--embedding-url", urls.embedding[0], "--embedding-name", "tiny-embed"]
    added = {name: str(value) for name, value in environment.items()}
    return subprocess.run(
        command,
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT), **added},
        capture_output=True,
        text=True,
    )
