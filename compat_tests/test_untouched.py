"""A run adds a simulation and the files for the frontend to the host, and changes nothing else."""

from __future__ import annotations

import hashlib
import os
import subprocess
from pathlib import Path

import pytest

from compat_tests.town import FRONTEND, TIMEOUT, Town, command, run_arguments


@pytest.fixture
def host(town: Town, tmp_path: Path) -> Path:
    """A separate copy of the host, under git."""
    host = town.copy(tmp_path / "host", town.recipe.busy)
    git(host, "init", "-q")
    git(host, "add", "--all", "--force")
    git(host, "commit", "-q", "-m", "as cloned")
    return host


def git(host: Path, *arguments: str) -> str:
    who = ("-c", "user.name=test", "-c", "user.email=test@localhost", "-c", "gc.auto=0")
    return subprocess.run(
        ["git", *who, *arguments], cwd=host, check=True, stdout=subprocess.PIPE, text=True
    ).stdout


def contents(host: Path) -> dict[str, str]:
    """Hashes of all files except those of git."""
    return {
        str(file.relative_to(host)): hashlib.sha256(file.read_bytes()).hexdigest()
        for file in host.rglob("*")
        if file.is_file() and ".git" not in file.relative_to(host).parts
    }


@pytest.mark.parametrize("mode", ["ooo", "lockstep"])
def test_only_storage_and_temp_storage_change(town: Town, host: Path, mode: str) -> None:
    before = contents(host)
    where = ("--fork", town.fork(town.recipe.busy), "--sim", "new", "--steps", "20")
    # As a user would run it: Python may write its caches.
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    arguments = command("run", host, *where, "--mode", mode, *run_arguments(0, 0))
    subprocess.run(
        arguments, env=environment, check=True, stdout=subprocess.DEVNULL, timeout=TIMEOUT
    )
    after = contents(host)
    allowed = (f"{FRONTEND}/storage/new/", f"{FRONTEND}/temp_storage/")
    changed = {name for name in before | after if before.get(name) != after.get(name)}
    assert changed and all(name.startswith(allowed) for name in changed), sorted(changed)
    status = git(host, "status", "--porcelain", "--untracked-files=normal").splitlines()
    assert {line.split(maxsplit=1)[1] for line in status} == set(allowed)
