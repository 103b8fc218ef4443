"""What a move cannot take back: processes, sockets, threads, and the environment.

A rehearsal ends where it would begin one of these. A real move waits until its turn has come, so
that they happen in the order of the host's own loop, and does them; a move that starts over after
that does them again. Threads are refused: what they do has no place in any order.
"""

from __future__ import annotations

import os
import sys
from typing import Any, Final

from ga_ooo.errors import HostError
from ga_ooo.host.isolation.effects import Effects, at_work, stop_here

_OWN: Final = "ga_ooo."


def act_now(effects: Effects, name: str) -> None:
    """Wait in a real move until something can be done in order; end a rehearsal.

    Args:
        name: of the function that host code calls.
    """
    effects.act_now(f"it calls {name}, {host_line()}")


def refuse_thread(effects: Effects) -> None:
    """End the run: a move starts a thread."""
    if effects.is_rehearsed:
        effects.end_rehearsal("it starts a thread")
    stop_here(
        HostError(
            f"{effects.move.name} starts a thread in its move at step {effects.move.step}, "
            f"{host_line()}: threads of a move run at no known point of the simulation",
            "call the function in place of the thread, or run this host with --mode lockstep",
        )
    )


def host_line() -> str:
    """The innermost line on the stack that is neither this package's nor of the library."""
    frame = sys._getframe(1)
    while frame is not None:
        module = str(frame.f_globals.get("__name__", ""))
        if not module.startswith(_OWN) and module.partition(".")[0] not in sys.stdlib_module_names:
            return f"{frame.f_code.co_filename}, line {frame.f_lineno}"
        if frame.f_back is None:
            break
        frame = frame.f_back
    return "at an unknown line"


class Environment:
    """Stands in for reads and writes of ``os.environ`` in moves.

    A rehearsal has changes of its own; a real move that changes a variable waits for its turn.
    """

    def get(self, effects: Effects, own: Any, environ: Any, key: Any) -> Any:
        """See ``os.environ.__getitem__``."""
        private = effects.private.get(id(environ))
        if private is not None and key in private:
            if private[key] is None:
                raise KeyError(key)
            return private[key]
        effects.reading(_resource(key))
        return own(environ, key)

    def set(self, effects: Effects, own: Any, environ: Any, key: Any, value: Any) -> None:
        """See ``os.environ.__setitem__``."""
        if effects.is_rehearsed:
            environ.encodevalue(value)
            effects.private.setdefault(id(environ), {})[key] = value
            return
        self._change(effects, environ, key)
        own(environ, key, value)

    def delete(self, effects: Effects, own: Any, environ: Any, key: Any) -> None:
        """See ``os.environ.__delitem__``."""
        if effects.is_rehearsed:
            environ[key]
            effects.private.setdefault(id(environ), {})[key] = None
            return
        self._change(effects, environ, key)
        own(environ, key)

    def _change(self, effects: Effects, environ: Any, key: Any) -> None:
        effects.writing(_resource(key))
        effects.act_now("it changes the environment")
        with at_work():
            before = environ.get(key)

        def undo() -> None:
            if before is None:
                environ.pop(key, None)
            else:
                environ[key] = before

        effects.undo.append(undo)
        effects.order.undo.about_to_do(undo)


def _resource(key: Any) -> str:
    return f"the environment variable {os.fsdecode(key)}"
