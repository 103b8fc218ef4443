"""``ga-ooo serve`` and ``ga-ooo run --serve``: real processes, with the scripted model for vLLM.

A Python of the test's own stands in for the one that has vLLM: it answers the question for GPUs
and turns vLLM's command line into a server of the scripted model.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from ga_ooo.lab.verify.compare import compare
from tests.cli.settings.command import FORK, ROOT, command, copy_minitown, run, simulation
from tests.model.serving.processes import is_alive

FAKE = Path(__file__).with_name("fake_vllm.py")


@pytest.fixture
def python(tmp_path: Path) -> Path:
    """A substitute for a Python that has vLLM, on a machine without GPUs."""
    path = tmp_path / "python"
    path.write_text(
        f'#!/bin/sh\n[ "$1" = -c ] && exec echo "[0, true]"\nexec {sys.executable} {FAKE} "$@"\n'
    )
    path.chmod(0o755)
    return path


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    return {"PYTHONPATH": str(ROOT), "FAKE_VLLM_PIDS": str(tmp_path / "pids")}


def servers_left(tmp_path: Path) -> list[int]:
    """Servers that were started and still run; at least one must have been started."""
    pids = [int(line) for line in (tmp_path / "pids").read_text().split()]
    assert pids
    return [pid for pid in pids if is_alive(pid)]


def serve_table(python: Path, *, fail: bool = False) -> str:
    extra = '["--fail"]' if fail else "[]"
    return (
        f'[serve]\npython = "{python}"\nport = 18950\nlog_folder = "{python.parent}/logs"\n'
        f"extra_arguments = {extra}\n"
    )


def test_serve_until_ctrl_c(python: Path, environment: dict[str, str], tmp_path: Path) -> None:
    flags = ["--embedding-model", "embedder", "--port", "18940", "--python", python]
    flags += ["--log-folder", tmp_path / "logs", "--replicas", "2"]
    with subprocess.Popen(
        command("serve", "org/model", *flags, "--config", "", "--", "--enforce-eager"),
        env={**os.environ, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        lines = [process.stdout.readline().split() for _ in range(3)]
        assert [line[::2] for line in lines] == [
            ["generative", "org/model"],
            ["generative", "org/model"],
            ["embedding", "embedder"],
        ]
        for _, url, model in lines:
            served = httpx.get(f"{url}/models", trust_env=False).json()["data"]
            assert [entry["id"] for entry in served] == [model]
        process.send_signal(signal.SIGINT)
        process.communicate()
    assert process.returncode == 0
    assert servers_left(tmp_path) == []
    logs = [path.read_text() for path in (tmp_path / "logs").glob("generative-*.log")]
    assert len(logs) == 2
    assert all("--enforce-eager" in log for log in logs)


def test_serve_without_a_model(tmp_path: Path) -> None:
    done = run("serve", cwd=tmp_path)
    assert done.returncode == 2
    assert "[serve]" in done.stderr


def test_a_run_with_servers_of_its_own(
    python: Path, environment: dict[str, str], tmp_path: Path
) -> None:
    """The same bytes as in-process, and no server is left."""
    host = copy_minitown(tmp_path)
    (tmp_path / "ga-ooo.toml").write_text(serve_table(python))
    common = ["run", host, "--fork", FORK, "--sim", "same", "--steps", 30]
    local = run(*common, cwd=tmp_path)
    assert local.returncode == 0, local.stderr
    simulation(host, "same").rename(tmp_path / "local")
    done = run(*common, "--serve", "m", "--serve-embedding", "e", cwd=tmp_path,
               environment=environment)  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert compare(tmp_path / "local", simulation(host, "same")).equal
    assert len(re.findall(r"http://127\.0\.0\.1:\d+/v1: \d", done.stdout)) == 2
    assert servers_left(tmp_path) == []


def test_servers_that_do_not_start(
    python: Path, environment: dict[str, str], tmp_path: Path
) -> None:
    host = copy_minitown(tmp_path)
    (tmp_path / "ga-ooo.toml").write_text(serve_table(python, fail=True))
    done = run(
        *("run", host, "--fork", FORK, "--sim", "never", "--steps", 5),
        *("--serve", "m", "--serve-embedding", "e"),
        cwd=tmp_path,
        environment=environment,
    )
    assert done.returncode == 4, done.stderr
    assert "the model was not found" in done.stderr
    assert not simulation(host, "never").exists()
    assert servers_left(tmp_path) == []


def test_ctrl_c_stops_run_and_servers(
    python: Path, environment: dict[str, str], tmp_path: Path
) -> None:
    host = copy_minitown(tmp_path)
    (tmp_path / "ga-ooo.toml").write_text(serve_table(python))
    flags = ["--fork", FORK, "--sim", "cut", "--steps", 8640, "--serve", "m"]
    flags += ["--serve-embedding", "e"]
    movements = simulation(host, "cut") / "movement"
    with subprocess.Popen(
        command("run", host, *flags),
        cwd=tmp_path,
        env={**os.environ, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        while process.poll() is None and not (movements / "0.json").exists():
            try:
                process.wait(0.1)
            except subprocess.TimeoutExpired:
                continue
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate()
    assert process.returncode == 5, errors
    assert "stopping at a consistent step" in errors
    assert servers_left(tmp_path) == []
