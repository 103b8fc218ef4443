"""Where the host's prints go: it prints whole prompts."""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import TracebackType
from typing import Any

from ga_ooo.host.imported.modules import HostModules

Sink = Callable[[str], None]


class PrintRedirection:
    """The host's prints go elsewhere until :meth:`restore`, or until the ``with`` ends."""

    def __init__(self, modules: HostModules, sink: Sink | None) -> None:
        self._builtins = modules.builtins
        self._before = self._builtins["print"]
        self._builtins["print"] = _print_to(sink)

    def restore(self) -> None:
        """Let prints go where they went before."""
        self._builtins["print"] = self._before

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
    """Send all that host modules print to ``sink``, at once and until restored.

    ``input`` and prints to an explicit ``file`` are left alone.

    Args:
        sink: is given each printed text with its end (usually a newline); None drops them.
    """
    return PrintRedirection(modules, sink)


def restore_prints(modules: HostModules) -> None:
    """Let host modules print to standard output, whatever was redirected before."""
    modules.builtins["print"] = print


def prints_are_dropped(modules: HostModules) -> bool:
    """Whether nobody takes what host modules print, so that it need not be made up."""
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
