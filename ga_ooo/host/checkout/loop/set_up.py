"""Statements of the main block between the constructor of the server and its first command.

A run without questions (``ga-ooo run``) makes the server itself, and then runs these statements.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from ga_ooo.host.checkout.loop.free_names import free_names, stored_names
from ga_ooo.host.checkout.source import LOOP_FILE, SERVER, find_definition, main_block

_COMMANDS: Final = frozenset({"open_server", "start_server"})


@dataclass(frozen=True)
class SetUp:
    """These statements.

    Attributes:
        statements: in their order.
        server: the variable that holds the server.
        names: the variables for the scenario and the new simulation; fewer where the block gives
            other expressions.
        missing: names that only the main block itself can make, such as answers of the user.
    """

    statements: Sequence[ast.stmt] = ()
    server: str = ""
    names: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()


def read_set_up(module: ast.Module) -> SetUp:
    """The statements of ``reverie.py``; without any if the main block does nothing of the kind."""
    block = main_block(module) or []
    server = find_definition(module, SERVER)
    made = SERVER if server is None else server.name
    for body in _bodies(block):
        for number, node in enumerate(body):
            call = _constructor(node, made)
            if call is not None:
                assert isinstance(node, ast.Assign)
                return _between(block, body[number + 1 :], ast.unparse(node.targets[0]), call)
    return SetUp()


def _between(
    block: Sequence[ast.stmt], later: Sequence[ast.stmt], server: str, call: ast.Call
) -> SetUp:
    statements: list[ast.stmt] = []
    for node in later:
        if any(
            isinstance(each, ast.Attribute) and each.attr in _COMMANDS for each in ast.walk(node)
        ):
            break
        statements.append(node)
    else:
        # No command follows: the block does something else than to open the server.
        statements = []
    names = tuple(each.id for each in call.args[:2] if isinstance(each, ast.Name))
    made = {name for node in block for name in stored_names(node)} - {server, *names}
    missing = free_names(statements) & made
    return SetUp(tuple(statements), server, names, tuple(sorted(missing)))


def _constructor(node: ast.stmt, made: str) -> ast.Call | None:
    """The call in ``name = ReverieServer(...)``; None for any other statement."""
    value = node.value if isinstance(node, ast.Assign) and len(node.targets) == 1 else None
    is_call = isinstance(value, ast.Call) and ast.unparse(value.func) == made
    return value if isinstance(value, ast.Call) and is_call else None


def _bodies(block: list[ast.stmt]) -> Iterator[list[ast.stmt]]:
    """A list of statements, and all lists in it."""
    yield block
    for node in block:
        for name in ("body", "orelse", "finalbody"):
            below = getattr(node, name, [])
            if below:
                yield from _bodies(below)


def refusal_of_set_up(found: SetUp) -> tuple[str, str] | None:
    """Problem and remedy if the statements cannot run without the main block; else None."""
    if not found.missing:
        return None
    line = found.statements[0].lineno
    return (
        f"{LOOP_FILE}, line {line}: the main block sets up the server with "
        f"{', '.join(found.missing)}, which it makes before",
        "run its own questions (`ga-ooo reverie`), or give these names a value at the top of the "
        "module",
    )
