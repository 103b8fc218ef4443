"""Hosts with a real vLLM and random weights.

Every constrained answer has the form that the host's validators require, so runs finish and no
request is repeated; and the engine makes the same requests as the host's own loop.
"""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from ga_ooo.host.checkout.shipped import data_folder
from ga_ooo.model.serving.replicas import ServedUrls
from tests.hosts import WHERE_TO_PUT_HOSTS, copy_host, find_hosts
from tests.vllm.commands import ga_ooo

pytestmark = pytest.mark.vllm

STEPS = 6
SCENARIOS = {
    "minitown": "demo_minitown_n5",
    "upstream": "base_the_ville_isabella_maria_klaus",
}


@pytest.fixture(params=SCENARIOS)
def host(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A copy of a host."""
    name: str = request.param
    found = {"minitown": data_folder("minitown"), **find_hosts()}
    if name not in found:
        pytest.skip(f"{name}: {WHERE_TO_PUT_HOSTS}")
    return copy_host(found[name], tmp_path / name, SCENARIOS[name])


def test_a_run(host: Path, vllm_urls: ServedUrls, tmp_path: Path) -> None:
    report, log = tmp_path / "report.json", tmp_path / "host.log"
    done = ga_ooo(
        vllm_urls,
        tmp_path,
        *("run", host, "--fork", SCENARIOS[host.name], "--sim", "vllm", "--steps", STEPS),
        *("--config", "", "--plugin", "tests.vllm.answers_taken", "--host-log", log),
        ANSWERS_TAKEN_REPORT=report,
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr == "", "structured outputs are on, and nothing was paused"
    calls = json.loads(report.read_text(encoding="utf-8"))
    assert calls["constrained"] > 30
    assert calls["cut"] == 0
    assert calls["asked_again"] == 0
    assert re.search(r"\b0 moves retried", done.stdout)
    assert "FAIL SAFE" not in log.read_text(encoding="utf-8")
    moved = host / "environment" / "frontend_server" / "storage" / "vllm" / "movement"
    assert len(list(moved.iterdir())) >= STEPS


def test_verified_by_journal(host: Path, vllm_urls: ServedUrls, tmp_path: Path) -> None:
    done = ga_ooo(
        vllm_urls,
        tmp_path,
        *("verify", host, "--fork", SCENARIOS[host.name], "--steps", STEPS),
        *("--keep", tmp_path / "kept"),
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "equal: " in done.stdout
    reference, engine = done.stdout.split("engine (")
    asked = re.search(r"journal: ([\d,]+) answers written down, ([\d,]+) taken", reference)
    assert asked
    assert int(asked[1].replace(",", "")) > 30
    assert "journal: 0 answers written down" in engine
