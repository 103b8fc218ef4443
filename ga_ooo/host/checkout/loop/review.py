"""The work in the loop of a fork besides the original's, and which of it the engine can do."""

from __future__ import annotations

import ast
import hashlib
import tomllib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from typing import Final, TypeGuard

from ga_ooo.host.checkout.loop.effects import Effects
from ga_ooo.host.checkout.loop.statements import (
    LoopStatement,
    Part,
    loop_statements,
    server_methods,
)
from ga_ooo.host.checkout.loop.turn_work import TurnWork, work_at_the_end

_REQUESTS: Final = "_request"
"""Methods that mention it answer requests of the frontend, which come seldom."""

_HEADLESS: Final = "headless"
"""The flag under which a loop writes the files that a browser would write."""

_ENVIRONMENT: Final = "env"
"""Statements that mention it write these files."""

_COUNTING: Final = frozenset({"the step is counted", "the time goes by"})


@dataclass(frozen=True)
class LoopReview:
    """The loop of a host.

    Attributes:
        methods: called at the top of each turn, in their order. Those that answer requests of the
            frontend are called when a request exists, with all personas at one step.
        each_step: those of them that answer no request. The engine calls all of them between
            steps, so no persona may be ahead of another one.
        at_the_end: statements that run in their place at the end of a turn. The engine runs them
            between steps too.
        flags: statements under a condition that is off unless the user switches it on, by the
            attribute of the server. ``headless`` is not among them: the engine does its work.
        refused: statements that the engine cannot do.
        missing: work of the original that the loop does not do.
    """

    methods: tuple[str, ...] = ()
    each_step: tuple[str, ...] = ()
    at_the_end: TurnWork = TurnWork()
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
    return _Reviewer(server_methods(module), statements, _imported(module)).review()


class _Reviewer:
    """Judges the statements of one loop.

    Args:
        methods: of the server.
        statements: of the loop.
    """

    def __init__(
        self,
        methods: Mapping[str, ast.FunctionDef],
        statements: Sequence[LoopStatement],
        imported: Collection[str],
    ) -> None:
        self._methods = methods
        self._statements = statements
        self._off = _flags_that_are_off(methods)
        self._effects = Effects([each.node for each in statements], imported)
        self._done: list[str] = []
        self._positions: list[int] = []
        self._counted: list[int] = []
        self._seen: set[str] = set()
        self._called: list[str] = []
        self._refused: list[LoopStatement] = []
        self._flagged: dict[str, list[LoopStatement]] = {}

    def review(self) -> LoopReview:
        """Judge all of them."""
        for number, statement in enumerate(self._statements):
            self._judge(number, statement)
        work, refused = work_at_the_end(
            self._statements,
            self._positions,
            self._counted,
            self._refused,
            _parameters(self._methods),
        )
        answers = {name for name in self._called if _REQUESTS in ast.unparse(self._methods[name])}
        return LoopReview(
            tuple(self._called),
            tuple(name for name in self._called if name not in answers),
            work,
            {name: _shown(found) for name, found in self._flagged.items()},
            _shown(refused),
            tuple(role for role in _table()["work"] if role not in self._done),
        )

    def _judge(self, number: int, statement: LoopStatement) -> None:
        flag = self._flag_of(statement)
        if flag is not None and not self._is_needed_under(flag, statement):
            name = flag.removeprefix("self.")
            if name not in (flag, _HEADLESS):
                self._flagged.setdefault(name, []).append(statement)
        elif self._is_done_by_the_engine(number, statement) or self._is_harmless(statement):
            return
        elif statement.method in self._methods and self._is_at_top(statement):
            self._called.append(str(statement.method))
        else:
            self._refused.append(statement)

    def _flag_of(self, statement: LoopStatement) -> str | None:
        """The condition around a statement, or in it, that is off by default."""
        for head in (*statement.heads, statement.text):
            if head.startswith("if "):
                test = ast.parse(head[3:].rstrip(":"), mode="eval").body
                parts = test.values if _is_and(test) else [test]
                for part in map(ast.unparse, parts):
                    if part in self._off:
                        return part
        return None

    def _is_needed_under(self, flag: str, statement: LoopStatement) -> bool:
        """Whether the engine, which runs with this flag on, does not do the statement's work."""
        if flag.removeprefix("self.") != _HEADLESS:
            return False
        return _ENVIRONMENT not in statement.source and not self._is_harmless(statement)

    def _is_harmless(self, statement: LoopStatement) -> bool:
        hides = isinstance(statement.node, ast.For) and statement.text in statement.heads
        return self._effects.is_harmless(statement.node) and not hides

    def _is_done_by_the_engine(self, number: int, statement: LoopStatement) -> bool:
        """Whether a statement is the original's, done once and in the original's order."""
        mark = digest(_path(statement))
        if mark not in _known() or mark in self._seen:
            return False
        role = _known()[mark]
        if role is not None:
            order = list(_table()["work"])
            if self._done and order.index(role) < order.index(self._done[-1]):
                return False
            self._done.append(role)
            if role in _COUNTING:
                self._counted.append(number)
        self._positions.append(number)
        self._seen.add(mark)
        return True

    def _is_at_top(self, statement: LoopStatement) -> bool:
        """Whether a statement runs in every turn before the loop ends or anybody moves."""
        if statement.part is not Part.TURN or statement.heads:
            return False
        later = self._statements[self._statements.index(statement) :]
        return any(isinstance(each.node, ast.Break) for each in later)


def _path(statement: LoopStatement) -> str:
    """A statement with what is around it, without the tests for the environment file."""
    heads = [head for head in statement.heads if digest(head) not in _table()["guards"]["heads"]]
    return "\n".join((statement.part, *heads, statement.text))


def _parameters(methods: Mapping[str, ast.FunctionDef]) -> set[str]:
    """Names of the parameters of all methods but the server itself."""
    return {
        argument.arg
        for method in methods.values()
        for argument in [*method.args.args[1:], *method.args.kwonlyargs]
    }


def _is_and(test: ast.expr) -> TypeGuard[ast.BoolOp]:
    return isinstance(test, ast.BoolOp) and isinstance(test.op, ast.And)


def _imported(module: ast.Module) -> set[str]:
    """Names of the modules that a module imports."""
    return {
        each.asname or each.name.partition(".")[0]
        for node in module.body
        if isinstance(node, ast.Import)
        for each in node.names
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
def _known() -> Mapping[str, str | None]:
    """Kind of work by fingerprint; None for statements that only prepare it."""
    table = _table()
    known: dict[str, str | None] = dict.fromkeys(table["other"]["statements"])
    return known | {each: role for role, digests in table["work"].items() for each in digests}
