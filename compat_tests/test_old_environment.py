"""The original in the environment that its README asks for: Python 3.9 and openai 0.27.

``GA_OOO_OLD_PYTHON`` names the Python of such an environment, with the original's requirements
installed. The original answers there as before, without and with ``ga-ooo patch``; with ``--ooo``
it starts the Python from which it was patched, and leaves the same bytes. To make one::

    python3.9 -m venv OLD && OLD/bin/pip install --no-deps -r CHECKOUT/requirements.txt
    GA_OOO_OLD_PYTHON=OLD/bin/python python -m pytest compat_tests/test_old_environment.py
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from ga_ooo.scripted.server import ServerThread
from tests.hosts import WHERE_TO_PUT_HOSTS, copy_host, find_hosts

SCENARIO: Final = "base_the_ville_isabella_maria_klaus"
STORAGE: Final = Path("environment/frontend_server/storage")
MODELS: Final = (
    *("gpt-3.5-turbo", "gpt-4", "text-davinci-002", "text-davinci-003"),
    "text-embedding-ada-002",
)
UTILS: Final = """
openai_api_key = "none"
key_owner = "nobody"
maze_assets_loc = "../../environment/frontend_server/static_dirs/assets"
env_matrix = f"{maze_assets_loc}/the_ville/matrix"
env_visuals = f"{maze_assets_loc}/the_ville/visuals"
fs_storage = "../../environment/frontend_server/storage"
fs_temp_storage = "../../environment/frontend_server/temp_storage"
collision_block_id = "32125"
debug = True
"""


@pytest.fixture
def old_python() -> str:
    """The interpreter of the old environment."""
    named = os.environ.get("GA_OOO_OLD_PYTHON")
    if named is None:
        pytest.skip("GA_OOO_OLD_PYTHON names no Python with openai 0.27")
    code = "import sys, openai.version as v; assert sys.version_info < (3, 11); print(v.VERSION)"
    done = subprocess.run([named, "-c", code], capture_output=True, text=True)
    assert done.stdout.startswith("0."), done.stderr
    return named


@pytest.fixture
def upstream(tmp_path: Path) -> Path:
    """The original, set up as its README says."""
    hosts = find_hosts()
    if "upstream" not in hosts:
        pytest.skip(WHERE_TO_PUT_HOSTS)
    host = copy_host(hosts["upstream"], tmp_path / "upstream", SCENARIO)
    (host / "reverie/backend_server/utils.py").write_text(UTILS)
    # Git keeps no empty folder; the original needs this one.
    (host / STORAGE / SCENARIO / "movement").mkdir(exist_ok=True)
    return host


@pytest.fixture
def server() -> Iterator[str]:
    """URL of a server with the models of the original."""
    with ServerThread(MODELS) as thread:
        yield thread.url


def at_the_prompts(
    python: str, host: Path, server: str, sim: str, *arguments: str, steps: int = 1
) -> bytes:
    """Take steps at the prompts of ``reverie.py``; the bytes of the first movement file."""
    done = subprocess.run(
        [python, "reverie.py", *arguments],
        cwd=host / "reverie/backend_server",
        input=f"{SCENARIO}\n{sim}\nrun {steps}\nfin\n",
        env={**os.environ, "OPENAI_API_BASE": server, "PYTHONHASHSEED": "0"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stdout + done.stderr
    return (host / STORAGE / sim / "movement/0.json").read_bytes()


def test_before_and_after_patching(old_python: str, upstream: Path, server: str) -> None:
    before = at_the_prompts(old_python, upstream, server, "before")
    patch = [sys.executable, "-m", "ga_ooo", "patch", str(upstream)]
    done = subprocess.run(patch, capture_output=True, text=True)
    assert done.returncode == 0 and sys.executable in done.stdout
    assert at_the_prompts(old_python, upstream, server, "after") == before
    assert not (upstream / STORAGE / "after/ga_ooo").exists()
    assert at_the_prompts(old_python, upstream, server, "ooo", "--ooo", steps=12) == before
    # The original takes its second step only when its frontend has shown the first one.
    assert (upstream / STORAGE / "ooo/movement/11.json").is_file()
