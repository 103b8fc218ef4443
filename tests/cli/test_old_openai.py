"""An environment whose ``openai`` is older than this package needs: one line, never a traceback."""

from __future__ import annotations

import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from ga_ooo.model.client._http.installed import OLDEST_OPENAI
from tests.cli.conftest import FORK

ROOT = Path(__file__).parents[2]
NEW = ("--fork", FORK, "--sim", "x", "--steps", "1")
SERVER = ("--model-url", "http://127.0.0.1:9/v1", "--model-name", "m")


@pytest.fixture(params=["0.27.0", "1.59.9"])
def environment(request: pytest.FixtureRequest, tmp_path: Path) -> dict[str, str]:
    """Variables that put an older package before the installed one."""
    folder = tmp_path / "older"
    metadata = folder / f"openai-{request.param}.dist-info"
    metadata.mkdir(parents=True)
    (metadata / "METADATA").write_text(f"Name: openai\nVersion: {request.param}\n")
    (folder / "openai.py").write_text("class Completion: pass\n")
    path = os.pathsep.join([str(folder), str(ROOT)])
    return {**os.environ, "PYTHONPATH": path, "VERSION": request.param}


def run(environment: dict[str, str], *arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "ga_ooo", *map(str, arguments)]
    return subprocess.run(command, env=environment, capture_output=True, text=True)


def test_a_run_with_servers_says_it_in_one_line(host: Path, environment: dict[str, str]) -> None:
    done = run(environment, "run", host, *NEW, *SERVER)
    first, second = done.stderr.splitlines()
    assert done.returncode == 2 and "persona steps" not in done.stdout
    assert first.startswith("ga-ooo: ga_ooo needs the package openai in version 1.60 or newer")
    assert first.endswith(f"this environment has version {environment['VERSION']}")
    assert "remedy: install ga_ooo into an environment of its own" in second


@pytest.mark.parametrize("environment", ["0.27.0"], indirect=True)
@pytest.mark.parametrize(
    "arguments",
    [
        *(("doctor", "HOST"), ("verify", "HOST", *NEW[:2], *NEW[-2:], *SERVER), ("list", "HOST")),
        *(("serve", "model"), ("config", "show")),
    ],
    ids=lambda arguments: arguments[0],
)
def test_no_command_ends_in_a_traceback(
    host: Path, environment: dict[str, str], arguments: tuple[str, ...]
) -> None:
    done = run(environment, *(host if each == "HOST" else each for each in arguments))
    assert "Traceback" not in done.stderr and "unexpected" not in done.stderr
    assert done.returncode in (0, 2, 4) and (done.stdout or done.stderr)


def test_the_oldest_version_is_that_of_the_project() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    oldest = ".".join(map(str, OLDEST_OPENAI))
    assert f"openai>={oldest},<4" in project["dependencies"]
