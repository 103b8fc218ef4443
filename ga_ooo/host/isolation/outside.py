"""What a move cannot take back: processes, sockets, threads, and the environment.

A rehearsal ends where it would begin one of these. A real move waits until its turn has come, so
that they happen in the order of the host's own loop, and does them; a move that starts over after
that does them again. Threads are refused: what they do has no place in any order.
"""

from __future__ import annotations

import logging
import os
import sys
from typing import Any, Final

from ga_ooo.errors import HostError
from ga_ooo.host.isolation.effects import Effects, at_work, stop_here

logger = logging.getLogger(__name__)

_OWN: Final = "ga_ooo."


def act_now(effects: Effects, name: str) -> None:
    """Wait in a real move until something can be done in order; end a rehearsal.

    Args:
        name: of the function that host code calls.
    """
    effects.act_now(f"it calls {name}, {host_line()}")


def connecting(effects: Effects, address: object) -> None:
    """Say once for each line of the host that it opens a connection in a move.

    A model that is asked in this way is not the model of the run.

    Args:
        address: of the server.
    """
    line = host_line()
    if effects.is_rehearsed or line in _noticed:
        return
    _noticed.add(line)
    host = ":".join(map(str, address[:2])) if isinstance(address, tuple) else address
    logger.warning(
        "%s opens a connection to %s in its move at step %d, %s. If a model answers there, its "
        "answers are neither concurrent nor recorded\n"
        "  remedy: let the host ask by a package that docs/sdks.md lists, or write a stand-in (the "
        "hook ga_ooo_sdk); nothing, if it asks no model",
        effects.move.name,
        host,
        effects.move.step,
        line,
    )


_noticed: set[str] = set()
"""Lines of the host that open connections, which the user knows of."""


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
    """The innermost line on the stack that is neither this package's, nor of the standard library,
    nor of an installed package."""
    frame = sys._getframe(1)
    while frame is not None:
        module = str(frame.f_globals.get("__name__", ""))
        is_library = module.partition(".")[0] in sys.stdlib_module_names
        if not (is_library or module.startswith(_OWN) or _is_installed(frame.f_code.co_filename)):
            return f"{frame.f_code.co_filename}, line {frame.f_lineno}"
        if frame.f_back is None:
            break
        frame = frame.f_back
    return "at an unknown line"


def _is_installed(file: str) -> bool:
    return "site-packages" in file or "dist-packages" in file


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
