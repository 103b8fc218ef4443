"""Counts how often the host accepts no answer of the model and uses its fail-safe instead.

The functions of the host that ask until they can use an answer take the check as a parameter
``func_validate`` (upstream: ``safe_generate_response`` and others in ``gpt_structure.py``).
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from types import FunctionType, ModuleType
from typing import Any, Final

_CHECK: Final = "func_validate"


class AnswerChecks:
    """Counts of one run.

    Attributes:
        requests: requests whose answers the host checked.
        fail_safes: those of them of which it accepted no answer.
    """

    def __init__(self) -> None:
        self.requests = 0
        self.fail_safes = 0

    @contextmanager
    def counting(self, modules: Mapping[str, ModuleType]) -> Iterator[None]:
        """While entered, the requests of these modules of the host are counted."""
        replaced: list[tuple[ModuleType, str, FunctionType]] = []
        counted: dict[FunctionType, Callable[..., Any]] = {}
        for module in list(modules.values()):
            for name, value in list(vars(module).items()):
                if isinstance(value, FunctionType) and _takes_check(value):
                    if value not in counted:
                        counted[value] = self._counted(value)
                    setattr(module, name, counted[value])
                    replaced.append((module, name, value))
        try:
            yield
        finally:
            for module, name, value in replaced:
                setattr(module, name, value)

    def _counted(self, own: FunctionType) -> Callable[..., Any]:
        signature = inspect.signature(own)

        @functools.wraps(own)
        def counting(*args: Any, **options: Any) -> Any:
            given = signature.bind(*args, **options)
            check = given.arguments.get(_CHECK)
            if check is None:
                return own(*args, **options)
            accepted = []

            def checking(*args: Any, **options: Any) -> Any:
                result = check(*args, **options)
                if result:
                    accepted.append(True)
                return result

            given.arguments[_CHECK] = checking
            answer = own(*given.args, **given.kwargs)
            self.requests += 1
            self.fail_safes += not accepted
            return answer

        return counting


def _takes_check(function: FunctionType) -> bool:
    code = function.__code__
    return _CHECK in code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
