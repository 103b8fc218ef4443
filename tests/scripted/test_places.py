"""Sectors, arenas and objects are suitable choices of the prompt."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.scripted.prompts import complete, innocent

OPTIONS = (
    "Ida Berg's house, Corner Cafe, Hill College, North Park, Max Roe's apartment, Old Mill Pub,"
    " Green Market"
)


def sector(task: str, subtask: str = "", *, current: str = "Ida Berg's house") -> str:
    prompt = (
        "Task -- choose\n---\n"
        "Ida Berg lives in {Ida Berg's house} that has kitchen, bathroom, main room.\n"
        f"Ida Berg is currently in {{{current}}} that has main room. \n"
        "Ida opens Corner Cafe at 8am.\n"
        f"Area options: {{{OPTIONS}}}. \n* Must be one of the options.\n"
        f"Ida Berg is {task}. For {subtask or task}, Ida Berg should go to the following area: {{"
    )
    answer = complete(prompt, max_tokens=15)
    assert answer.endswith("}")
    assert "," not in answer  # or the host rejects it
    return answer.split("}")[0]


@pytest.mark.parametrize(
    ("task", "place"),
    [
        ("sleeping", "Ida Berg's house"),
        ("waking up and completing the morning routine", "Ida Berg's house"),
        ("serving customers at Corner Cafe", "Corner Cafe"),
        ("having lunch at the cafe", "Corner Cafe"),
        ("taking a walk in the park", "North Park"),
        ("having a drink with friends at the pub", "Old Mill Pub"),
        ("shopping for groceries at the market", "Green Market"),
        ("attending class at Hill College", "Hill College"),
        ("writing a novel", "Ida Berg's house"),
    ],
)
def test_sectors_suit_the_activity(task: str, place: str) -> None:
    assert sector(task) == place


def test_a_break_is_taken_at_the_current_place() -> None:
    assert sector("taking a lunch break", "eating", current="Green Market") == "Green Market"


def test_a_conversation_about_a_persona_does_not_lead_to_its_home() -> None:
    # A home that was only seen from outside has no rooms in memory: the host raises KeyError later.
    talk = "conversing about a poem, which Max Roe tells Ida Berg about"
    assert sector("reading", talk) != "Max Roe's apartment"


@given(st.text(st.characters(exclude_characters="{}\n"), max_size=60).filter(innocent))
def test_any_activity_gets_an_offered_place_that_is_no_home_of_others(task: str) -> None:
    chosen = sector(f"doing {task}")
    assert chosen in OPTIONS.split(", ")
    assert chosen != "Max Roe's apartment"


@pytest.mark.parametrize(
    ("task", "areas", "area"),
    [
        ("sleeping", "kitchen, Max Roe's room, Ida Berg's room, bathroom", "Ida Berg's room"),
        ("taking a shower", "kitchen, main room, bathroom", "bathroom"),
        ("cooking pasta", "bathroom, kitchen, common room", "kitchen"),
        ("studying", "hallway, classroom, library", "library"),
        ("brushing teeth", "man's bathroom, woman's bathroom, garden", "woman's bathroom"),
        ("anything", "cafe", "cafe"),
    ],
)
def test_arenas_suit_the_activity(task: str, areas: str, area: str) -> None:
    prompt = (
        "---\n\nIda Berg is going to House that has the following areas: {%s}\n* Stay.\n"
        "Ida Berg is %s. For %s, Ida Berg should go to the following area in House (MUST pick one"
        " of {%s}):\nAnswer: {"
    )
    assert complete(prompt % (areas, task, task, areas), max_tokens=15) == f"{area}}}"


@pytest.mark.parametrize(
    ("action", "objects", "wanted"),
    [
        ("sleeping", "desk, bed, closet", {"bed"}),
        ("taking a shower", "toilet, shower, bathroom sink", {"shower", "toilet", "bathroom sink"}),
        ("staring", "harp", {"harp"}),
    ],
)
def test_objects_are_verbatim_from_the_last_list(
    action: str, objects: str, wanted: set[str]
) -> None:
    prompt = (
        "Current activity: cooking\nObjects available: {stove, sink}\nPick ONE most relevant"
        " object from the objects available: stove\n---\n"
        f"Current activity: {action}\nObjects available: {{{objects}}}\n"
        "Pick ONE most relevant object from the objects available:"
    )
    assert complete(prompt, max_tokens=15).strip() in wanted
