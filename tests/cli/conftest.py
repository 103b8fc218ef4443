"""A host for wrong command lines, and the command line in this process."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from ga_ooo.cli.main import main
from ga_ooo.host.checkout.shipped import data_folder

FORK = "demo_minitown_n5"
STORAGE = Path("environment/frontend_server/storage")


@dataclass(frozen=True)
class Outcome:
    """The result of a command line."""

    code: int
    out: str
    err: str


Command = Callable[..., Outcome]


@pytest.fixture
def host(tmp_path: Path) -> Path:
    """See :func:`make_host`."""
    return make_host(tmp_path)


def make_host(folder: Path) -> Path:
    """A copy of minitown with its small scenarios, and a simulation called ``taken``."""
    root = folder / "minitown"
    shutil.copytree(
        data_folder("minitown"), root, ignore=shutil.ignore_patterns("__pycache__", "*_n25")
    )
    shutil.copytree(root / STORAGE / FORK, root / STORAGE / "taken")
    return root


@pytest.fixture
def ga_ooo(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    """``ga-ooo`` in this process, for commands that end before a host is imported."""

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("all checks passed, and the run would begin now")

    # A run fixes its hash seed by a new start of the process, before any check.
    monkeypatch.setenv("PYTHONHASHSEED", "0")
    monkeypatch.setattr(os, "execve", refuse)
    monkeypatch.setattr("ga_ooo.api.execution.open_run", refuse)
    # A run starts its process again before anything else if the hash seed is not fixed.
    monkeypatch.setenv("PYTHONHASHSEED", "0")
    monkeypatch.delenv("GA_OOO_CONFIG", raising=False)

    def run(*arguments: str | Path) -> Outcome:
        try:
            code = main([str(argument) for argument in arguments])
        except SystemExit as error:
            code = error.code if isinstance(error.code, int) else 1
        outcome = capsys.readouterr()
        return Outcome(code, outcome.out, outcome.err)

    return run


def everything(host: Path) -> dict[str, bytes]:
    """Every file of a host with its bytes, and every folder."""
    return {
        str(path.relative_to(host)): path.read_bytes() if path.is_file() else b""
        for path in host.rglob("*")
    }
