"""New names: nobody twice, families stay families, and texts, keywords and addresses agree."""

from __future__ import annotations

import pytest

from ga_ooo.host.large_town.new_names import MOST_TOWNS, NewNames, Person, draw_names
from ga_ooo.host.large_town.renaming import Renaming

PEOPLE = (
    Person.of("Hailey Johnson", "She writes. Her books sell."),
    Person.of("Mei Lin", "her students"),
    Person.of("Eddy Lin", "his music, and he sings"),
    Person.of("Ryan Park"),
    Person.of("Bob"),
)
NAMES = NewNames(
    "Ashford",
    {"Hailey Johnson": "Ada Becker", "Mei Lin": "Eva Cruz", "Eddy Lin": "Otto Cruz"},
    {"Hailey": "Ada", "Mei": "Eva", "Eddy": "Otto"},
    {"Johnson": "Becker", "Lin": "Cruz"},
)
SECTORS = ("Lin family's house", "Johnson Park", "Hailey Johnson's flat", "park", "Dorm of Eddy")


def renaming(taken: set[str] | None = None) -> Renaming:
    return Renaming(NAMES, "the Ville", SECTORS, set(SECTORS) if taken is None else taken)


def test_names_are_drawn_once_and_the_same_every_time() -> None:
    towns = list(draw_names(PEOPLE, 60))
    drawn = [name for town in towns for name in town.full.values()]
    assert len({*drawn, *(person.name for person in PEOPLE)}) == 61 * len(PEOPLE)
    assert len({town.town for town in towns}) == 60
    assert towns == list(draw_names(PEOPLE, 60))
    for town in towns:
        assert town.full["Mei Lin"].split()[-1] == town.full["Eddy Lin"].split()[-1]
        assert town.full["Mei Lin"].split()[0] == town.first["Mei"]
        assert len(town.full["Bob"].split()) == 2


def test_names_exist_for_as_many_towns_as_are_promised() -> None:
    assert sum(1 for _ in draw_names(PEOPLE[:1], MOST_TOWNS)) == MOST_TOWNS


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("Hailey Johnson met Mei, the Lins and Eddy.", "Ada Becker met Eva, the Lins and Otto."),
        ("hailey johnson", "ada becker"),
        ("a walk in Johnson Park with Hailey", "a walk in Johnson Park Ashford with Ada"),
        ("johnson park", "johnson park ashford"),
        ("the Lin family", "the Cruz family"),
        ("lunch in the park, Meissen", "lunch in the park, Meissen"),
        ("the Ville:park:lawn:bench", "the Ville:park Ashford:lawn:bench"),
        ("the Ville:Lin family's house:Mei's room", "the Ville:Cruz family's house:Eva's room"),
        ("<persona> Eddy Lin", "<persona> Otto Cruz"),
    ],
)
def test_texts(old: str, new: str) -> None:
    assert renaming().text(old) == new


def test_a_sector_has_one_name_in_all_towns() -> None:
    first = set(SECTORS)
    one, other = renaming(first), renaming(first)
    named = [one.cell(sector) for sector in SECTORS]
    assert named == [
        "Cruz family's house",
        "Johnson Park Ashford",
        "Ada Becker's flat",
        "park Ashford",
        "Dorm of Otto",
    ]
    assert other.cell(SECTORS[0]) == "Cruz family's house Ashford", "the name is taken"


def test_values() -> None:
    scratch = {"first_name": "Mei", "last_name": "Lin", "chat": [["Mei Lin", "Hi Eddy"]], "age": 3}
    assert renaming().value(scratch) == {
        "first_name": "Eva",
        "last_name": "Cruz",
        "chat": [["Eva Cruz", "Hi Otto"]],
        "age": 3,
    }
    memory = {"the Ville": {"park": {"lawn": ["bench"]}}, "elsewhere": {"park": {}}}
    assert renaming().spatial_memory(memory) == {
        "the Ville": {"park Ashford": {"lawn": ["bench"]}},
        "elsewhere": {"park": {}},
    }
    nodes = {"node_1": {"keywords": ["glad to hear that Mei", "Eddy Lin", "mei"]}}
    strengths = {"kw_strength_event": {"glad to hear that mei": 2, "eddy lin": 1, "old": 3}}
    assert renaming().keyword_strengths(strengths, nodes) == {
        "kw_strength_event": {"glad to hear that eva": 2, "otto cruz": 1, "old": 3}
    }
