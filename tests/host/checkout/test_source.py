"""Facts read from the source of a host: the work in its loop, and what the engine needs."""

from __future__ import annotations

import ast
import sys
from pathlib import Path

import pytest

from ga_ooo.errors import HostError
from ga_ooo.host.checkout import requirements, source


def test_attributes_set_by_name_do_not_count_as_missing() -> None:
    requirement = requirements.Requirement("scratch.py", "Scratch", ("save",), ("vision_r",))
    code = "class Scratch:\n  def save(self): pass\n  def __init__(self, x): "
    assert requirements.missing_parts(ast.parse(code + "setattr(self, x, 1)"), requirement) == []
    assert requirements.missing_parts(ast.parse(code + "pass"), requirement) == ["Scratch.vision_r"]


@pytest.mark.parametrize(
    ("code", "reads"),
    [
        ("import argparse", True),
        ("from sys import argv", True),
        ("def main():\n  import sys\n  return sys.argv[1]", True),
        ("from click import command", True),
        ("import sys\nsys.path.append('x')", False),
        ('if "--ooo" in __import__("sys").argv: pass', False),
    ],
)
def test_whether_a_module_reads_arguments(code: str, reads: bool) -> None:
    assert source.reads_arguments(ast.parse(code)) is reads


NEWER = (
    ("x = f'{', '.join(['a'])}'", "3.12", "f-string"),
    ("x = f'{a['key']}' # don't", "3.12", "f-string"),
    ('x = f"{a[\n  "key"\n]:>{width}}"', "3.12", "f-string"),
    ("x = f'{{}} {chr(10).join(c) + '\\n'}'", "3.12", "f-string"),
    ("type Pair = tuple[int, int]", "3.12", "`type` statement"),
    ("type Pair[T: (int, str)] = tuple[T, list[T]]", "3.12", "`type` statement"),
    ("class Box[T]:\n  async def get[K: list[int]](self, key: K) -> T: pass", "3.12", "type param"),
    ("try: pass\nexcept ValueError, os.error: pass", "3.14", "several types"),
)
"""Files that only a newer Python accepts, the version, and its syntax."""

WRONG = (
    "x = 'no end",
    "x = f'{no end",
    "x = f'no end\n'",
    "print 'Python 2'",
    "x = f'{a['key']}'\ny = (",
    "type = = 3",
)
"""Files that no version accepts."""


@pytest.mark.parametrize(("code", "version", "syntax"), NEWER)
def test_a_file_for_a_newer_python(code: str, version: str, syntax: str, tmp_path: Path) -> None:
    file = tmp_path / "reverie.py"
    file.write_text(f"import os\n{code}\n")
    if sys.version_info >= tuple(map(int, version.split("."))):
        source.parse_or_refuse(file)
        return
    with pytest.raises(HostError, match=f"written for Python {version}: .*{syntax}") as caught:
        source.parse_or_refuse(file)
    assert f"install ga_ooo with Python {version} or newer" in caught.value.remedy


@pytest.mark.parametrize("code", WRONG)
def test_a_file_for_no_python(code: str, tmp_path: Path) -> None:
    file = tmp_path / "reverie.py"
    file.write_text(code)
    with pytest.raises(HostError) as caught:
        source.parse_or_refuse(file)
    assert "written for Python" not in caught.value.problem
    assert caught.value.remedy.startswith("correct the line, or restore the file")
