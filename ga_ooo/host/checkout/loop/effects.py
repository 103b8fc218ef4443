"""Which statements change nothing that the simulation depends on."""

from __future__ import annotations

import ast
from collections.abc import Collection
from typing import Final

_OUTPUT: Final = ("print", "traceback.print_exc", "logging.", "logger.", "log.", "pprint")
"""Calls that only write for the user. A run handles the prints of a host in its own way."""

_PURE: Final = frozenset(
    {
        *("bool", "check_if_file_exists", "dict", "float", "freeze", "int", "isinstance", "len"),
        *("list", "max", "min", "range", "round", "set", "sorted", "str", "sum", "tuple", "zip"),
        *("copy.copy", "copy.deepcopy", "datetime.datetime.now", "datetime.timedelta"),
        *("json.dumps", "os.getcwd", "time.time", "time.perf_counter", "time.monotonic"),
    }
)
_PURE_METHODS: Final = frozenset(
    {
        *("copy", "count", "endswith", "format", "get", "items", "join", "keys", "lower", "split"),
        *("startswith", "strftime", "strip", "total_seconds", "upper", "values"),
        *("get_curr_event_and_desc", "get_curr_obj_event_and_desc", "access_tile"),
    }
)
_FOLDERS: Final = frozenset({"os.mkdir", "os.makedirs", "create_folder_if_not_there"})
_WAITS: Final = frozenset({"time.sleep", "sleep"})

_OF_THE_LOOP: Final = frozenset(
    {
        *("blank", "curr_env_file", "curr_move_file", "curr_tile", "description", "env_retrieved"),
        *("game_obj_cleanup", "int_counter", "movements", "new_env", "new_tile", "next_tile"),
        *("pronunciatio", "self", "sim_folder"),
    }
)
"""Variables of the original's loop: another value would change its work."""


def is_harmless(node: ast.stmt, folders: Collection[str] = ()) -> bool:
    """Whether a statement, or the head of a compound one, changes nothing that matters.

    Args:
        node: the statement, without the statements in it.
        folders: names of variables that hold the path of the folder of movement files.
    """
    if isinstance(node, ast.Pass | ast.Import | ast.ImportFrom):
        return True
    if isinstance(node, ast.If | ast.While):
        return is_pure(node.test)
    if isinstance(node, ast.For):
        return is_pure(node.iter) and _is_own_variable(node.target)
    if isinstance(node, ast.Assign):
        return is_pure(node.value) and all(_is_own_variable(each) for each in node.targets)
    if isinstance(node, ast.AugAssign):
        return is_pure(node.value) and _is_own_variable(node.target)
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
        return _is_output(node.value) or _makes_movement_folder(node.value, folders)
    return isinstance(node, ast.Expr) and is_pure(node.value)


def is_pure(value: ast.expr) -> bool:
    """Whether the value of an expression is computed without an effect."""
    for node in ast.walk(value):
        if isinstance(node, ast.Await | ast.Yield | ast.YieldFrom | ast.NamedExpr):
            return False
        if isinstance(node, ast.Call):
            name = ast.unparse(node.func)
            is_known = name in _PURE or name.startswith("os.path.")
            if not is_known and name.rpartition(".")[2] not in _PURE_METHODS:
                return False
    return True


def _is_output(call: ast.Call) -> bool:
    name = ast.unparse(call.func)
    known = any(name == each or (each[-1] == "." and name.startswith(each)) for each in _OUTPUT)
    to_file = any(word.arg == "file" for word in call.keywords)
    return (known and not to_file and all(map(is_pure, call.args))) or name in _WAITS


def _makes_movement_folder(call: ast.Call, folders: Collection[str]) -> bool:
    given = ast.unparse(call.args[0]) if call.args else ""
    is_movement = "/movement" in given or "curr_move_file" in given or given in folders
    return ast.unparse(call.func) in _FOLDERS and is_movement


def _is_own_variable(target: ast.expr) -> bool:
    """Whether a target is a local variable, or an item of one, that the original does not have."""
    if isinstance(target, ast.Tuple):
        return all(_is_own_variable(each) for each in target.elts)
    while isinstance(target, ast.Subscript):
        target = target.value
    return isinstance(target, ast.Name) and target.id not in _OF_THE_LOOP
