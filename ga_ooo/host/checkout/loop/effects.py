"""Which statements change nothing that the simulation depends on."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterable
from typing import Final

from ga_ooo.host.checkout.loop.normal_form import ITEM, item_name

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
_MAKES_NEW: Final = frozenset({"dict", "float", "int", "len", "list", "set", "str", "time.time"})
_NEW: Final = (
    *(ast.BinOp, ast.Compare, ast.Constant, ast.Dict, ast.JoinedStr, ast.List, ast.Set),
    *(ast.DictComp, ast.ListComp, ast.SetComp),
)
_FOLDERS: Final = frozenset({"os.mkdir", "os.makedirs", "create_folder_if_not_there"})
_WAITS: Final = frozenset({"time.sleep", "sleep"})

OF_THE_LOOP: Final = frozenset(
    {
        *("blank", "curr_env_file", "curr_move_file", "curr_tile", "description", "env_retrieved"),
        *("game_obj_cleanup", "int_counter", "movements", "new_env", "new_tile", "next_tile"),
        *("pronunciatio", "self", "sim_folder"),
    }
)
"""Variables of the original's loop: another value would change its work."""


class Effects:
    """Judges the statements of one loop by their effects.

    Args:
        nodes: all of them, in their normal form.
        imported: names of the modules that ``reverie.py`` imports.
    """

    def __init__(self, nodes: Iterable[ast.stmt], imported: Collection[str]) -> None:
        assigned: dict[str, list[ast.expr]] = {}
        for node in nodes:
            if isinstance(node, ast.Assign):
                for target in node.targets:
                    assigned.setdefault(ast.unparse(target), []).append(node.value)
        self._imported = imported
        self._folders = {
            name for name, values in assigned.items() if all(map(_is_movement_folder, values))
        }
        self._fresh = {name for name, values in assigned.items() if all(map(_is_fresh, values))}

    def is_harmless(self, node: ast.stmt) -> bool:
        """Whether a statement, or the head of a compound one, changes nothing that matters."""
        if isinstance(node, ast.Pass | ast.Import | ast.ImportFrom):
            return True
        if isinstance(node, ast.If | ast.While):
            return self.is_pure(node.test)
        if isinstance(node, ast.For):
            return self.is_pure(node.iter) and _is_own_item(node.target, ast.unparse(node.iter))
        if isinstance(node, ast.Assign):
            return self.is_pure(node.value) and all(map(self._is_own_variable, node.targets))
        if isinstance(node, ast.AugAssign):
            # A list that the host refers to as well would grow; no list can take a number.
            is_own = self._is_fresh_target(node.target) or _is_number(node.value)
            return self.is_pure(node.value) and is_own and self._is_own_variable(node.target)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
            return self._is_output(node.value) or self._makes_movement_folder(node.value)
        return isinstance(node, ast.Expr) and self.is_pure(node.value)

    def is_pure(self, value: ast.expr) -> bool:
        """Whether the value of an expression is computed without an effect."""
        for node in ast.walk(value):
            if isinstance(node, ast.Await | ast.Yield | ast.YieldFrom | ast.NamedExpr):
                return False
            if isinstance(node, ast.Call) and not self._is_pure_call(node):
                return False
        return True

    def _is_pure_call(self, call: ast.Call) -> bool:
        name = ast.unparse(call.func)
        receiver, _, method = name.rpartition(".")
        if name in _PURE or name.startswith("os.path."):
            return True
        # A dictionary's ``get`` has an argument, a queue's has none.
        is_known = method in _PURE_METHODS and (method != "get" or bool(call.args))
        return is_known and bool(receiver) and receiver not in self._imported

    def _is_output(self, call: ast.Call) -> bool:
        name = ast.unparse(call.func)
        known = any(name == each or (each[-1] == "." and name.startswith(each)) for each in _OUTPUT)
        to_file = any(word.arg == "file" for word in call.keywords)
        return (known and not to_file and all(map(self.is_pure, call.args))) or name in _WAITS

    def _makes_movement_folder(self, call: ast.Call) -> bool:
        given = ast.unparse(call.args[0]) if call.args else ""
        is_movement = "/movement" in given or "curr_move_file" in given or given in self._folders
        return ast.unparse(call.func) in _FOLDERS and is_movement

    def _is_own_variable(self, target: ast.expr) -> bool:
        """Whether a target is a local variable, or an item of one, that the original lacks."""
        if isinstance(target, ast.Tuple):
            return all(map(self._is_own_variable, target.elts))
        if isinstance(target, ast.Subscript):
            # Through another name for it, an object of the host would change.
            if not self._is_fresh_target(target.value):
                return False
            while isinstance(target, ast.Subscript):
                target = target.value
        is_name = isinstance(target, ast.Name) and not target.id.startswith(ITEM)
        return is_name and ast.unparse(target) not in OF_THE_LOOP

    def _is_fresh_target(self, target: ast.expr) -> bool:
        return ast.unparse(target) in self._fresh


def _is_fresh(value: ast.expr) -> bool:
    """Whether an expression makes a new value that nothing else refers to."""
    if isinstance(value, ast.Call):
        return ast.unparse(value.func) in _MAKES_NEW
    return isinstance(value, _NEW)


def _is_movement_folder(value: ast.expr) -> bool:
    """Whether an expression is the path of the folder of the movement files."""
    if isinstance(value, ast.Call) and ast.unparse(value.func) == "os.path.dirname":
        return ast.unparse(value.args[0]) == "curr_move_file" if value.args else False
    return ast.unparse(value).endswith(("/movement'", "'movement')"))


def _is_number(value: ast.expr) -> bool:
    return isinstance(value, ast.Constant) and isinstance(value.value, int | float)


def _is_own_item(target: ast.expr, of: str) -> bool:
    """Whether a variable of a ``for`` stands for nothing else than the items of its loop."""
    parts = target.elts if isinstance(target, ast.Tuple) else [target]
    return all(
        isinstance(part, ast.Name) and part.id == item_name(number, of)
        for number, part in enumerate(parts)
    )
