"""The plugin printed in docs/hooks.md works unchanged."""

from __future__ import annotations

import re
from pathlib import Path

from ga_ooo import hookspecs
from ga_ooo.lab.verify.compare import compare
from tests.plugins.conftest import Run, Town

PAGE = Path(__file__).parents[2] / "docs" / "hooks.md"


def test_the_printed_plugin_runs(town: Town, plain: Run, tmp_path: Path) -> None:
    found = re.search(r"```python\n(.*?)```", PAGE.read_text(), re.S)
    assert found
    # An hour of game time is too long for a test.
    source = found[1].replace("% 360", "% 6")
    (tmp_path / "busiest.py").write_text(source)
    run = town.run("--plugin", "busiest", "--rule", "minute", path=tmp_path)
    assert run.code == 0, run.said
    assert len(re.findall(r"^May 06, 2024, .* asked most, \d+ times$", run.said, re.M)) == 2
    assert compare(plain.simulation, run.simulation).equal


def test_the_page_names_every_hook_and_its_arguments() -> None:
    page = PAGE.read_text()
    for name, hook in vars(hookspecs).items():
        if name.startswith("ga_ooo_"):
            arguments = hook.__code__.co_varnames[: hook.__code__.co_argcount]
            assert f"`{name}({', '.join(arguments)})`" in page
