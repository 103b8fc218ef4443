"""The example plugin, installed as its own distribution: its rule gives the same bytes as reach,
its summary is right, and its errors are reported like those of the built-in rules."""

from __future__ import annotations

import json
from pathlib import Path

from ga_ooo.lab.verify.compare import compare
from tests.plugins.conftest import STEPS, Run, Town


def test_its_rule_changes_nothing_but_the_speed(town: Town, plain: Run, installed: Path) -> None:
    run = town.run("--rule", "arena-margin:100", path=installed)
    assert run.code == 0, run.said
    comparison = compare(plain.simulation, run.simulation)
    assert comparison.equal, comparison.first
    assert comparison.files > STEPS
    assert run.said != plain.said, "such a margin costs speed, or the rule was not used"


def test_its_summary_counts_what_happened(
    town: Town, plain: Run, installed: Path, tmp_path: Path
) -> None:
    target = tmp_path / "summary.json"
    run = town.run(path=installed, TOWN_SQUARE_SUMMARY=str(target))
    assert run.code == 0, run.said
    summary = json.loads(target.read_text())
    last = json.loads((run.simulation / "movement" / f"{STEPS - 1}.json").read_text())
    assert summary["game_time"] == last["meta"]["curr_time"]
    assert summary["steps_retired"] == STEPS
    assert summary["steps_committed"] == dict.fromkeys(last["persona"], STEPS)
    assert set(summary["calls"]) <= set(last["persona"])
    assert sum(summary["calls"].values()) == run.calls
    assert compare(plain.simulation, run.simulation).equal


def test_a_rule_without_a_margin_is_refused_before_anything_is_written(
    town: Town, installed: Path
) -> None:
    run = town.run("--rule", "arena-margin:wide", path=installed)
    assert run.code == 2
    assert "spell it arena-margin:STEPS" in run.said
    assert not run.simulation.exists()


def test_without_the_plugin_its_rule_is_unknown(town: Town) -> None:
    run = town.run("--rule", "arena-margin:5")
    assert run.code == 2
    assert "no dependency rule is called 'arena-margin:5'" in run.said
