"""The prompts of the host work as before with the engine: by flag and by command."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from compat_tests.terminal import (
    by_command,
    by_flag,
    curr_sim_code,
    every_command,
    in_lockstep,
    simulation_folder,
    type_in,
    write_history,
)
from compat_tests.town import BACKEND, Town, environment, ga_ooo
from ga_ooo.lab.verify.compare import compare


@pytest.fixture
def host(town: Town, tmp_path: Path) -> Path:
    """A separate copy of the host, with the scenario of the recipe's busy stretch."""
    return town.copy(tmp_path / "host", town.recipe.busy)


def test_each_command_gives_the_output_of_the_hosts_own_loop(town: Town, host: Path) -> None:
    fork = town.fork(town.recipe.busy)
    write_history(host, fork)
    ga_ooo("patch", host).expect()
    answers: dict[str, list[str]] = {}
    ways = {"lockstep": in_lockstep, "flag": by_flag, "command": by_command}
    for sim, way in ways.items():
        script = every_command(host, fork, sim)
        answers[sim] = type_in(way(host), script)
        assert curr_sim_code(host) == sim
        typed = [line for _, line in script]
        for line, answer in zip(typed, answers[sim][1:], strict=True):
            # Some print commands fail in the host itself (in upstream, those of chats).
            assert "Error." not in answer or line.startswith("print"), (sim, line, answer)
    for sim in ("flag", "command"):
        # The output between an entered line and the next prompt.
        shown = list(zip(typed, answers[sim][1:], strict=True))
        assert shown[2:] == list(zip(typed, answers["lockstep"][1:], strict=True))[2:]
        outcome = compare(simulation_folder(host, "lockstep"), simulation_folder(host, sim))
        assert outcome.equal, outcome.first and outcome.first.render()


def test_patch_check_and_revert(host: Path) -> None:
    reverie = host / BACKEND / "reverie.py"
    before = reverie.read_bytes()
    ga_ooo("patch", host, "--check").expect(1)
    ga_ooo("patch", host).expect()
    patched = reverie.read_bytes()
    ga_ooo("patch", host, "--check").expect(0)
    assert "already applied" in ga_ooo("patch", host).expect().output
    assert reverie.read_bytes() == patched
    kept = iter(patched.splitlines())
    assert all(line in kept for line in before.splitlines()), "insertion only"
    ga_ooo("patch", host, "--revert").expect()
    assert reverie.read_bytes() == before


def test_without_the_flag_the_patched_host_is_the_original(host: Path) -> None:
    reverie = host / BACKEND / "reverie.py"
    before, original = start(host), reverie.read_text()
    ga_ooo("patch", host).expect()
    after, patched = start(host), reverie.read_text()
    assert after == before
    without_flag, with_flag = ast.parse(original).body, ast.parse(patched).body
    dumped = [ast.dump(statement) for statement in without_flag]
    assert [d for d in map(ast.dump, with_flag) if d in dumped] == dumped
    assert len(with_flag) > len(without_flag)


def start(host: Path) -> tuple[int, str]:
    """Start the host as in its README; returns the exit code and the last line of its output."""
    done = subprocess.run(
        [sys.executable, "reverie.py"],
        cwd=host / BACKEND,
        env=environment(),
        input="",
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return done.returncode, (done.stderr or done.stdout).strip().splitlines()[-1]
