"""Random answers that constraints allow pass the validators of whole hosts: minitown, and real ones
if they are available. No constrained prompt is asked twice, and no move starts over."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.hosts import WHERE_TO_PUT_HOSTS, copy_host, find_hosts

ROOT = Path(__file__).parents[3]
MINITOWN = ROOT / "examples" / "minitown"

# Scenarios, and steps in which people are awake and meet.
RUNS = {
    "minitown": ("demo_minitown_n5", 400, {"utterance", "task_decomp", "decide_to_talk"}),
    "upstream": (
        "base_the_ville_isabella_maria_klaus",
        900,
        {"task decomposition", "event triple"},
    ),
    "school": ("base_the_ville_n5_school", 600, {"poignancy of event"}),
}


def run(host: Path, name: str, tmp_path: Path) -> tuple[str, dict[str, dict[str, int]]]:
    """The output of a run with random answers, and counts of its prompts."""
    fork, steps, _ = RUNS[name]
    report = tmp_path / "report.json"
    command = [sys.executable, "-m", "ga_ooo", "run", str(host), "--fork", fork, "--sim", "drawn"]
    command += ["--steps", str(steps), "--model", "sampled", "--structured-outputs"]
    command += ["--plugin", "tests.host.prompts.sampled_model", "--config", ""]
    done = subprocess.run(
        command,
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT), "SAMPLED_MODEL_REPORT": str(report)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout, json.loads(report.read_text(encoding="utf-8"))


def check(name: str, host: Path, tmp_path: Path) -> None:
    output, report = run(host, name, tmp_path)
    assert report["refused"] == {}
    assert re.search(r"\b0 moves retried", output)
    assert RUNS[name][2] <= set(report["asked"]), "the run is too short to say much"
    assert sum(report["asked"].values()) > 20 * sum(report["free"].values())


def test_minitown(tmp_path: Path) -> None:
    host = tmp_path / "minitown"
    shutil.copytree(MINITOWN, host)
    check("minitown", host, tmp_path)


@pytest.mark.parametrize("name", ["upstream", "school"])
def test_real_host(name: str, tmp_path: Path) -> None:
    hosts = find_hosts()
    if name not in hosts:
        pytest.skip(f"{name}: {WHERE_TO_PUT_HOSTS}")
    check(name, copy_host(hosts[name], tmp_path / name), tmp_path)
