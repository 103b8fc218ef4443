"""The journal's keys of ``ga-ooo.toml``, under the flags; the journal of a run at the prompts."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest

from ga_ooo.cli.main import main
from tests.cli.settings.command import FORK, ROOT, command, copy_minitown, run, simulation

WRITTEN = re.compile(r"journal: ([\d,]+) answers written down, ([\d,]+) taken from it \((.*)\)")
TOWN = ("--fork", FORK, "--steps", 2, "--sim")


@pytest.fixture
def host(tmp_path: Path) -> Path:
    return copy_minitown(tmp_path)


def journal(outcome: str) -> tuple[int, int, str]:
    """Numbers of answers recorded and replayed, and the file."""
    found = WRITTEN.search(outcome)
    assert found, outcome
    return int(found[1]), int(found[2]), found[3]


def test_the_journal_of_a_configuration_file(host: Path, tmp_path: Path) -> None:
    config = tmp_path / "ga-ooo.toml"
    config.write_text('[journal]\nfile = "kept.sqlite"\n', encoding="utf-8")
    first = run("run", host, *TOWN, "one", cwd=tmp_path)
    written, _, file = journal(first.stdout)
    assert written > 20
    assert file == str(tmp_path / "kept.sqlite")
    config.write_text('[journal]\nreplay = "kept.sqlite"\n', encoding="utf-8")
    assert journal(run("run", host, *TOWN, "two", cwd=tmp_path).stdout)[0] == 0
    flagged = run("run", host, *TOWN, "three", "--no-journal", cwd=tmp_path)
    assert flagged.returncode == 0 and "journal:" not in flagged.stdout


@pytest.mark.parametrize(
    "keys", ['file = "a"\nreplay = "b"', 'keep = false\nfile = "a"', 'keep = false\nreplay = "b"']
)
def test_keys_that_contradict_each_other(
    keys: str, host: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = tmp_path / "other.toml"
    config.write_text(f"[journal]\n{keys}\n", encoding="utf-8")
    given = ["run", str(host), *map(str, TOWN), "new", "--config", str(config)]
    assert main(given) == 2
    assert "contradict" in capsys.readouterr().err


def at_the_prompts(
    host: Path, name: str, *flags: object, scenario: str = FORK
) -> subprocess.CompletedProcess[str]:
    """Fork, take two steps and save, as a user does with ``python reverie.py --ooo``."""
    backend = host / "reverie" / "backend_server"
    return subprocess.run(
        command("reverie", backend, *flags),
        cwd=host.parent,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        input=f"{scenario}\n{name}\nrun 2\nfin\n",
        capture_output=True,
        text=True,
    )


def test_the_journal_of_a_run_at_the_prompts(host: Path) -> None:
    config = host / "ga-ooo.toml"
    config.write_text("[journal]\nkeep = true\n", encoding="utf-8")
    first = at_the_prompts(host, "one")
    assert first.returncode == 0, first.stderr
    kept = simulation(host, "one") / "ga_ooo" / "journal.sqlite"
    written, _, file = journal(first.stdout)
    assert written > 20 and file == str(kept)
    # Another run continues it, although its scenario is known after the first question only.
    second = at_the_prompts(host, "two", "--journal", kept)
    assert second.returncode == 0, second.stderr
    assert journal(second.stdout) == (0, written + journal(first.stdout)[1], str(kept))
    other = at_the_prompts(host, "three", "--journal", kept, "--seed", 1)
    assert other.returncode == 2
    assert "belongs to another run: seed" in other.stderr
    assert not simulation(host, "three").exists(), "refused before anything was forked"


def test_a_journal_of_another_scenario_at_the_prompts(host: Path) -> None:
    kept = host / "kept.sqlite"
    recorded = at_the_prompts(host, "one", "--journal", kept)
    assert recorded.returncode == 0, recorded.stderr
    whole = kept.read_bytes()
    for flag in ("--journal", "--replay"):
        other = at_the_prompts(host, "two", flag, kept, scenario="one")
        assert other.returncode == 2
        assert "belongs to another run: scenario" in other.stderr
        assert not simulation(host, "two").exists()
    assert kept.read_bytes() == whole


def test_a_scenario_mistyped_at_the_prompts_makes_no_journal(host: Path) -> None:
    new = host / "new.sqlite"
    assert at_the_prompts(host, "one", "--journal", new, scenario="base_nowhere").returncode != 0
    assert not new.exists()
