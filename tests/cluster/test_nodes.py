"""A Ray cluster of several nodes on this machine: nodes are lost and added, and no byte changes."""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from ga_ooo.host.checkout.layout import ORIGINAL
from ga_ooo.host.checkout.shipped import data_folder

pytest.importorskip("ray", reason="Ray is not installed (the extra `cluster`)")

from benchmarks.worker_kills import Nodes, WorkerCampaign

HOST = data_folder("minitown")
FORK = "demo_minitown_n5"


@pytest.fixture(scope="module")
def nodes() -> Iterator[Nodes]:
    """Two nodes for workers, and a head."""
    nodes = Nodes(2)
    yield nodes
    nodes.close()


def test_a_lost_node_changes_nothing(nodes: Nodes, tmp_path: Path) -> None:
    """It is killed with all its processes, and another one joins during the run."""
    # Calls of a second, so that the run does not end before the new node's worker is back.
    given = argparse.Namespace(
        host=HOST, fork=FORK, steps=40, checkpoint_every=40, seed=0, latency="1:0.02:0.0001"
    )
    campaign = WorkerCampaign(given, tmp_path)
    campaign.run_undisturbed()
    campaign.extra_flags = ["--workers", "2", "--ray-address", nodes.address]
    campaign.disturbed_run("run", 1, nodes.kill)
    tally = campaign.tally
    assert (tally.kills.total(), tally.runs, tally.asked_again) == (1, 1, 0)
    assert not tally.different and not tally.records
    output = (campaign.storage / "run.log").read_text()
    assert "stopped, and the run continues without it until it is back" in output
    assert campaign.back, "rehearsals were back before the run ended"


def test_a_cluster_with_another_revision_is_refused(nodes: Nodes, tmp_path: Path) -> None:
    other = tmp_path / "other"
    shutil.copytree(HOST, other)
    with (other / "reverie/backend_server/maze.py").open("a") as maze:
        maze.write("\nANOTHER_REVISION = True\n")
    shutil.copytree(
        HOST / "environment/frontend_server/storage" / FORK, tmp_path / "storage" / FORK
    )
    done = subprocess.run(
        [
            *(sys.executable, "-m", "ga_ooo", "run", HOST, "--sim", "x", "--fork", FORK),
            *("--steps", "1", "--storage", tmp_path / "storage"),
            *("--temp-storage", tmp_path / "temp"),
            *("--workers", "1", "--ray-address", nodes.address),
        ],
        env={**os.environ, "PYTHONHASHSEED": "0", "GA_OOO_CONFIG": "", ORIGINAL: str(other)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 3, done.stderr
    assert "has another revision of the host" in done.stderr
    assert "bring the checkout on" in done.stderr
