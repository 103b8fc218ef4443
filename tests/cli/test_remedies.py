"""Flags that errors and remedies name: the command that shows the text accepts them.

An error of the host or of the model is shown by every command that runs a host. Its remedy then
names a flag of each of them, or the command that has the flag.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import ga_ooo
from ga_ooo.cli.finding import NAMES, find_command
from ga_ooo.options.declare import flag_declarations

PACKAGE: Final = Path(ga_ooo.__file__).parent

RUN_A_HOST: Final = ("run", "resume", "verify", "bench")

SHOWN_BY_ALL: Final = ("engine", "host", "model", "runahead", "costs")
"""Rooms whose errors end each of these commands."""

OF_ONE_COMMAND: Final = {
    "host/large_town": ("town",),
    "model/serving": ("serve",),
    "host/checkout/patching.py": ("patch",),
    "host/run/lockstep.py": ("run",),
    "host/durable/record.py": ("resume",),
    "host/run/headless.py": ("run",),
    "host/durable/resumable.py": ("resume",),
}
"""Files whose errors only this command shows, or others that name it."""

OF_OTHER_PROGRAMS: Final = {
    *("--max-model-len", "--max-num-seqs", "--served-model-name", "--force-reinstall"),
    *("--install", "--ooo", "--help"),
}

FLAG: Final = re.compile(r"(?<![\w-])--[a-z][a-z-]*")


def flags(command: str) -> set[str]:
    declared = flag_declarations(find_command(command).arguments)
    named = {each.flag for each in declared if each.flag.startswith("--")}
    return named | {flag.replace("--", "--no-", 1) for flag in named}


FLAGS: Final = {name: flags(name) for name in NAMES}
ALL_FLAGS: Final = set().union(*FLAGS.values()) | OF_OTHER_PROGRAMS


def texts(path: Path) -> Iterator[str]:
    """Texts with several words, docstrings excepted; ``{}`` stands for what is filled in."""
    tree = ast.parse(path.read_text("utf-8"))
    left_out = {id(each.value) for each in ast.walk(tree) if isinstance(each, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            left_out |= {id(each) for each in ast.walk(node) if each is not node}
            parts = (each.value if isinstance(each, ast.Constant) else "{}" for each in node.values)
            text = "".join(map(str, parts))
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            text = node.value
        else:
            continue
        if id(node) not in left_out and " " in text:
            yield text


def shown_by(name: str) -> tuple[str, ...]:
    """Commands that show the errors of a file; empty if nothing is known."""
    for start, commands in OF_ONE_COMMAND.items():
        if name.startswith(start):
            return commands
    if name.startswith("cli/commands/"):
        command = Path(name).stem.replace("_", "-")
        return (command,) if command in NAMES else ()
    return RUN_A_HOST if name.split("/")[0] in SHOWN_BY_ALL else ()


def named_commands(text: str) -> set[str]:
    """``run it with``, ``resume with``, or a command line."""
    return {name for name in NAMES if re.search(rf"(?<![\w-]){name}(?![\w-])", text)}


def named_flags() -> Iterator[tuple[str, str, str]]:
    """File, text and flag, for each flag that a text names."""
    for path in sorted(PACKAGE.rglob("*.py")):
        if FLAG.search(path.read_text("utf-8")):
            for text in texts(path):
                for flag in FLAG.findall(text):
                    yield path.relative_to(PACKAGE).as_posix(), text, flag


def test_flags_that_texts_name() -> None:
    for name, text, flag in named_flags():
        assert flag in ALL_FLAGS, f"{name}: {text}"
        if flag in OF_OTHER_PROGRAMS:
            continue
        has_it = any(flag in FLAGS[command] for command in named_commands(text))
        missing = [command for command in shown_by(name) if flag not in FLAGS[command]]
        assert has_it or not missing, f"{name}: {missing} do not take {flag}: {text}"
