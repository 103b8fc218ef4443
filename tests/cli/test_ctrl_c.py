"""Ctrl-C at any moment: no traceback, and what was taken is saved."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from ga_ooo.cli.main import main
from ga_ooo.host.imported.gateway import Gateway
from ga_ooo.host.isolation.effects import switch
from ga_ooo.host.run._blocked_host import BlockedHost
from ga_ooo.host.run._stop_signal import StopSignal
from ga_ooo.scripted.client import ScriptedClient
from ga_ooo.scripted.model import ScriptedModel
from tests.cli.conftest import FORK, STORAGE

COMMAND = (sys.executable, "-P", "-m", "ga_ooo")


def interrupted(code: str, *arguments: str | Path, **more: str) -> tuple[int, str]:
    """Exit code and messages of ``ga-ooo`` in a process that first runs this code."""
    prelude = "import os, signal, sys\nsignal.signal(signal.SIGINT, signal.default_int_handler)\n"
    start = "from ga_ooo.cli.main import run_process\nsys.exit(run_process())\n"
    done = subprocess.run(
        [sys.executable, "-P", "-c", prelude + code + start, *map(str, arguments)],
        env={**os.environ, **more},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert "Traceback" not in done.stderr
    return done.returncode, done.stderr


def while_importing(module: str) -> str:
    """Code that gets Ctrl-C while this module is imported."""
    return f"""
class Finder:
    def find_spec(self, name, path, target=None):
        if name == {module!r}:
            os.kill(os.getpid(), signal.SIGINT)
sys.meta_path.insert(0, Finder())
"""


@pytest.mark.parametrize("module", ["ga_ooo.cli.command_line", "ga_ooo.cli.commands.run"])
def test_while_the_command_is_imported(module: str, host: Path) -> None:
    code, err = interrupted(
        *(while_importing(module), "run", host, "--fork", FORK, "--sim", "new", "--steps", "3"),
        PYTHONHASHSEED="0",
    )
    assert (code, err) == (130, "ga-ooo: interrupted\n")
    assert not (host / STORAGE / "new").exists()


def test_while_the_process_starts_again(host: Path) -> None:
    """The signal waits for the handler of the new process, or ends this one."""
    again = """
own = os.execve
def execve(path, argv, environment):
    os.kill(os.getpid(), signal.SIGINT)
    own(path, argv, environment)
os.execve = execve
"""
    flags = ("--fork", FORK, "--sim", "new", "--steps", "3")
    code, err = interrupted(again, "run", host, *flags, PYTHONHASHSEED="random")
    assert (code, err) in ((130, "ga-ooo: interrupted\n"), (-signal.SIGINT, ""))
    assert not (host / STORAGE / "new").exists()


STOPS = """
from ga_ooo.host.run import {module} as watched
own = watched.{name}
def stopping(*args, **more):
    result = own(*args, **more)
    signal.raise_signal(signal.SIGINT)
    return result
watched.{name} = stopping
"""


@pytest.mark.parametrize("name", ["take_over", "_make_resumable"])
def test_before_the_first_step(name: str, host: Path) -> None:
    """The run ends in order, and can be resumed."""
    code, err = interrupted(
        STOPS.format(module="headless", name=name),
        *("run", host, "--fork", FORK, "--sim", "new", "--steps", "3"),
        PYTHONHASHSEED="0",
    )
    assert code == 5 and "stopping at a consistent step" in err and "was interrupted" in err
    done = subprocess.run(
        [*COMMAND, "resume", host, "new"], capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    assert (host / STORAGE / "new" / "movement" / "2.json").exists()


def test_the_original_loop_stops_after_a_step(host: Path) -> None:
    """It is saved, and can be forked."""
    after = STOPS.format(module="lockstep", name="read_json")
    flags = ("--fork", FORK, "--sim", "new", "--steps", "50", "--mode", "lockstep")
    code, err = interrupted(after, "run", host, *flags, PYTHONHASHSEED="0")
    assert code == 5 and "fork it to continue: --fork new" in err
    assert [path.name for path in (host / STORAGE / "new" / "movement").iterdir()] == ["0.json"]
    forked = ("--fork", "new", "--sim", "further", "--steps", "2")
    done = subprocess.run(
        [*COMMAND, "run", host, *forked], capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr


def test_the_signal_belongs_to_no_move(capfd: pytest.CaptureFixture[str]) -> None:
    """It may arrive inside of a rehearsal, whose prints and files are thrown away."""
    inside: list[bool] = []
    loop = asyncio.new_event_loop()
    model = ScriptedClient(ScriptedModel())
    blocked = BlockedHost(lambda _: None, Gateway(model, 0, loop), loop)
    with StopSignal(lambda: inside.append(switch.inside), blocked):
        signal.raise_signal(signal.SIGINT)
    loop.close()
    assert inside == [True] and not switch.inside
    assert "stopping at a consistent step" in capfd.readouterr().err


def test_an_unexpected_error_is_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError("division by zero")

    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    monkeypatch.setattr("ga_ooo.cli.main._parse", broken)
    assert main(["doctor"]) == 8
    err = capsys.readouterr().err
    assert err.startswith("ga-ooo: unexpected error: ZeroDivisionError: division by zero\n")
    assert "Traceback" not in err
    kept = tmp_path / "ga-ooo" / "unexpected_error.txt"
    assert str(kept) in err and "Traceback" in kept.read_text()


def test_windows_gets_one_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "platform", "win32")
    assert main(["doctor"]) == 3
    assert "WSL" in capsys.readouterr().err
