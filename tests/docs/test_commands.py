"""The commands that README and docs print: each one is parsed, those of the tutorial are run."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from ga_ooo.cli.finding import NAMES, find_command, make_parser
from ga_ooo.options.declare import flag_declarations

ROOT = Path(__file__).parents[2]
PAGES = sorted([ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").glob("*.md")])

_FILLED_IN = {
    "N": "3",
    "S": "1",
    "L": "1",
    "PORT": "8000",
    "lockstep|ooo": "ooo",
    "URL": "http://localhost:8000/v1",
}
"""What a reader writes in place of the words that stand for numbers, choices and addresses."""


def printed_commands(page: Path) -> Iterator[str]:
    """The commands in the blocks of a page, without the continuation lines' backslashes."""
    text = page.read_text(encoding="utf-8").replace("\\\n", " ")
    for line in text.splitlines():
        found = re.match(
            r"(?: {4}|\$ )?(?:\S*/)?(?:ga-ooo|python3? -m ga_ooo) (?=[a-z-])(.*)", line
        )
        if found and line.startswith((" ", "$", "ga-ooo")):
            yield found[1]


def words_of(command: str) -> list[str]:
    """The arguments of a command, without a comment, pipes and whatever follows them."""
    words = shlex.split(command, comments=True)
    ends = [words.index(mark) for mark in ("|", ">", "&", "&&", "2>") if mark in words]
    return words[: min(ends, default=len(words))]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_printed_commands_are_accepted(page: Path) -> None:
    for command in printed_commands(page):
        name, *words = words_of(command)
        assert name in NAMES, command
        if any(word in ("...", "…") or word.startswith("[") for word in words):
            # A part of a command, or several of them: the options exist.
            declared = {each.flag for each in flag_declarations(find_command(name).arguments)}
            bare = {word.strip("[]").split("=")[0] for word in words}
            assert {word for word in bare if word.startswith("--")} <= declared, command
            continue
        filled = [re.sub(r"\b(N|S|L|PORT)$|:(PORT)\b", _fill, word) for word in words]
        make_parser([name]).parse_args([name, *(_FILLED_IN.get(word, word) for word in filled)])


def _fill(found: re.Match[str]) -> str:
    return _FILLED_IN[found[1]] if found[1] else f":{_FILLED_IN[found[2]]}"


def test_commands_named_in_the_text_exist() -> None:
    """Also in the messages of the package: a remedy that names no command helps nobody."""
    for path in [*PAGES, *(ROOT / "ga_ooo").rglob("*.py")]:
        text = path.read_text(encoding="utf-8")
        for name in re.findall(r"[`\"]ga-ooo ([a-z][a-z-]+)", text):
            assert name in NAMES, f"{path.name}: ga-ooo {name}"


def test_the_tutorial_runs_as_printed(tmp_path: Path) -> None:
    """On the copy of minitown that the page makes. The stretch that a reader stops is shorter."""
    shutil.copytree(ROOT / "examples" / "minitown", tmp_path / "my-town")
    printed = [c for c in printed_commands(ROOT / "docs" / "tutorial.md") if "my-town" in c]
    # The page is shown until somebody stops it: tests/watch.
    commands = [command for command in printed if not command.startswith("watch ")]
    assert len(commands) == len(printed) - 1 >= 6
    said = {}
    for command in commands:
        shorter = {"2000": "150", "0.3": "0.003"}
        words = [shorter.get(word, word) for word in words_of(command)]
        done = subprocess.run(
            [sys.executable, "-m", "ga_ooo", *words],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        said[words[0]] = done.stdout
    assert said["doctor"].rstrip().endswith("this host can run")
    assert "the scripted model answers" in said["run"]
    assert "equal" in said["verify"]
    assert "Nora Adler" in said["transcript"]
