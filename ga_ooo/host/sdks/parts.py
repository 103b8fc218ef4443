"""The objects that stand-ins are made of. An attribute that they do not have ends the run."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from types import ModuleType
from typing import Any

from ga_ooo.errors import ModelError
from ga_ooo.host.sdks.closing import Closing
from ga_ooo.host.sdks.replies import RefuseName


class Named:
    """An object of an SDK, or one of its clients.

    Args:
        name: as host code writes it, such as ``openai.chat.completions``.
        refuse: ends the run.
    """

    def __init__(self, name: str, refuse: RefuseName, /, **parts: Any) -> None:
        vars(self).update(parts, _name=name, _refuse=refuse)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            # Asked for by libraries that look at an object: copy, inspect, typing.
            raise AttributeError(name)
        own = [vars(kind) for kind in type(self).__mro__ if kind.__module__.startswith("ga_ooo.")]
        known = {each for parts in (vars(self), *own) for each in _public(parts)}
        self._refuse(f"{self._name}.{name}", known)


class Client(Named, Closing):
    """A client. Its settings are kept, and have no effect."""

    def with_options(self, **options: Any) -> Client:
        """The client with other settings, which have no effect either."""
        return self

    copy = with_options

    def close(self) -> Any:
        """Nothing to close; may be awaited."""
        return _Done()


class _Done:
    def __await__(self) -> Any:
        return iter(())


class SdkModule(ModuleType):
    """A module of an SDK.

    Args:
        name: dotted.
        refuse: ends the run.
        names: what it has.
        real: finds further names, which ask nothing, in the real package.
    """

    def __init__(
        self,
        name: str,
        refuse: RefuseName,
        names: Mapping[str, Any],
        real: Callable[[str], Any] | None = None,
    ) -> None:
        super().__init__(name, "Replacement that asks the model of the run.")
        vars(self).update(names, _refuse=refuse, _real=real)

    def __getattr__(self, name: str) -> Any:
        found = None if self._real is None else self._real(name)
        if found is not None:
            return found
        if name.startswith("_"):
            raise AttributeError(name)
        return self._refuse(f"{self.__name__}.{name}", _public(vars(self)))


def client_class(name: str, module: str, make: Callable[..., Client]) -> type:
    """A class of clients. It is a class, and no function, since host code has it in annotations."""

    def new(cls: type, *keys: Any, **settings: Any) -> Any:
        return make(*keys, **settings)

    return type(name, (), {"__new__": new, "__module__": module})


def asynchronous(function: Callable[..., Any]) -> Callable[..., Any]:
    """A function whose result must be awaited. It never waits: the fiber that asks does."""

    async def later(*values: Any, **arguments: Any) -> Any:
        return function(*values, **arguments)

    return later


def errors(names: Iterable[str]) -> dict[str, Any]:
    """Exceptions of an SDK by name, for the except clauses of host code. Only ModelError is ever
    raised."""
    return dict.fromkeys(names, ModelError)


def _public(parts: Mapping[str, Any]) -> list[str]:
    """The names that an error suggests: neither settings nor exceptions."""
    return [
        name
        for name, part in parts.items()
        if not name.startswith("_") and part is not None and part is not ModelError
    ]
