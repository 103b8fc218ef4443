"""The public names: they exist, cost nothing until they are used, and suffice for examples and
docs."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import ga_ooo
from ga_ooo import hooks

ROOT = Path(__file__).parents[2]
EXAMPLES = [path for path in (ROOT / "examples").rglob("*.py") if "minitown" not in path.parts]
# The page how-it-works is about the code itself.
PAGES = [
    *(path for path in (ROOT / "docs").glob("*.md") if path.name != "how-it-works.md"),
    ROOT / "README.md",
]


def test_every_public_name_exists_and_is_explained() -> None:
    page = (ROOT / "docs" / "python.md").read_text()
    assert sorted(set(ga_ooo.__all__)) == sorted(ga_ooo.__all__)
    for module in (ga_ooo, hooks):
        for name in module.__all__:
            assert hasattr(module, name)
            assert name == "__version__" or f"`{name}`" in page or f"`{name}(" in page, name
    assert dir(ga_ooo) == sorted(ga_ooo.__all__)


def test_unknown_names_are_refused() -> None:
    with pytest.raises(AttributeError, match="no attribute 'walk'"):
        _ = ga_ooo.walk


def test_a_plugin_that_needs_the_marker_only_loads_little() -> None:
    ask = (
        "import sys, ga_ooo; ga_ooo.hookimpl; ga_ooo.UsageError; "
        "print([m for m in sys.modules if m.startswith(('numpy', 'openai', 'ga_ooo.host'))])"
    )
    done = subprocess.run(
        [sys.executable, "-c", ask], capture_output=True, text=True, check=True, cwd=ROOT
    )
    assert done.stdout == "[]\n"


def _imports(source: str) -> Iterator[str]:
    """Names that a source imports from this package, as ``module.name``."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "ga_ooo":
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Import):
            yield from (a.name for a in node.names if a.name.split(".")[0] == "ga_ooo")


@pytest.mark.parametrize("path", [*EXAMPLES, *PAGES], ids=lambda path: path.name)
def test_examples_and_docs_use_public_names_only(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    sources = [text] if path.suffix == ".py" else re.findall(r"```python\n(.*?)```", text, re.S)
    public = {"ga_ooo", *(f"{m.__name__}.{name}" for m in (ga_ooo, hooks) for name in m.__all__)}
    for source in sources:
        assert set(_imports(source)) <= public
