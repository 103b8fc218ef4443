"""Facts read from the source of a host: the work in its loop, and what the engine needs."""

from __future__ import annotations

import ast

import pytest

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
