"""Where a call comes from: the same answer however many of our functions stand in between."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ga_ooo.host.imported.call_site import call_site, call_stage
from ga_ooo.observer import Observer, Observers

HOST = {
    "persona/persona.py": "def move(ask): return plan(ask)",
    "persona/cognitive_modules/plan.py": "def plan(ask): return converse(ask)",
    "persona/cognitive_modules/converse.py": "def converse(ask): return run_gpt_prompt(ask)",
    "persona/prompt_template/run_gpt_prompt.py": "def run_gpt_prompt(ask): return ask()",
}


@pytest.fixture
def move(tmp_path: Path) -> Callable[[Callable[[], str]], str]:
    """A move of a host: four functions in four files."""
    names: dict[str, Any] = {}
    for file, text in HOST.items():
        exec(compile(text, tmp_path / file, "exec"), names)
    found: Callable[[Callable[[], str]], str] = names["move"]
    return found


def through_our_code(question: Callable[[], str]) -> str:
    """Ask from within a function of this package."""
    answers: list[str] = []

    class Asking(Observer):
        def issued(self, persona: str, step: int) -> None:
            answers.append(question())

    Observers([Asking(), Asking()]).issued("Ada", 0)
    return answers[0]


def test_the_functions_of_the_host(move: Callable[[Callable[[], str]], str]) -> None:
    assert move(call_site) == "plan>converse>run_gpt_prompt"


def test_the_stages_of_the_move(move: Callable[[Callable[[], str]], str]) -> None:
    assert move(call_stage) == "plan.converse"
    # Functions of tests stand between, which are not ours either.
    assert move(lambda: through_our_code(call_stage)) == "plan.converse"


def test_a_call_outside_of_all_stages() -> None:
    names: dict[str, Any] = {}
    exec(compile("def move(ask): return ask()", "persona.py", "exec"), names)
    assert (names["move"](call_site), names["move"](call_stage)) == ("", "other")
