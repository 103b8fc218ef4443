"""The accelerators there are, and switching them on."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from ga_ooo.errors import UsageError
from ga_ooo.host.accelerators import (
    action_end,
    idle,
    memory_files,
    paths,
    retrieval,
    scan,
    templates,
)
from ga_ooo.host.accelerators.recognition import unrecognised_live
from ga_ooo.host.imported.modules import HostModules

ALL: Final = "all"
NONE: Final = "none"


@dataclass(frozen=True)
class Accelerator:
    """One accelerator.

    Attributes:
        name: as users spell it.
        purpose: what it makes faster.
        install: puts it in place in the host's modules.
    """

    name: str
    purpose: str
    install: Callable[[HostModules], None]


ACCELERATORS: Final[Mapping[str, Accelerator]] = {
    accelerator.name: accelerator
    for accelerator in (
        Accelerator("path", "path finding", paths.install),
        Accelerator("perceive", "the scan of a sight in which nothing is new", scan.install),
        Accelerator("retrieval", "retrieval over embeddings", retrieval.install),
        Accelerator("action-end", "the check whether an action is over", action_end.install),
        Accelerator("idle", "moves in which nothing happens", idle.install),
        Accelerator("templates", "reading prompt templates", templates.install),
        Accelerator("save", "writing memories", memory_files.install),
    )
}


def chosen(spelling: str) -> tuple[str, ...]:
    """The names in ``all``, ``none`` or a list such as ``path,retrieval``.

    Raises:
        UsageError: there is no such accelerator.
    """
    if spelling == ALL:
        return tuple(ACCELERATORS)
    names = [] if spelling in {NONE, ""} else [name.strip() for name in spelling.split(",")]
    for name in names:
        if name not in ACCELERATORS:
            raise UsageError(
                f"there is no accelerator '{name}'",
                f"give all, none, or some of {','.join(ACCELERATORS)}",
            )
    return tuple(dict.fromkeys(names))


def accelerate(modules: HostModules, spelling: str) -> dict[str, list[str]]:
    """Switch accelerators on, where the host's functions are known to them.

    Args:
        modules: the host, imported.
        spelling: see :func:`chosen`.

    Returns:
        for each one chosen, the functions that keep it off; none if it is on.

    Raises:
        UsageError: there is no such accelerator.
    """
    # All looked at before any is put in place: one may stand where another expects the host's.
    found = {name: unrecognised_live(modules, name) for name in chosen(spelling)}
    for name, strange in found.items():
        if not strange:
            ACCELERATORS[name].install(modules)
    return found
