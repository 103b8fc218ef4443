"""The stand-in for ``asyncio``: coroutines of host code run to their end at once.

A move is a plain function on the engine's own event loop, so ``asyncio.run`` would fail in it. The
stand-ins for SDKs never wait in the sense of asyncio: the fiber of the move does. So a coroutine
that awaits only them needs no event loop. Several at once are asked one after another, in the order
in which they are given, so that the result does not depend on time.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Generator, Iterator
from types import ModuleType
from typing import Any, Final

from ga_ooo.host.sdks.host_model import HostModel
from ga_ooo.host.sdks.parts import Named, SdkModule

_REMEDY: Final = (
    "ask the model with functions that are not asynchronous, or let the coroutine await only "
    "packages that docs/sdks.md lists"
)


class _Task:
    """A coroutine that has run to its end.

    Args:
        run: runs it.
        coroutine: of host code.
    """

    def __init__(self, run: Callable[[Any], Any], coroutine: Any) -> None:
        self._value: Any = None
        self._error: Exception | None = None
        try:
            self._value = run(coroutine)
        except Exception as error:
            self._error = error

    def result(self) -> Any:
        """What it returned."""
        if self._error is not None:
            raise self._error
        return self._value

    def exception(self) -> Exception | None:
        """What it raised."""
        return self._error

    def done(self) -> bool:
        """Whether it has ended."""
        return True

    def cancelled(self) -> bool:
        """Whether it was cancelled."""
        return False

    def cancel(self, *reason: Any) -> bool:
        """It is too late."""
        return False

    def add_done_callback(self, callback: Callable[[Any], Any], **context: Any) -> None:
        """Call a function with this task."""
        callback(self)

    def __await__(self) -> Generator[Any, None, Any]:
        yield from ()
        return self.result()


class _NoTimeout:
    """A context that never ends early."""

    async def __aenter__(self) -> _NoTimeout:
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        pass


class _Functions:
    """The functions of the module that need an event loop.

    Args:
        model: ends the run where a coroutine waits for something else.
    """

    def __init__(self, model: HostModel) -> None:
        self._model = model
        self.loop = Named(
            "asyncio event loop",
            model.refuse_name,
            run_until_complete=self.run,
            create_task=self.create_task,
            run_in_executor=lambda _, function, *values: self.to_thread(function, *values),
            close=lambda: None,
            stop=lambda: None,
            is_running=lambda: False,
            is_closed=lambda: False,
            set_debug=lambda _: None,
            time=lambda: 0.0,
        )

    def run(self, main: Any, **options: Any) -> Any:
        """Run a coroutine to its end."""
        if isinstance(main, _Task):
            return main.result()
        steps = main if hasattr(main, "send") else main.__await__()
        try:
            steps.send(None)
        except StopIteration as end:
            return end.value
        return self._model.refuse(
            f"the host awaits {getattr(main, '__qualname__', main)} in asyncio, and that waits for "
            "something other than the model",
            _REMEDY,
        )

    def create_task(self, coroutine: Any, **options: Any) -> _Task:
        """Run a coroutine now."""
        return _Task(self.run, coroutine)

    async def gather(self, *several: Any, return_exceptions: bool = False) -> list[Any]:
        """Run coroutines one after another."""
        results: list[Any] = []
        for each in several:
            try:
                results.append(await each)
            except Exception as error:
                if not return_exceptions:
                    raise
                results.append(error)
        return results

    async def wait(self, several: Any, **options: Any) -> tuple[set[Any], set[Any]]:
        """Run coroutines one after another: all are done, none is pending."""
        tasks = [each if isinstance(each, _Task) else self.create_task(each) for each in several]
        return set(tasks), set()

    def as_completed(self, several: Any, **options: Any) -> Iterator[Any]:
        """The coroutines, in the order in which they are given."""
        return iter(list(several))

    async def wait_for(self, one: Any, timeout: Any = None) -> Any:
        """Run a coroutine; there is no timeout."""
        return await one

    async def sleep(self, delay: float, result: Any = None) -> Any:
        """Sleep for no time."""
        return result

    async def to_thread(self, function: Callable[..., Any], *values: Any, **arguments: Any) -> Any:
        """Call a function in this thread."""
        return function(*values, **arguments)


def make(model: HostModel) -> dict[str, ModuleType]:
    """The modules ``asyncio`` and ``nest_asyncio``, which patches the former."""
    functions = _Functions(model)
    names = {
        **{name: getattr(functions, name) for name in vars(_Functions) if name[0] != "_"},
        "ensure_future": functions.create_task,
        "shield": lambda one: one,
        "timeout": lambda *_: _NoTimeout(),
        "get_event_loop": lambda: functions.loop,
        "get_running_loop": lambda: functions.loop,
        "new_event_loop": lambda: functions.loop,
        "set_event_loop": lambda _: None,
        "run_coroutine_threadsafe": lambda coroutine, _: functions.create_task(coroutine),
    }
    nested = SdkModule("nest_asyncio", model.refuse_name, {"apply": lambda *_: None})
    return {
        "asyncio": SdkModule("asyncio", model.refuse_name, names, _other_name),
        "nest_asyncio": nested,
    }


def _other_name(name: str) -> Any:
    return getattr(asyncio, name, None)
