"""Where the prints of the host go. The host prints complete prompts."""

from __future__ import annotations

import sys
import traceback
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Any, Final, TypeAlias

from ga_ooo.host.imported.modules import HostModules

Sink: TypeAlias = Callable[[str], None]
"""Takes each printed text with its end, usually a newline."""

_print_exc: Final = traceback.print_exc


class PrintRedirection:
    """A redirection of the host's prints, until :meth:`restore` or the end of the ``with``."""

    def __init__(self, modules: HostModules, sink: Sink | None) -> None:
        self._builtins = modules.builtins
        self._before = self._builtins["print"]
        self._builtins["print"] = _print_to(sink)
        self._traceback_before = traceback.print_exc
        traceback.print_exc = _traceback_to(sink, self._builtins)

    def restore(self) -> None:
        """End the redirection: prints go where they went before."""
        self._builtins["print"] = self._before
        traceback.print_exc = self._traceback_before

    def __enter__(self) -> PrintRedirection:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.restore()


def redirect_prints(modules: HostModules, sink: Sink | None) -> PrintRedirection:
    """Redirect the prints of host modules to ``sink``, from now on until they are restored.

    So are tracebacks that host code prints (``traceback.print_exc``). ``input`` and prints to
    another ``file`` are not redirected.

    Args:
        sink: takes the printed texts; None drops them.
    """
    return PrintRedirection(modules, sink)


def restore_prints(modules: HostModules) -> None:
    """Let host modules print to standard output; ends all redirections."""
    modules.builtins["print"] = print
    traceback.print_exc = _print_exc


def prints_are_dropped(modules: HostModules) -> bool:
    """Whether prints of host modules are dropped, so that their texts need not be computed."""
    return modules.builtins["print"] is _drop


def _drop(*values: object, file: Any = None, **more: Any) -> None:
    if file is not None and file is not sys.stdout:
        print(*values, file=file, **more)


def _print_to(sink: Sink | None) -> Callable[..., None]:
    if sink is None:
        return _drop

    def host_print(
        *values: object,
        sep: str | None = None,
        end: str | None = None,
        file: Any = None,
        flush: bool = False,
    ) -> None:
        if file is not None and file is not sys.stdout:
            print(*values, sep=sep, end=end, file=file, flush=flush)
        else:
            text = (" " if sep is None else sep).join(map(str, values))
            sink(text + ("\n" if end is None else end))

    return host_print


def _traceback_to(sink: Sink | None, builtins: Mapping[str, Any]) -> Callable[..., None]:
    """``traceback.print_exc``, for host code with its text given to the sink.

    Args:
        builtins: of host code, by which its frames are recognised.
    """

    def print_exc(limit: int | None = None, file: Any = None, chain: bool = True) -> None:
        if file is not None or sys._getframe(1).f_builtins is not builtins:
            _print_exc(limit, file, chain)
        elif sink is not None:
            sink(traceback.format_exc(limit, chain))

    return print_exc
