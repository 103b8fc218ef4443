"""Code that has to do with shared variables asks here before it runs.

A real move that comes to such code waits until its turn has come, so that it finds what the moves
before it have left, and nobody else changes it until the move is over. A rehearsal gets copies of
its own, which are in place only while it runs.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from types import FunctionType, ModuleType
from typing import Any, Final

from ga_ooo.errors import RunStoppedError
from ga_ooo.host.isolation.effects import Effects, effects_here
from ga_ooo.host.isolation.memory.shared_state import SharedState
from ga_ooo.host.isolation.memory.variables import CannotCopyError, State, copy_of, put, state_of

_USES: Final = ("__call__", "__getitem__", "__setitem__", "__delitem__", "__iter__", "__contains__")


class SharedVariables:
    """The variables that the moves of a host share and change.

    Args:
        shared: as found in the host's source.

    Attributes:
        problem: why a rehearsal cannot have copies of them, with file and line; None if it can.
    """

    def __init__(self, shared: SharedState) -> None:
        self.shared = shared
        self.problem = self._try_to_copy()

    def use(self) -> None:
        """The move that is running is about to use one of them."""
        effects = effects_here()
        if effects is None or id(self) in effects.private:
            return
        effects.private[id(self)] = self
        if effects.is_rehearsed:
            try:
                copies = copy_of(self._now())
            except CannotCopyError as error:
                effects.end_rehearsal(str(error))
            effects.shelve(_Shelf(self, copies))
        else:
            effects.order.take_turn(effects)
            self._keep(effects)

    def replace(self, state: State) -> State:
        """Put another state in place. Returns the one that was there."""
        before = self._now()
        put(self.shared.variables, state)
        return before

    def _now(self) -> State:
        return state_of(self.shared.variables)

    def _keep(self, effects: Effects) -> None:
        try:
            before = copy_of(self._now())
        except CannotCopyError as error:
            problem = str(error)

            def refuse() -> None:
                raise RunStoppedError(
                    f"{effects.move.name} cannot start its move at step {effects.move.step} over: "
                    f"what it changed cannot be put back, because {problem}",
                    "correct the cause of the failure, then continue with `ga-ooo resume`",
                )

            effects.undo.append(refuse)
            return

        def undo() -> None:
            # Copied again: it may be put back a second time.
            put(self.shared.variables, copy_of(before))

        effects.undo.append(undo)
        effects.order.undo.about_to_do(undo, once=self)

    def _try_to_copy(self) -> str | None:
        for variable in self.shared.variables:
            try:
                copy_of(state_of([variable]))
            except CannotCopyError as error:
                return f"{variable.where}: moves change {variable.name}, and {error}"
        return None


class _Shelf:
    """The copies of one rehearsal, while it does not run."""

    def __init__(self, variables: SharedVariables, copies: State) -> None:
        self._variables = variables
        self._other = copies

    def swap(self) -> None:
        """Exchange what is in place with what is kept here."""
        self._other = self._variables.replace(self._other)


def install(variables: SharedVariables, modules: Mapping[str, ModuleType]) -> None:
    """Have all code of the host that uses shared variables ask first."""
    for function in variables.shared.functions:
        own = function.function
        if not isinstance(own, FunctionType):
            continue
        guarded = _guarded(own, variables.use)
        if function.owner is None:
            for module in modules.values():
                for name, value in list(vars(module).items()):
                    if value is own:
                        setattr(module, name, guarded)
        else:
            _replace_method(function.owner, function.name, own, guarded)
    for thing in variables.shared.objects:
        _guard_object(thing, variables.use)


def _guarded(own: FunctionType, use: Callable[[], None]) -> Callable[..., Any]:
    @functools.wraps(own)
    def guarded(*args: Any, **options: Any) -> Any:
        use()
        return own(*args, **options)

    del guarded.__wrapped__
    # What host code keeps as an attribute of the function is an attribute of both.
    guarded.__dict__ = own.__dict__
    return guarded


def _replace_method(owner: type, name: str, own: Any, guarded: Any) -> None:
    held = vars(owner)[name]
    kind = type(held)
    setattr(owner, name, kind(guarded) if kind in (staticmethod, classmethod) else guarded)


def _guard_object(thing: Any, use: Callable[[], None]) -> None:
    kind = type(thing)
    for name in {name for base in kind.__mro__[:-1] for name in vars(base)}:
        own = getattr(kind, name)
        if isinstance(own, FunctionType) and (not name.startswith("__") or name in _USES):
            setattr(kind, name, _guarded_method(own, thing, use))


def _guarded_method(own: Any, thing: Any, use: Callable[[], None]) -> Callable[..., Any]:
    @functools.wraps(own)
    def guarded(self: Any, *args: Any, **options: Any) -> Any:
        if self is thing:
            use()
        return own(self, *args, **options)

    return guarded
