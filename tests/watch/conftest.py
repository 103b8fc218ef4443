"""A simulation with a record that holds hostile texts, and the page of it without a browser."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from ga_ooo.host.checkout.shipped import data_folder
from ga_ooo.watch.access import AccessControl
from ga_ooo.watch.app import Page
from ga_ooo.watch.source import Simulation
from tests.record.rows import NAMES, write

PORT = 8000
TOKEN = "the-token"
URL = f"http://127.0.0.1:{PORT}"
HOSTILE = "<img src=x onerror=alert(1)>\x1b[31m\u202e"


@pytest.fixture
def host(tmp_path: Path) -> Path:
    """A minitown with a simulation ``day``."""
    root = tmp_path / "minitown"
    ignored = shutil.ignore_patterns("__pycache__", "*_n25")
    shutil.copytree(data_folder("minitown"), root, ignore=ignored)
    write(folder_of(root) / "ga_ooo" / "record.sqlite")
    return root


def folder_of(host: Path) -> Path:
    """The folder of the simulation."""
    return host / "environment/frontend_server/storage/day"


@pytest.fixture
def simulation(host: Path) -> Iterator[Simulation]:
    """The simulation, with the saved mind of its first persona."""
    folder = folder_of(host)
    memory = folder / "personas" / NAMES[0] / "bootstrap_memory"
    (memory / "associative_memory").mkdir(parents=True)
    scratch = {"f_daily_schedule": [[HOSTILE, 60], ["reading", 1380]], "currently": HOSTILE}
    (memory / "scratch.json").write_text(json.dumps(scratch))
    node = {"type": "event", "created": "2023-02-13 08:00:00", "description": HOSTILE}
    nodes = {"node_2": {**node, "poignancy": 4}, "node_1": {**node, "type": "thought"}}
    (memory / "associative_memory" / "nodes.json").write_text(json.dumps(nodes))
    found = Simulation("HOST", folder, host / "environment/frontend_server/static_dirs/assets")
    yield found
    found.close()


@pytest.fixture
def stranger(simulation: Simulation) -> Iterator[TestClient]:
    """A client that knows the address, and not the token."""
    app = AccessControl(Page(simulation, None).app(), PORT, TOKEN)
    with TestClient(app, base_url=URL, follow_redirects=False) as client:
        yield client


@pytest.fixture
def client(stranger: TestClient) -> TestClient:
    """A client that has opened the page."""
    assert stranger.get("/", params={"token": TOKEN}).status_code == 303
    return stranger
