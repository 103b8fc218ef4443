"""``ga-ooo run --watch`` and ``ga-ooo watch``, as a user starts them."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from ga_ooo.cli.main import main
from ga_ooo.host.checkout.shipped import data_folder
from ga_ooo.lab.verify.compare import compare
from tests.watch.conftest import folder_of


class Watched:
    """A run in a process, and its page."""

    def __init__(self, host: Path, fork: str = "base_minitown_n5") -> None:
        command = [sys.executable, "-m", "ga_ooo", "run", host, "--fork", fork]
        command += ["--sim", "day", "--steps", "8000", "--latency", "0.02", "--json"]
        self.process = subprocess.Popen(
            [*map(str, command), "--watch", "--port", "0"],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout is not None
        events = (json.loads(line) for line in self.process.stdout)
        text = next(each["text"] for each in events if "watch the run" in each.get("text", ""))
        url = text.split()[-1]
        self.origin = url.partition("/?")[0]
        self.client = httpx.Client(base_url=self.origin, follow_redirects=True)
        assert self.client.get(url).status_code == 200

    def until(self, state: str) -> dict[str, Any]:
        """The progress, once the run is in this state."""
        for _ in range(300):
            found = self.client.get("/data/progress").json()
            if found and found["control"]["state"] == state and found["horizon"] > 0:
                return dict(found)
            time.sleep(0.1)
        raise AssertionError(f"the run is not {state}: {found}")

    def order(self, order: str, **more: str) -> None:
        """Give the run an order, as the page does."""
        headers = {"Origin": self.origin}
        answer = self.client.post("/control", json={"order": order, **more}, headers=headers)
        assert answer.status_code == 200, answer.text


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A minitown without simulations."""
    root = tmp_path / "minitown"
    shutil.copytree(data_folder("minitown"), root, ignore=shutil.ignore_patterns("__pycache__"))
    return root


@pytest.fixture
def watched(root: Path, request: pytest.FixtureRequest) -> Iterator[Watched]:
    found = Watched(root, *getattr(request, "param", ()))
    yield found
    found.process.kill()
    found.process.communicate()
    found.client.close()


def test_pause_continue_stop(watched: Watched) -> None:
    watched.until("running")
    watched.order("pause")
    # The record may be half a second behind, and more on a busy machine.
    looks = [watched.until("paused")["horizon"]]
    while len(looks) < 2 or looks[-1] != looks[-2]:
        time.sleep(1.0)
        looks.append(watched.until("paused")["horizon"])
        assert len(looks) < 20, looks
    watched.order("continue")
    while watched.until("running")["horizon"] == looks[-1]:
        time.sleep(0.1)
    watched.order("stop")
    out, errors = watched.process.communicate(timeout=60)
    assert watched.process.returncode == 5, errors
    end = json.loads(out.splitlines()[-1])
    assert end["state"] == "stopped" and "resume" in end["next"][0]


@pytest.mark.parametrize("watched", [("demo_minitown_n5",)], indirect=True)
def test_a_whisper_is_part_of_the_run(watched: Watched, root: Path) -> None:
    """Whispered at a pause, killed, resumed: the same bytes as the host's own loop, whose user
    whispers between the same two steps."""
    watched.until("running")
    watched.order("pause")
    leader = watched.until("paused")["leader"]
    watched.order("whisper", persona="Nora Adler", text="A parcel waits at the mill.")
    watched.order("whisper", persona="nobody", text="Hello")
    watched.order("continue")
    _look_at(watched, persona=0)
    whispers: dict[str, Any] = {"given": 0}
    while not whispers["given"]:
        time.sleep(0.05)
        whispers = watched.client.get("/data/progress").json()["control"]["whispers"]
    assert whispers == {"waiting": 0, "given": 1, "problem": "there is no persona 'nobody'"}
    watched.process.kill()
    watched.process.communicate()
    simulation = root / "environment/frontend_server/storage/day"
    record = simulation / "ga_ooo/run.json"
    (whisper,) = json.loads(record.read_text())["whispers"]
    assert whisper["step"] >= leader and whisper["persona"] == "Nora Adler"
    steps = str(whisper["step"] + 10)
    quiet = ("--clock", "virtual", "--quiet")
    assert ga_ooo("resume", root, "day", "--steps", steps, *quiet) == 0
    lockstep = (
        "--fork",
        "demo_minitown_n5",
        "--sim",
        "loop",
        "--steps",
        steps,
        "--mode",
        "lockstep",
    )
    assert ga_ooo("run", root, *lockstep, "--whispers", record, *quiet) == 0
    found = compare(simulation.with_name("loop"), simulation)
    assert found.first is None and found.files > 20, found.first and found.first.render()
    nodes = "personas/Nora Adler/bootstrap_memory/associative_memory/nodes.json"
    thoughts = [
        node["description"] for node in json.loads((simulation / nodes).read_text()).values()
    ]
    assert any("parcel" in each or "mill" in each for each in thoughts), thoughts[:5]


def _look_at(watched: Watched, persona: int) -> None:
    """The mind of a persona of a run in progress, which no save has."""
    found = watched.client.get("/data/mind", params={"persona": persona}).json()
    assert found["live"] and found["mind"]["schedule"]
    about: dict[str, str | int] = {"persona": persona, "asked": "the mill"}
    found = watched.client.get("/data/memories", params=about, timeout=20).json()
    # Minitown retrieves memories by another function than the original.
    assert found["live"] and found["count"] > 1
    assert found["problem"].startswith("this host retrieves memories in another way")


def ga_ooo(*arguments: str | Path) -> int:
    """Run ``ga-ooo`` to its end. Returns its exit code."""
    command = [sys.executable, "-m", "ga_ooo", *map(str, arguments)]
    environment = {**os.environ, "PYTHONHASHSEED": "0", "GA_OOO_CONFIG": ""}
    return subprocess.run(command, env=environment, check=False).returncode


def test_a_quiet_run_shows_the_address_of_its_page(host: Path) -> None:
    command = ["run", str(host), "--fork", "base_minitown_n5", "--sim", "quiet", "--steps", "2"]
    done = subprocess.run(
        [sys.executable, "-m", "ga_ooo", *command, "--quiet", "--watch", "--port", "0"],
        capture_output=True,
        text=True,
        check=True,
    )
    (line,) = done.stdout.splitlines()
    assert line.startswith("watch the run at http://127.0.0.1:")


def test_errors_of_the_user(host: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["watch", str(host), "nobody"]) == 2
    assert "there is no simulation" in capsys.readouterr().err
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = str(other.getsockname()[1])
        assert main(["watch", str(host), "day", "--port", port]) == 2
        assert f"port {port} cannot be used" in capsys.readouterr().err
    (folder_of(host) / "ga_ooo" / "record.sqlite").unlink()
    assert main(["watch", str(host), "day"]) == 2
    assert "there is no record" in capsys.readouterr().err
