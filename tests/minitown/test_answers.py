"""The scripted answers to minitown's prompts: all kinds, deterministic, as JSON where requested."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from ga_ooo.host.prompts.kinds import UNKNOWN, Family, Kind, recognise
from ga_ooo.scripted.minitown import answer_minitown
from tests.minitown.conftest import BACKEND, MINITOWN

TEMPLATES = sorted((MINITOWN / BACKEND / "persona/prompt_template/v1").glob("*.txt"))

HOURLY = """\
[minitown:hourly_schedule]
Plan: 6 am: having breakfast at home; 8 am: selling groceries; 12 pm: having lunch; 9 pm: sleeping
Persona: Nora Adler
Hour: {hour}
Entry: (ID:{id})
Answer with the activity."""


def wrapped(prompt: str) -> str:
    return (
        f'"""\n{prompt}\n"""\nReply to the text above with one JSON object. Be brief.\n'
        'Example of the JSON object: {"output": "yes"}'
    )


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.stem)
def test_each_template_is_recognised_and_answered(template: Path) -> None:
    text = template.read_text().replace("!<INPUT 0>!", "Usual day: 7 am: drinking tea; 9 am: work")
    kind = recognise(text)
    assert kind.family is Family.MINITOWN
    filled = re.sub(r"!<INPUT \d+>!", "3", text).replace("Hour: 3", "Hour: 3 pm")
    assert answer_minitown(kind.name, filled)


def test_other_prompts_are_not_recognised() -> None:
    assert recognise("Jo Doe says that [minitown:safety] is a kind") is UNKNOWN
    assert recognise("[minitown:unheard_of]") is UNKNOWN


@pytest.mark.parametrize(
    ("hour", "expected"),
    [
        ("5 am", "sleeping"),
        ("7 am", "having breakfast at home"),
        ("11 am", "selling groceries"),
        ("12 pm", "having lunch"),
        ("10 pm", "sleeping"),
    ],
)
def test_hours_follow_the_plan(hour: str, expected: str) -> None:
    assert answer_minitown("hourly_schedule", HOURLY.format(hour=hour, id="a1")) == expected


def test_random_ids_change_nothing() -> None:
    first, second = (HOURLY.format(hour="7 am", id=ident) for ident in ("aaaaaa", "bbbbbb"))
    assert answer_minitown("hourly_schedule", first) == answer_minitown("hourly_schedule", second)


def test_wrapped_prompts_get_json() -> None:
    prompt = wrapped("[minitown:safety]\nPersona: Nora Adler\nLine: hello\nAnswer with a number.")
    assert recognise(prompt) == Kind("safety", Family.MINITOWN)
    assert json.loads(answer_minitown("safety", prompt)) == {"output": "2"}


def test_parts_of_a_task_add_up_to_its_duration() -> None:
    prompt = (
        "[minitown:task_decomp]\nPersona: Nora Adler\n"
        "Task: having lunch at the Copper Kettle\nMinutes: 75\nAnswer with lines."
    )
    parts = answer_minitown("task_decomp", prompt).split("\n")
    assert sum(int(part.split("(")[1].split()[0]) for part in parts) == 75


def test_conversations_end() -> None:
    lengths = []
    for other in ("Emil Adler", "Leyla Celik", "Paul Dietz", "Clara Gruber"):
        for said in range(16):
            prompt = (
                "[minitown:utterance]\nPlace: guest room Copper Kettle\nPersona: Nora Adler\n"
                f"Other: {other}\nSaid so far: {said}\nAnswer with one JSON object."
            )
            if json.loads(answer_minitown("utterance", prompt))["end"]:
                lengths.append(said + 1)
                break
    assert len(lengths) == 4
    assert all(3 <= length <= 8 for length in lengths)
