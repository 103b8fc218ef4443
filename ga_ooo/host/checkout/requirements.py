"""The classes and functions of a host that the engine needs, and whether a host has them."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from ga_ooo.host.checkout.source import LOOP_FILE, SERVER, find_definition


@dataclass(frozen=True)
class Requirement:
    """One class or function of the host that the engine needs.

    Attributes:
        file: its file, relative to the backend folder.
        name: of the class, or of the function if ``methods`` and ``attributes`` are empty.
        methods: methods that must be defined.
        attributes: attributes of ``self`` that must be assigned.
    """

    file: str
    name: str
    methods: tuple[str, ...] = ()
    attributes: tuple[str, ...] = ()


REQUIREMENTS: Final = (
    Requirement(
        LOOP_FILE,
        SERVER,
        ("start_server", "save", "open_server"),
        ("personas", "personas_tile", "maze", "step", "curr_time", "sec_per_step", "sim_code"),
    ),
    Requirement(
        "maze.py",
        "Maze",
        (
            "access_tile",
            "get_nearby_tiles",
            "get_tile_path",
            "add_event_from_tile",
            "remove_event_from_tile",
            "remove_subject_events_from_tile",
            "turn_event_from_tile_idle",
        ),
        ("tiles", "address_tiles", "collision_maze", "maze_width", "maze_height"),
    ),
    Requirement("path_finder.py", "path_finder"),
    Requirement("persona/persona.py", "Persona", ("move", "save"), ("scratch", "a_mem", "s_mem")),
    Requirement(
        "persona/memory_structures/scratch.py",
        "Scratch",
        ("get_curr_event_and_desc", "get_curr_obj_event_and_desc"),
        ("vision_r", "curr_tile", "planned_path", "chat"),
    ),
    Requirement("persona/memory_structures/associative_memory.py", "ConceptNode"),
    Requirement("persona/memory_structures/associative_memory.py", "AssociativeMemory"),
    Requirement("persona/cognitive_modules/perceive.py", "perceive"),
)


def missing_parts(module: ast.Module, requirement: Requirement) -> list[str]:
    """Names of a requirement that the module does not define.

    A name counts as missing only if that is certain: a base class may define it, and ``setattr``
    may assign it.
    """
    definition = find_definition(module, requirement.name)
    if definition is None:
        return [requirement.name]
    if not isinstance(definition, ast.ClassDef):
        return []
    inherits = any(ast.unparse(base) != "object" for base in definition.bases)
    if inherits:
        return []
    methods = {node.name for node in definition.body if isinstance(node, ast.FunctionDef)}
    missing = [name for name in requirement.methods if name not in methods]
    if not _sets_fields_by_name(definition):
        fields = set(_self_fields(definition))
        missing += [name for name in requirement.attributes if name not in fields]
    return [f"{requirement.name}.{name}" for name in missing]


SCENARIO_NAMES: Final = ("fork_sim_code", "sim_code")
"""The constructor's parameters for the scenario and the new simulation."""


def refusal_of_constructor(parameters: Sequence[tuple[str, bool]]) -> tuple[str, str] | None:
    """Problem and remedy if a run cannot call the constructor of the server; else None.

    Args:
        parameters: of the constructor, without ``self``; each with whether it may be left out.
    """
    names = [name for name, _ in parameters]
    given = SCENARIO_NAMES if {*SCENARIO_NAMES} <= {*names} else names[:2]
    asked = [name for name, is_optional in parameters if not is_optional and name not in given]
    if not asked:
        return None
    return (
        f"the constructor of ReverieServer needs {', '.join(asked)} besides the names of "
        "the two simulations",
        "give these parameters defaults in reverie.py, or use `ga-ooo reverie`",
    )


def constructor_parameters(module: ast.Module) -> list[tuple[str, bool]]:
    """The parameters of the server's constructor, for :func:`refusal_of_constructor`."""
    definition = find_definition(module, SERVER)
    for node in getattr(definition, "body", []):
        if isinstance(node, ast.FunctionDef) and node.name == "__init__":
            given = node.args
            names = [each.arg for each in (*given.posonlyargs, *given.args)][1:]
            needed = len(names) - len(given.defaults)
            by_position = [(name, index >= needed) for index, name in enumerate(names)]
            by_name = zip(given.kwonlyargs, given.kw_defaults, strict=True)
            return [*by_position, *((each.arg, value is not None) for each, value in by_name)]
    return []


def reads_tile_events(module: ast.Module) -> bool:
    """Whether ``perceive`` reads the events of tiles, as the hazards assume."""
    definition = find_definition(module, "perceive")
    if definition is None:
        return False
    return any(
        isinstance(node, ast.Subscript)
        and isinstance(node.slice, ast.Constant)
        and node.slice.value == "events"
        for node in ast.walk(definition)
    )


def _self_fields(definition: ast.ClassDef) -> Iterator[str]:
    for node in ast.walk(definition):
        if (
            isinstance(node, ast.Attribute)
            and isinstance(node.ctx, ast.Store)
            and isinstance(node.value, ast.Name)
            and node.value.id == "self"
        ):
            yield node.attr


def _sets_fields_by_name(definition: ast.ClassDef) -> bool:
    return any(
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id == "setattr"
        and ast.unparse(node.args[0]) == "self"
        for node in ast.walk(definition)
    )
