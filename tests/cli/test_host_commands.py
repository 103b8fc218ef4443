"""``ga-ooo doctor``, ``ga-ooo patch`` and the help texts."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.conftest import FORK, STORAGE, Command, everything

REVERIE = Path("reverie/backend_server/reverie.py")


def test_doctor_of_a_good_host(host: Path, ga_ooo: Command) -> None:
    before = everything(host)
    outcome = ga_ooo("doctor", host)
    assert outcome.code == 0 and not outcome.err
    assert "host: minitown" in outcome.out and "this host can run" in outcome.out
    assert f"scenario {FORK}: 5 personas" in outcome.out
    assert everything(host) == before


def test_doctor_names_what_would_stop_a_run(host: Path, ga_ooo: Command) -> None:
    (host / "reverie/backend_server/maze.py").write_text("class Labyrinth:\n    pass\n")
    (host / STORAGE / FORK / "reverie" / "meta.json").write_text("{")
    outcome = ga_ooo("doctor", host)
    assert outcome.code == 3
    assert "Maze in maze.py" in outcome.out and "this host cannot run yet" in outcome.out
    assert f"scenario {FORK} cannot be run: " in outcome.out
    assert outcome.out.count("remedy: ") >= 2


@pytest.mark.parametrize("can_run", [True, False])
def test_doctor_as_json(host: Path, ga_ooo: Command, can_run: bool) -> None:
    """The object holds every line of the text, and can be attached to a report."""
    if not can_run:
        (host / "reverie/backend_server/maze.py").write_text("class Labyrinth:\n    pass\n")
    text, outcome = ga_ooo("doctor", host), ga_ooo("doctor", host, "--json")
    data = json.loads(outcome.out)
    assert data["can_run"] is can_run and outcome.code == text.code == (0 if can_run else 3)
    assert data.keys() == {"ga_ooo", "python", "platform", "can_run", "findings"}
    assert len(data["findings"]) > 5
    for finding in data["findings"]:
        assert f"{finding['severity']:<8} {finding['text']}" in text.out
        assert finding["remedy"] in text.out


def test_patch_check_revert(host: Path, ga_ooo: Command) -> None:
    before = everything(host)
    assert ga_ooo("patch", host, "--check").code == 1
    assert ga_ooo("patch", host).code == 0
    assert ga_ooo("patch", host, "--check").code == 0
    patched = everything(host)
    assert {name for name in patched if patched[name] != before[name]} == {str(REVERIE)}
    again = ga_ooo("patch", host)
    assert again.code == 0 and "already applied" in again.out
    assert everything(host) == patched
    assert ga_ooo("patch", host, "--revert").code == 0
    assert everything(host) == before
    assert "not applied" in ga_ooo("patch", host, "--revert").out


def test_patch_refuses_what_was_edited(host: Path, ga_ooo: Command) -> None:
    reverie = host / REVERIE
    ga_ooo("patch", host)
    reverie.write_text(reverie.read_text().replace('"--ooo"', '"--faster"', 1))
    edited = everything(host)
    for flags in ([], ["--revert"]):
        outcome = ga_ooo("patch", host, *flags)
        assert outcome.code == 2, outcome
        assert str(reverie) in outcome.err and "remedy: " in outcome.err
        assert everything(host) == edited
    check = ga_ooo("patch", host, "--check")
    assert check.code == 2 and "refused" in check.out


def test_patch_refuses_what_it_does_not_recognise(host: Path, ga_ooo: Command) -> None:
    reverie = host / REVERIE
    reverie.write_text(reverie.read_text().replace("class ReverieServer", "class Server"))
    before = everything(host)
    outcome = ga_ooo("patch", host)
    assert outcome.code == 2 and "use `ga-ooo reverie HOST`" in outcome.err
    assert everything(host) == before


def test_help_lists_commands_and_exit_codes(ga_ooo: Command) -> None:
    outcome = ga_ooo("--help")
    assert outcome.code == 0
    for command in ("run", "reverie", "verify", "patch", "doctor", "demo", "scripted-model"):
        assert f"\n    {command}" in outcome.out, command
    for code in range(7):
        assert f"\n  {code}  " in outcome.out


@pytest.mark.parametrize(
    ("command", "message"),
    [
        ("run", "--fork FORK"),
        ("run", "--rule RULE"),
        ("run", "--model-url URL"),
        ("verify", "--latency-seed SEED"),
        ("verify", "--keep FOLDER"),
        ("reverie", "--host-log FILE"),
        ("patch", "--revert"),
        ("doctor", "HOST"),
        ("demo", "--keep FOLDER"),
        ("scripted-model", "--port PORT"),
    ],
)
def test_help_of_a_command(command: str, message: str, ga_ooo: Command) -> None:
    outcome = ga_ooo(command, "--help")
    assert outcome.code == 0 and message in outcome.out


@pytest.mark.parametrize("arguments", [(), ("run",), ("run", ".", "--fork", "x")])
def test_usage_is_shown_for_what_is_no_command(arguments: tuple[str, ...], ga_ooo: Command) -> None:
    outcome = ga_ooo(*arguments)
    assert outcome.code == 2 and "usage: ga-ooo" in outcome.err


def test_version(ga_ooo: Command) -> None:
    outcome = ga_ooo("--version")
    assert outcome.code == 0 and outcome.out.startswith("ga-ooo 0.")
