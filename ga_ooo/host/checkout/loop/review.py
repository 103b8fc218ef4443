"""The work in the loop of a fork besides the original's, and which of it the engine can do."""

from __future__ import annotations

import ast
import hashlib
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from typing import Final

from ga_ooo.host.checkout.loop.effects import is_harmless
from ga_ooo.host.checkout.loop.statements import (
    LoopStatement,
    Place,
    loop_statements,
    server_methods,
)

_REQUESTS: Final = "_request"
"""Methods that mention it answer requests of the frontend, which come seldom."""

_DONE_BY_THE_ENGINE: Final = frozenset({"headless"})
"""Flags under which a loop writes the files that a browser would write."""


@dataclass(frozen=True)
class LoopReview:
    """The loop of a host.

    Attributes:
        methods: called at the top of each turn, in their order. Those that answer requests of the
            frontend are called when a request exists, with all personas at one step.
        each_step: those of them that answer no request. The engine calls all of them between
            steps, so no persona may be ahead of another one.
        flags: statements under a condition that is off unless the user switches it on, by the
            attribute of the server. ``headless`` is not among them: the engine does its work.
        refused: statements that the engine cannot do.
        missing: work of the original that the loop does not do.
    """

    methods: tuple[str, ...] = ()
    each_step: tuple[str, ...] = ()
    flags: Mapping[str, tuple[LoopStatement, ...]] = field(default_factory=dict)
    refused: tuple[LoopStatement, ...] = ()
    missing: tuple[str, ...] = ()

    @property
    def is_exact(self) -> bool:
        """Whether the engine does all that the loop does."""
        return not self.refused and not self.missing


def review_loop(module: ast.Module) -> LoopReview | None:
    """Compare a loop with the original's; None if ``start_server`` has no loop that moves personas.

    Args:
        module: ``reverie.py``.
    """
    statements = loop_statements(module)
    if statements is None:
        return None
    return _Reviewer(server_methods(module), statements).review()


class _Reviewer:
    """Judges the statements of one loop.

    Args:
        methods: of the server.
        statements: of the loop.
    """

    def __init__(
        self, methods: Mapping[str, ast.FunctionDef], statements: Sequence[LoopStatement]
    ) -> None:
        self._methods = methods
        self._statements = statements
        self._off = _flags_that_are_off(methods)
        self._folders = _movement_folders(statements)
        self._roles: set[str] = set()
        self._called: list[str] = []
        self._refused: list[LoopStatement] = []
        self._flagged: dict[str, list[LoopStatement]] = {}

    def review(self) -> LoopReview:
        """Judge all of them."""
        for statement in self._statements:
            self._judge(statement)
        answers = {name for name in self._called if _REQUESTS in ast.unparse(self._methods[name])}
        return LoopReview(
            tuple(self._called),
            tuple(name for name in self._called if name not in answers),
            {name: _shown(found) for name, found in self._flagged.items()},
            _shown(self._refused),
            tuple(role for role in _table()["work"] if role not in self._roles),
        )

    def _judge(self, statement: LoopStatement) -> None:
        heads = (*statement.heads, statement.text)
        flags = [head[3:].rstrip(":") for head in heads if head.startswith("if ")]
        on = next((flag for flag in flags if flag in self._off), None)
        if on is not None:
            name = on.removeprefix("self.")
            if name != on and name not in _DONE_BY_THE_ENGINE:
                self._flagged.setdefault(name, []).append(statement)
            return
        known = _known()
        role = known.get(digest(statement.text))
        is_always = all(digest(head) in known for head in statement.heads)
        if role is not None and is_always:
            self._roles.add(role)
        elif is_harmless(statement.node, self._folders):
            return
        elif is_always and statement.method in self._methods and self._is_at_top(statement):
            self._called.append(str(statement.method))
        else:
            self._refused.append(statement)

    def _is_at_top(self, statement: LoopStatement) -> bool:
        """Whether a statement runs in every turn before the loop ends or anybody moves."""
        if statement.place is not Place.TURN or statement.heads:
            return False
        later = self._statements[self._statements.index(statement) :]
        return any(isinstance(each.node, ast.Break) for each in later)


def _movement_folders(statements: Iterable[LoopStatement]) -> set[str]:
    """Variables that hold the path of the folder of movement files."""
    return {
        ast.unparse(each.node.targets[0])
        for each in statements
        if isinstance(each.node, ast.Assign)
        and ast.unparse(each.node.value).endswith(("/movement'", "'movement')"))
    }


def digest(text: str) -> str:
    """Fingerprint of a statement in its normal form: 12 hex digits."""
    return hashlib.blake2b(text.encode(), digest_size=6).hexdigest()


def _shown(statements: Iterable[LoopStatement]) -> tuple[LoopStatement, ...]:
    """One for each line: a statement may have several parts in its normal form."""
    return tuple({each.line: each for each in statements}.values())


def _flags_that_are_off(methods: Mapping[str, ast.FunctionDef]) -> set[str]:
    """Conditions that hold only if the user asks for it: parameters and attributes with a false
    default, and variables of the original compared with None."""
    flags = _false_parameters(methods["start_server"])
    construct = methods.get("__init__")
    if construct is not None:
        false = _false_parameters(construct)
        values: dict[str, set[str]] = {}
        for node in ast.walk(construct):
            if isinstance(node, ast.Assign) and len(node.targets) == 1:
                values.setdefault(ast.unparse(node.targets[0]), set()).add(ast.unparse(node.value))
        flags |= {
            target
            for target, given in values.items()
            if target.startswith("self.") and given <= false | {"False", "None"}
        }
    return flags | {"game_obj_cleanup is None"}


def _false_parameters(method: ast.FunctionDef) -> set[str]:
    arguments = method.args
    named = [
        *arguments.args[len(arguments.args) - len(arguments.defaults) :],
        *arguments.kwonlyargs,
    ]
    defaults = [*arguments.defaults, *arguments.kw_defaults]
    return {
        argument.arg
        for argument, default in zip(named, defaults, strict=True)
        if isinstance(default, ast.Constant) and not default.value
    }


@cache
def _table() -> Mapping[str, Mapping[str, list[str]]]:
    text = resources.files(__package__).joinpath("original.toml").read_text("utf-8")
    return tomllib.loads(text)


@cache
def _known() -> Mapping[str, str]:
    """Role by fingerprint."""
    table = _table()
    known = dict.fromkeys(table["other"]["statements"], "other")
    return known | {each: role for role, digests in table["work"].items() for each in digests}
