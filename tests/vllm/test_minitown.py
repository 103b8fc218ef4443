"""minitown through a real vLLM with random weights: every constrained answer has the form that the
host's validator wants, so the run finishes and nothing is asked twice; and the engine asks what the
host's own loop asked."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from ga_ooo.llm.serving.replicas import ServedUrls

pytestmark = pytest.mark.vllm

ROOT = Path(__file__).parents[2]
STEPS = 6


def test_minitown(vllm_urls: ServedUrls, tmp_path: Path) -> None:
    host = tmp_path / "minitown"
    shutil.copytree(ROOT / "examples" / "minitown", host)
    report = tmp_path / "report.json"
    command = [sys.executable, "-m", "ga_ooo", "run", str(host), "--fork", "demo_minitown_n5"]
    command += ["--sim", "vllm", "--steps", str(STEPS), "--config", ""]
    command += ["--plugin", "tests.vllm.answers_taken", "--host-log", str(tmp_path / "host.log")]
    command += ["--model-url", vllm_urls.generative[0], "--model-name", "tiny"]
    command += ["--embedding-url", vllm_urls.embedding[0], "--embedding-name", "tiny-embed"]
    done = subprocess.run(
        command,
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT), "ANSWERS_TAKEN_REPORT": str(report)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr == "", "structured outputs are on, and nothing was paused"
    calls = json.loads(report.read_text(encoding="utf-8"))
    assert calls["constrained"] > 30
    assert calls["cut"] == 0
    assert calls["asked_again"] == 0
    assert re.search(r"\b0 moves retried", done.stdout)
    assert "FAIL SAFE" not in (tmp_path / "host.log").read_text(encoding="utf-8")
    moved = host / "environment" / "frontend_server" / "storage" / "vllm" / "movement"
    assert len(list(moved.iterdir())) >= STEPS


def test_verified_by_journal(vllm_urls: ServedUrls, tmp_path: Path) -> None:
    host = tmp_path / "minitown"
    shutil.copytree(ROOT / "examples" / "minitown", host)
    command = [sys.executable, "-m", "ga_ooo", "verify", str(host), "--fork", "demo_minitown_n5"]
    command += ["--steps", str(STEPS), "--keep", str(tmp_path / "kept")]
    command += ["--model-url", vllm_urls.generative[0], "--model-name", "tiny"]
    command += ["--embedding-url", vllm_urls.embedding[0], "--embedding-name", "tiny-embed"]
    done = subprocess.run(
        command,
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "equal: " in done.stdout
    reference, engine = done.stdout.split("engine (")
    asked = re.search(r"journal: ([\d,]+) answers written down, ([\d,]+) taken", reference)
    assert asked
    assert int(asked[1].replace(",", "")) > 30
    assert "journal: 0 answers written down" in engine
