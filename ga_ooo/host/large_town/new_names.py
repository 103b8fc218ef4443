"""New names for the people and the places of each further town. Without chance: the same scenario
gets the same names every time."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from random import Random
from typing import Final


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


_FEMALE: Final = _words(
    "Ada Agnes Aisha Alma Amara Amelia Anita Anya Astrid Audrey Beatrice Bianca Bridget Camila "
    "Cecilia Chiara Clara Daphne Deborah Diana Dolores Edith Elena Elif Eliza Esther Eva Farah "
    "Fatima Fiona Flora Freya Gemma Greta Gwen Hana Hazel Heidi Helena Imani Ingrid Iris Isla "
    "Jasmine Joana Josephine Judith Julia Kamala Katya Keiko Laila Leonie Lucia Lydia Madeline "
    "Malika Marta Matilda Maya Meera Mina Miriam Monica Nadia Naomi Nina Noor Odette Olga Olivia "
    "Paloma Penelope Petra Phoebe Priya Rachel Renata Rosa Ruth Sabine Salma Saskia Selma Sofia "
    "Stella Sylvia Tanya Teresa Thea Ursula Valeria Vera Violet Wanda Yara Yasmin Ylva Zara Zoe"
)
_MALE: Final = _words(
    "Aaron Abel Adrian Ahmed Albert Alec Amir Anders Anton Ari Axel Basil Bela Benedict Bjorn "
    "Boris Bruno Callum Cedric Chen Clement Cyrus Damian Dario Darius David Diego Dmitri Edgar "
    "Edmund Elias Emil Enzo Erik Ethan Ezra Fabian Felix Fergus Finn Gabriel George Gideon Gustav "
    "Hamid Harold Hassan Hector Henrik Hugo Ian Idris Igor Isaac Ivan Jamal Jasper Joel Jonas "
    "Joseph Julian Kaspar Kenji Kofi Lars Leo Leon Levi Linus Louis Luca Magnus Malik Marco Mateo "
    "Miguel Milo Nathan Nikolai Noah Olaf Omar Oscar Otto Pablo Patrick Pedro Peter Quentin Rafael "
    "Ravi Rene Robert Ruben Rufus Sanjay Simon Stefan Sven Tariq Theo Tobias Tomas Uri Victor"
)
_LAST: Final = _words(
    "Abbott Achebe Adler Aguilar Ahmad Alvarez Andersen Arnold Bachmann Bailey Banerjee Barros "
    "Bauer Becker Bellini Bennett Berger Bianchi Blake Blanc Bondarenko Bowen Braun Brennan Bruno "
    "Cabrera Calder Caruso Castillo Chandra Chatterjee Chavez Clarke Costa Craig Crane Cruz Dalton "
    "Danso Decker Delgado Demir Desai Diaz Dietrich Doyle Drummond Duarte Dubois Dumont Eaton "
    "Eriksen Esposito Evans Falk Farah Farrell Ferrari Fischer Fitzgerald Fleming Flores Fontaine "
    "Forster Foster Fraser Fujita Gallagher Garcia Gibson Goldberg Gonzalez Graham Grant Greco "
    "Gruber Gupta Haddad Hahn Hale Hansen Harper Hartmann Hayashi Hayes Herrera Hoffman Holm "
    "Hughes Ibrahim Iqbal Ishikawa Ivanov Jansen Jensen Jimenez Kaminski Kapoor Kaplan Kato Keane "
    "Keller Kemp Kim Kovacs Krause Kumar Lambert Larsen Laurent Leclerc Lehmann Lindgren Lombardi "
    "Lorenz Lund Maier Malhotra Marino Marsh Martel Mehta Melnyk Mendes Mensah Meyer Mishra Molina "
    "Moretti Morris Murphy Murray Nakamura Navarro Neumann Nguyen Nielsen Novak Nowak Nunez "
    "Obeng Ocampo Okafor Olsen Onyango Ortega Osei Ozturk Palmer Papadakis Pavlov Pearce Pereira "
    "Petrov Pham Pinto Poulsen Prasad Quinn Ramirez Rao Rasmussen Reid Reyes Ricci Richter Rivas "
    "Rivera Romano Rosen Roux Ruiz Russo Saito Salazar Santos Sato Sawyer Schmidt Schneider Sharma "
    "Shaw Silva Singh Sokolov Sorensen Souza Stein Suarez Sullivan Suzuki Svensson Szabo Tanaka "
    "Tran Turner Uddin Ueda Usman Valdez Vargas Vasquez Vogel Volkov Wagner Walsh Watanabe Weber "
    "Weiss Werner Winter Wojcik Wolff Yang Yilmaz Zamora Zhang Zimmer"
)
_TOWNS: Final = _words(
    "Ashford Bramley Calverton Dunmore Elmswood Fairhaven Glenbrook Hartwell Inverley Juniper "
    "Kingsley Larkspur Marlow Northgate Oakridge Penrose Quarry Ravenhill Silverton Thornbury "
    "Underwood Valemont Westbrook Yarrow Aldersey Birchwood Coldwater Driftwood Eastleigh Foxdale "
    "Greyfield Hollins Ironbridge Kestrel Lindenau Millbank Newhaven Orchard Pinewood Redcliff"
)
_PARTS: Final = ("", "New ", "Upper ", "Lower ", "North ", "South ", "Old ", "Little ")

_HE: Final = re.compile(r"\b(he|his|him|himself|husband)\b", re.IGNORECASE)
_SHE: Final = re.compile(r"\b(she|her|hers|herself|wife|mom)\b", re.IGNORECASE)
_TRIES: Final = 200

MOST_TOWNS: Final = len(_TOWNS) * len(_PARTS)
"""For so many further towns there are names."""


@dataclass(frozen=True)
class Person:
    """The name of a person in the scenario that is copied.

    Attributes:
        name: full.
        first: first name; empty if the name has one word.
        last: last name; empty likewise.
        about: texts about the person, whose pronouns say which first names suit.
    """

    name: str
    first: str
    last: str
    about: str = ""

    @classmethod
    def of(cls, name: str, about: str = "") -> Person:
        """Split a full name at its last blank."""
        first, _, last = name.rpartition(" ")
        return cls(name, first, last if first else "", about)


@dataclass(frozen=True)
class NewNames:
    """The names in one further town.

    Attributes:
        town: the name of the town, which its places have after theirs.
        full: the new full name for each old one.
        first: the new first name for each old one.
        last: the new last name for each old one.
    """

    town: str
    full: Mapping[str, str]
    first: Mapping[str, str]
    last: Mapping[str, str]


def draw_names(people: Sequence[Person], towns: int) -> Iterator[NewNames]:
    """Names for further towns, one after the other; nobody has a name twice.

    People of one family keep one last name, and people with the same first name share the new one.

    Args:
        people: of the scenario that is copied.
        towns: number of further towns, at most :data:`MOST_TOWNS`.
    """
    used = {person.name for person in people}
    old_words = {word for person in people for word in (person.first, person.last, person.name)}
    suits = _suitable_first_names(people, old_words)
    last_names = [name for name in _LAST if name not in old_words]
    called = [f"{part}{town}" for part, town in product(_PARTS, _TOWNS)]
    for number, town in enumerate(called[:towns]):
        names = _draw(people, suits, last_names, used, Random(number), town)
        used |= set(names.full.values())
        yield names


def _draw(
    people: Sequence[Person],
    suits: Mapping[str, Sequence[str]],
    last_names: Sequence[str],
    used: set[str],
    random: Random,
    town: str,
) -> NewNames:
    for _ in range(_TRIES):
        last = _pair(_distinct(person.last for person in people), last_names, random)
        first: dict[str, str] = {}
        for old in _distinct(person.first or person.name for person in people):
            first[old] = _unused(suits[old], set(first.values()), random)
        spare = iter(random.sample(last_names, len(last_names)))
        full = {
            person.name: " ".join(
                (first[person.first or person.name], last.get(person.last) or next(spare))
            )
            for person in people
        }
        new = set(full.values())
        if len(new) == len(people) and not new & used:
            given = {person.first for person in people if person.first}
            return NewNames(town, full, {old: first[old] for old in given}, last)
    raise AssertionError("there are more names than a town has people")


def _suitable_first_names(people: Sequence[Person], taken: set[str]) -> dict[str, Sequence[str]]:
    """First names that suit each old one, by the pronouns in what is written about its person."""
    found: dict[str, Sequence[str]] = {}
    for person in people:
        he, she = len(_HE.findall(person.about)), len(_SHE.findall(person.about))
        names = _MALE if he > she else _FEMALE if she > he else [*_FEMALE, *_MALE]
        found.setdefault(person.first or person.name, [name for name in names if name not in taken])
    return found


def _distinct(names: Iterable[str]) -> list[str]:
    return [name for name in dict.fromkeys(names) if name]


def _pair(old: Sequence[str], new: Sequence[str], random: Random) -> dict[str, str]:
    """A new name for each old one; where there are too few, some have two words."""
    drawn = random.sample(new, min(len(old), len(new)))
    while len(drawn) < len(old):
        drawn.append(f"{random.choice(new)}-{random.choice(new)}")
    return dict(zip(old, drawn, strict=True))


def _unused(names: Sequence[str], used: set[str], random: Random) -> str:
    free = [name for name in names if name not in used]
    return random.choice(free) if free else f"{random.choice(names)} {random.choice(names)}"
