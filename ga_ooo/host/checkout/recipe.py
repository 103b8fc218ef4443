"""The properties of one host or fork that a run depends on."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from ga_ooo.host.checkout.checkout import Checkout
from ga_ooo.host.checkout.loop.requests import requests_pending
from ga_ooo.host.checkout.loop.review import LoopReview, review_loop
from ga_ooo.host.checkout.loop.statements import LoopStatement
from ga_ooo.host.checkout.loop.turn_work import TurnWork
from ga_ooo.host.checkout.source import LOOP_FILE, SERVER, find_definition, parse_or_refuse

LOCKSTEP_REMEDY: Final = (
    "run this host with --mode lockstep; or, if you know that these lines change nothing in a "
    "simulation, write a plugin with ga_ooo_recognise_host that returns a recipe (docs/hooks.md)"
)
"""The remedy for a loop that the engine cannot replace."""


@dataclass(frozen=True)
class HostRecipe:
    """How to run a host.

    Attributes:
        name: the name for users.
        loop_methods: methods without arguments that ``start_server`` calls on ``self`` in every
            turn of its loop. The engine calls them when all personas are at one step.
        loop_pending: whether these methods have work to do, given the folder of the simulation.
        each_step: call them between all steps, whether or not there are requests; then no persona
            is ever ahead of another one by a step.
        at_the_end: statements at the end of a turn of the loop, which run between steps too, except
            at steps at which their condition is known to be false.
        flags: attributes of the server that switch on work which only the host's own loop does,
            each with the lines of that work.
        refusal: why the engine cannot take the place of the loop; empty if it can.
    """

    name: str
    loop_methods: tuple[str, ...] = ()
    loop_pending: Callable[[Path], bool] = requests_pending
    each_step: bool = False
    at_the_end: TurnWork = TurnWork()
    flags: Mapping[str, str] = field(default_factory=dict)
    refusal: str = ""


def read_recipe(checkout: Checkout) -> HostRecipe:
    """The recipe of a host with the structure of the original, read from its source.

    Raises:
        HostError: the source is not Python 3.
    """
    module = parse_or_refuse(checkout.backend / LOOP_FILE)
    review = review_loop(module)
    if review is None:
        return HostRecipe(checkout.recognised, refusal=no_loop(module)[0])
    return HostRecipe(
        checkout.recognised,
        review.methods,
        each_step=bool(review.each_step),
        at_the_end=review.at_the_end,
        flags={name: lines_of(statements) for name, statements in review.flags.items()},
        refusal=refusal_of(review),
    )


def no_loop(module: ast.Module) -> tuple[str, str]:
    """Problem and remedy for a host without a loop that moves personas."""
    server = find_definition(module, SERVER)
    for node in server.body if server is not None else ():
        if isinstance(node, ast.AsyncFunctionDef) and node.name == "start_server":
            return (
                f"{LOOP_FILE}, line {node.lineno}: start_server is asynchronous (async def), and "
                "the engine takes the place of a plain method only",
                "make it a plain method that moves personas one after another: the engine runs "
                "their model calls at the same time",
            )
    return (
        f"{SERVER}.start_server has no loop that moves personas",
        "restore reverie.py from the host's repository",
    )


def refusal_of(review: LoopReview) -> str:
    """Why the engine cannot take the place of a loop; empty if it can."""
    parts = []
    if review.refused:
        lines = "".join(f"\n  line {each.line}: {each.source}" for each in review.refused)
        parts.append(f"the loop in {LOOP_FILE} does work that the engine does not do:{lines}")
    if review.missing:
        parts.append(
            f"the loop in {LOOP_FILE} lacks work of the original, or does it in a way that is not "
            f"recognised: {', '.join(review.missing)}"
        )
    return "\n".join(parts)


def lines_of(statements: Iterable[LoopStatement]) -> str:
    """The lines of statements, such as ``lines 4, 7``."""
    lines = [str(each.line) for each in statements]
    return f"line {lines[0]}" if len(lines) == 1 else f"lines {', '.join(lines)}"


def first_line(statement: ast.stmt) -> str:
    """The source of a statement, for users; of a compound one the head."""
    return ast.unparse(statement).partition("\n")[0]
