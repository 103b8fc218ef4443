"""Errors of code that nobody waits for: callbacks and tasks of the event loop.

asyncio only logs such an error, and a call that the code would have answered waits forever. So the
error ends the run in order, as a failed call does.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from ga_ooo.errors import GaOooError, RunStoppedError


@contextmanager
def ending_on_defects(
    loop: asyncio.AbstractEventLoop, stop: Callable[[BaseException], None]
) -> Iterator[None]:
    """While entered, call ``stop`` with the error of a callback, or of a task without a reader.

    Errors of connections, which asyncio reports in the same way, are left to the callers: their
    requests fail.
    """
    before = loop.get_exception_handler()

    def handle(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        error = context.get("exception")
        if isinstance(error, Exception) and ("handle" in context or "future" in context):
            stop(error if isinstance(error, GaOooError) else _defect(error))
        elif before is not None:
            before(loop, context)
        else:
            loop.default_exception_handler(context)

    loop.set_exception_handler(handle)
    try:
        yield
    finally:
        loop.set_exception_handler(before)


def _defect(error: Exception) -> RunStoppedError:
    stopped = RunStoppedError(
        f"a background task of the run failed: {type(error).__name__}: {error}",
        "this is a defect of ga_ooo or of a plugin, please report it; resume the run from the "
        "step that was saved",
    )
    stopped.__cause__ = error
    return stopped
