"""The host's own frontend, its real Django application, shows a run in a real browser.

Django 2.2 does not belong to this project's environment: name a Python that has it in
``GA_OOO_FRONTEND_PYTHON`` (docs/frontend.md says how to make one).
"""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("selenium", reason="selenium is not installed")

from compat_tests.town import BACKEND, FRONTEND, command, environment
from tests.hosts import find_hosts
from tests.watch.browser import CHROMIUM, DRIVER, Browser, open_browser

PYTHON = os.environ.get("GA_OOO_FRONTEND_PYTHON")
HOST = find_hosts().get("upstream")
FORK = "base_the_ville_isabella_maria_klaus"
STEPS = 12

pytestmark = [
    pytest.mark.skipif(HOST is None, reason="no checkout of the original was found"),
    pytest.mark.skipif(
        not PYTHON,
        reason="GA_OOO_FRONTEND_PYTHON names no Python with Django 2.2 (docs/frontend.md)",
    ),
    pytest.mark.skipif(
        not (CHROMIUM and DRIVER), reason="Chromium and chromedriver are not installed"
    ),
]

ASK = """
const [path, body, done] = arguments;
fetch(path, {method: 'POST', body: JSON.stringify(body)})
  .then((answer) => answer.json()).then(done, (error) => done(String(error)));
"""


GIVEN = """
const value = (name) => document.getElementById(name).textContent;
return {sim_code: value('sim_code'), step: value('step')};
"""
"""The simulation that the page plays, as the application has written it."""


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the original with a run."""
    assert HOST is not None
    root = tmp_path_factory.mktemp("frontend") / "host"
    ignored = shutil.ignore_patterns("__pycache__", "storage", "compressed_storage", "static_dirs")
    shutil.copytree(HOST / FRONTEND, root / FRONTEND, ignore=ignored)
    shutil.copytree(HOST / BACKEND, root / BACKEND, ignore=ignored)
    (root / FRONTEND / "static_dirs").symlink_to(HOST / FRONTEND / "static_dirs")
    shutil.copytree(HOST / FRONTEND / "storage" / FORK, root / FRONTEND / "storage" / FORK)
    run = command("run", root, "--fork", FORK, "--sim", "watched", "--steps", str(STEPS), "--quiet")
    subprocess.run(run, env=environment(), check=True)
    return root


@pytest.fixture(scope="module")
def address(host: Path) -> Iterator[str]:
    """Of the application."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    assert PYTHON is not None
    server = subprocess.Popen(
        [PYTHON, "manage.py", "runserver", "--noreload", f"127.0.0.1:{port}"],
        cwd=host / FRONTEND,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        for _ in range(300):
            with socket.socket() as trial:
                if trial.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.1)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.kill()
        server.wait()


def ask(browser: Browser, path: str, body: dict[str, Any]) -> Any:
    """What the application answers to a request of its own page."""
    return browser.driver.execute_async_script(ASK, path, body)


def test_replay_and_live_pages(host: Path, address: str) -> None:
    simulation = host / FRONTEND / "storage" / "watched"
    names = [path.name for path in (simulation / "personas").iterdir()]
    with open_browser() as browser:
        browser.driver.get(f"{address}/replay/watched/3/")
        text = browser.run("return document.body.textContent")
        assert all(name in text for name in names)
        given = browser.run(GIVEN)
        assert given == {"sim_code": "watched", "step": "3"}
        for step in (0, STEPS // 2, STEPS - 1):
            written = json.loads((simulation / "movement" / f"{step}.json").read_text())
            body = {"step": step, "sim_code": "watched"}
            assert ask(browser, "/update_environment/", body) == {**written, "<step>": step}
        later = {"step": STEPS + 5, "sim_code": "watched"}
        assert ask(browser, "/update_environment/", later) == {"<step>": -1}

        browser.driver.get(
            f"{address}/replay_persona_state/watched/3/{names[0].replace(' ', '_')}/"
        )
        assert names[0] in browser.run("return document.body.textContent")

        # The page of the run that has begun last: it takes the file that a run writes for it.
        assert (host / FRONTEND / "temp_storage" / "curr_step.json").is_file()
        browser.driver.get(f"{address}/simulator_home")
        assert all(name in browser.run("return document.body.textContent") for name in names)
        assert not (host / FRONTEND / "temp_storage" / "curr_step.json").exists()
