"""The table of all accelerators, and switching them on."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from ga_ooo.errors import UsageError
from ga_ooo.host.accelerators import (
    action_end,
    idle,
    path,
    perceive,
    retrieval,
    save,
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
        name: the name for users.
        purpose: what it makes faster.
        install: puts it in place in the modules of the host.
    """

    name: str
    purpose: str
    install: Callable[[HostModules], None]


ACCELERATORS: Final[Mapping[str, Accelerator]] = {
    accelerator.name: accelerator
    for accelerator in (
        Accelerator("path", "path finding", path.install),
        Accelerator("perceive", "perception where nothing in sight is new", perceive.install),
        Accelerator("retrieval", "retrieval over embeddings", retrieval.install),
        Accelerator("action-end", "the check whether an action is over", action_end.install),
        Accelerator("idle", "moves in which nothing happens", idle.install),
        Accelerator("templates", "reading prompt templates", templates.install),
        Accelerator("save", "writing memories", save.install),
    )
}


def accelerator_names(choice: str) -> tuple[str, ...]:
    """The accelerators in the choice of a user.

    Args:
        choice: ``all``, ``none`` or a list of names such as ``path,retrieval``.

    Raises:
        UsageError: there is no such accelerator.
    """
    if choice == ALL:
        return tuple(ACCELERATORS)
    names = [] if choice in {NONE, ""} else [name.strip() for name in choice.split(",")]
    for name in names:
        if name not in ACCELERATORS:
            raise UsageError(
                f"there is no accelerator '{name}'",
                f"give all, none, or some of {','.join(ACCELERATORS)}",
            )
    return tuple(dict.fromkeys(names))


def install_accelerators(modules: HostModules, choice: str) -> dict[str, list[str]]:
    """Switch accelerators on, where the host has the functions that they were shown to equal.

    Args:
        modules: the host, imported.
        choice: see :func:`accelerator_names`.

    Returns:
        for each chosen accelerator, the functions that keep it off; an empty list if it is on.

    Raises:
        UsageError: there is no such accelerator.
    """
    # All are checked before the first is installed: the next may rely on a function that this one
    # replaces.
    found = {name: unrecognised_live(modules, name) for name in accelerator_names(choice)}
    for name, functions in found.items():
        if not functions:
            ACCELERATORS[name].install(modules)
    return found
