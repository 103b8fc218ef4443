"""The reference page and the completion scripts are made from the declarations."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from ga_ooo.cli.finding import NAMES, find_command
from ga_ooo.cli.reference import reference
from ga_ooo.options.declare import flag_declarations
from tests.cli.conftest import Command

PAGE = Path(__file__).parents[2] / "docs" / "options.md"


def test_the_page_is_not_stale() -> None:
    assert PAGE.read_text(encoding="utf-8") == reference(), (
        "run `ga-ooo config reference > docs/options.md`"
    )


def test_every_flag_is_on_the_page() -> None:
    page = PAGE.read_text(encoding="utf-8")
    for name in NAMES:
        for option in flag_declarations(find_command(name).arguments):
            is_renamed = option.id in ("serve.model", "serve.embedding_model")
            assert option.help, option.id
            assert is_renamed or f"`{option.flag}`".replace("|", "\\|") in page


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_knows_every_command_and_flag(shell: str, ga_ooo: Command) -> None:
    outcome = ga_ooo("completion", shell)
    assert outcome.code == 0 and not outcome.err
    for name in NAMES:
        assert name in outcome.out
    for flag in ("window", "checkpoint-every", "embedding-url"):
        assert flag in outcome.out


@pytest.mark.skipif(shutil.which("bash") is None, reason="needs bash")
def test_bash_completes_a_flag(ga_ooo: Command) -> None:
    script = ga_ooo("completion", "bash").out
    ask = "COMP_WORDS=(ga-ooo run --win); COMP_CWORD=2; _shtab_ga_ooo; echo ${COMPREPLY[@]}"
    done = subprocess.run(
        ["bash", "-c", f"{script}\n{ask}"], capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["--window"]
