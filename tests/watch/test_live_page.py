"""``ga-ooo run --watch`` and ``ga-ooo watch``, as a user starts them."""

from __future__ import annotations

import json
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
from tests.watch.conftest import folder_of


class Watched:
    """A run in a process, and its page."""

    def __init__(self, host: Path) -> None:
        command = [sys.executable, "-m", "ga_ooo", "run", host, "--fork", "base_minitown_n5"]
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

    def order(self, order: str) -> None:
        """Give the run an order, as the page does."""
        headers = {"Origin": self.origin}
        answer = self.client.post("/control", json={"order": order}, headers=headers)
        assert answer.status_code == 200, answer.text


@pytest.fixture
def watched(tmp_path: Path) -> Iterator[Watched]:
    root = tmp_path / "minitown"
    shutil.copytree(data_folder("minitown"), root, ignore=shutil.ignore_patterns("__pycache__"))
    found = Watched(root)
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
