"""Step files beyond the saved step of a simulation: a run that crashed after its last save, or a
user who copied files together, leaves them.

The host copies them when it forks the simulation, and its loop takes each environment file that
lies there for the answer of the frontend. The personas then jump to the tiles of the old run. So a
fork drops these files, for the engine and for the host's own loop alike.
"""

from __future__ import annotations

from pathlib import Path

from ga_ooo.disk import DISK, Disk


def later_step_files(folder: Path, step: int, disk: Disk = DISK) -> list[str]:
    """Files of steps that a simulation has not saved, by folder and in the order of steps.

    Args:
        folder: of the simulation.
        step: the saved step. ``environment/{step}.json`` belongs to the save,
            ``movement/{step}.json`` does not: it is the result of the next step.

    Returns:
        paths relative to ``folder``, such as ``environment/12.json``.
    """
    found: list[str] = []
    for kind, first in (("environment", step + 1), ("movement", step)):
        numbers = [
            int(name.removesuffix(".json"))
            for name in disk.names(folder / kind)
            if name.endswith(".json") and _is_number(name.removesuffix(".json"))
        ]
        found += [f"{kind}/{number}.json" for number in sorted(numbers) if number >= first]
    return found


def later_steps_notice(name: str, step: int, later: list[str] | tuple[str, ...]) -> str:
    """The sentence for a user about the files that a fork of a scenario drops."""
    shown = later[0] if len(later) == 1 else f"{later[0]} to {later[-1]}"
    files = "1 step file" if len(later) == 1 else f"{len(later)} step files"
    return (
        f"the scenario {name!r} is saved at step {step} and holds {files} of later steps "
        f"({shown}); the new simulation does not get them, because it has not taken these steps"
    )


def _is_number(text: str) -> bool:
    """Whether the host could have written this number: it has no leading zeros."""
    return text.isascii() and text.isdecimal() and text == str(int(text))
