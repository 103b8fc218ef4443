"""The work of a fork in its own loop, done between steps on a server as its loop would find it."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from ga_ooo.errors import HostError, RunStoppedError
from ga_ooo.host.checkout.loop.guards import step_guard
from ga_ooo.host.checkout.loop.turn_work import compile_work
from ga_ooo.host.checkout.recipe import LOCKSTEP_REMEDY, HostRecipe
from ga_ooo.host.checkout.source import LOOP_FILE


class LoopWork:
    """That work of one host.

    Args:
        recipe: says what the work is.
        reverie: the host's ``reverie`` module.
        storage: folder of simulations.
        naming_errors: names the line of the host for errors of the server, given what the server
            was doing.
    """

    def __init__(
        self,
        recipe: HostRecipe,
        reverie: Any,
        storage: Path,
        naming_errors: Callable[[Any, str], AbstractContextManager[None]],
    ) -> None:
        self._recipe = recipe
        self._storage = storage
        self._naming_errors = naming_errors
        # As the host gives it to its own loop: relative to its backend folder.
        self._fs_storage = getattr(reverie, "fs_storage", storage)
        names, file = vars(reverie), str(reverie.__file__)
        self._before_count = compile_work(recipe.at_the_end.before_count, file, names)
        self._after_count = compile_work(recipe.at_the_end.after_count, file, names)

        self._guards_before = [step_guard(each) for each in recipe.at_the_end.before_count]
        self._guards_after = [step_guard(each) for each in recipe.at_the_end.after_count]

    @property
    def is_between_steps(self) -> bool:
        """Whether there is work that no request asks for."""
        return self._recipe.each_step or bool(self._recipe.at_the_end)

    @property
    def exists(self) -> bool:
        """Whether there may be work between some steps."""
        return self.is_between_steps or bool(self._recipe.loop_methods)

    def due(self, first: int, until: int) -> Iterator[int]:
        """The steps, from ``first`` to ``until``, before which there may be such work."""
        if self.is_between_steps:
            yield from filter(self._is_due, range(first, until + 1))

    def _is_due(self, step: int) -> bool:
        if self._recipe.each_step or any(can_act(step) for can_act in self._guards_after):
            return True
        return any(can_act(step - 1) for can_act in self._guards_before)

    def is_pending(self, server: Any) -> bool:
        """Whether there is work now, such as a request that nobody has answered."""
        recipe = self._recipe
        return bool(recipe.loop_methods) and recipe.loop_pending(self._storage / server.sim_code)

    def refuse_flags(self, server: Any) -> None:
        """Refuse a server on which the user has switched on work that only its own loop does.

        Raises:
            HostError: names the attribute and the lines.
        """
        for name, lines in self._recipe.flags.items():
            if getattr(server, name, None):
                raise HostError(
                    f"{name} is on, and only the host's own loop does what that means "
                    f"({LOOP_FILE}, {lines})",
                    "switch it off, or run this host with --mode lockstep",
                )

    def do(self, server: Any, environment: Path, last_time: datetime.datetime | None) -> None:
        """Do the work. All personas of the server are at its step.

        Args:
            environment: the environment file of the step.
            last_time: game time of the step before; None if the loop has just begun.

        Raises:
            RunStoppedError: the work failed, or changed what only the engine may change.
        """
        before = _state(server, environment)
        if last_time is not None:
            self._end_turn(server, last_time)
        for method in self._recipe.loop_methods:
            with self._naming_errors(server, f"its loop called {method}"):
                getattr(server, method)()
        after = _state(server, environment)
        refuse_changes((name for name in before if before[name] != after[name]), server.step)

    def _end_turn(self, server: Any, last_time: datetime.datetime) -> None:
        folder = f"{self._fs_storage}/{server.sim_code}"
        step, time = server.step, server.curr_time
        server.step, server.curr_time = step - 1, last_time
        with self._naming_errors(server, "its loop ended a turn"):
            self._before_count(server, folder)
            server.step, server.curr_time = step, time
            self._after_count(server, folder)


def refuse_changes(changed: Iterable[str], step: int) -> None:
    """End a run in which the work of a fork has changed what the engine keeps itself.

    Args:
        changed: the things that changed.
        step: before which they did.

    Raises:
        RunStoppedError: something changed.
    """
    things = ", ".join(changed)
    if things:
        raise RunStoppedError(
            f"the loop of this host changed {things} before step {step}, and the engine cannot "
            "follow such a change",
            LOCKSTEP_REMEDY,
        )


def _state(server: Any, environment: Path) -> dict[str, Any]:
    """What the engine keeps itself."""
    return {
        "self.step": server.step,
        "self.curr_time": server.curr_time,
        "self.personas": list(server.personas.items()),
        "self.personas_tile": dict(server.personas_tile),
        "the environment file": environment.read_bytes() if environment.exists() else None,
    }
