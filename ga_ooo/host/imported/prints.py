"""Where the prints of the host go. The host prints complete prompts."""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import TracebackType
from typing import Any, TypeAlias

from ga_ooo.host.imported.modules import HostModules

Sink: TypeAlias = Callable[[str], None]
"""Takes each printed text with its end, usually a newline."""


class PrintRedirection:
    """A redirection of the host's prints, until :meth:`restore` or the end of the ``with``."""

    def __init__(self, modules: HostModules, sink: Sink | None) -> None:
        self._builtins = modules.builtins
        self._before = self._builtins["print"]
        self._builtins["print"] = _print_to(sink)

    def restore(self) -> None:
        """End the redirection: prints go where they went before."""
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
    """Redirect the prints of host modules to ``sink``, from now on until they are restored.

    ``input`` and prints to another ``file`` are not redirected.

    Args:
        sink: takes the printed texts; None drops them.
    """
    return PrintRedirection(modules, sink)


def restore_prints(modules: HostModules) -> None:
    """Let host modules print to standard output; ends all redirections."""
    modules.builtins["print"] = print


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
