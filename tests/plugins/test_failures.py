"""A plugin that raises: the run ends with an error that names plugin and hook. All retired steps
are saved, and the run can continue from there."""

from __future__ import annotations

import textwrap
from pathlib import Path

import pytest

from tests.plugins.conftest import STEPS, Run, Town

OBSERVERS = {
    "ga_ooo_issued": "persona, step",
    "ga_ooo_committed": "persona, step",
    "ga_ooo_retired": "step, movements",
    "ga_ooo_call_started": "call",
    "ga_ooo_call_finished": "call, answer",
    "ga_ooo_shape_request": "request",
}


def write_plugin(folder: Path, hook: str, patience: int) -> Path:
    """A module ``clumsy`` whose hook raises after ``patience`` calls."""
    source = f"""
        from itertools import count
        from ga_ooo.hookspecs import hookimpl

        calls = count(1)

        @hookimpl
        def {hook}({OBSERVERS[hook]}):
            if next(calls) > {patience}:
                raise LookupError("no such shelf")
        """
    (folder / "clumsy.py").write_text(textwrap.dedent(source))
    return folder


def how_often(hook: str, run: Run) -> int:
    """How often a hook is called in a run."""
    if hook == "ga_ooo_retired":
        return STEPS
    if hook in ("ga_ooo_issued", "ga_ooo_committed"):
        return STEPS * len(list((run.simulation / "personas").iterdir()))
    return run.calls


def check_is_whole(run: Run, plain: Run) -> None:
    """The saved run ends early, and its files are those of the whole run up to that step."""
    movements = sorted((run.simulation / "movement").iterdir())
    assert {path.name for path in movements} == {f"{step}.json" for step in range(run.steps)}
    for path in movements:
        assert path.read_bytes() == (plain.simulation / "movement" / path.name).read_bytes()
    assert (run.simulation / "environment" / f"{run.steps}.json").exists()
    assert not list(run.simulation.rglob("*.tmp"))


@pytest.mark.parametrize("hook", OBSERVERS)
def test_the_run_ends_named_and_whole(town: Town, plain: Run, tmp_path: Path, hook: str) -> None:
    patience = how_often(hook, plain) - 3
    # Requests of rehearsals are shaped too. They would use up the patience before the first step.
    plainly = ("--runahead", "0") if hook == "ga_ooo_shape_request" else ()
    run = town.run("--plugin", "clumsy", *plainly, path=write_plugin(tmp_path, hook, patience))
    assert run.code == 5, run.said
    assert f"the plugin 'clumsy' failed in {hook}: LookupError: no such shelf" in run.said
    assert "remedy: correct or uninstall the plugin" in run.said
    assert "Traceback" not in run.said
    assert 0 < run.steps < STEPS
    check_is_whole(run, plain)


@pytest.mark.parametrize(("hook", "patience"), [("ga_ooo_retired", 3), ("ga_ooo_shape_request", 9)])
def test_in_lockstep_it_is_named_too(town: Town, tmp_path: Path, hook: str, patience: int) -> None:
    path = write_plugin(tmp_path, hook, patience)
    run = town.run("--mode", "lockstep", "--plugin", "clumsy", path=path)
    assert run.code == 5, run.said
    assert f"the plugin 'clumsy' failed in {hook}" in run.said


def test_a_plugin_that_cannot_be_imported_is_named_before_anything_is_written(
    town: Town, tmp_path: Path
) -> None:
    (tmp_path / "clumsy.py").write_text("import a_module_that_nobody_has\n")
    run = town.run("--plugin", "clumsy", path=tmp_path)
    assert run.code == 2
    assert "No module named 'a_module_that_nobody_has'" in run.said
    assert not run.simulation.exists()
