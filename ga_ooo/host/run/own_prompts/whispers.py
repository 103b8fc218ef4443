"""Whispers to personas during a run: the host's ``load_history_via_whisper``, between two steps.

The host makes a thought of the text by its model, and adds it to the memory of one persona. The
engine does this when all personas are at one step, so it equals a whisper between two steps of the
host's own loop. Each whisper has its step in the record of the run: a resumed run and
``ga-ooo verify`` give it again at this step.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from typing import Any, Final

from ga_ooo.errors import HostError, UsageError
from ga_ooo.host.durable.whispers import MOST_CHARACTERS, Whisper
from ga_ooo.host.imported.gateway import Gateway
from ga_ooo.host.imported.host_errors import errors_folder
from ga_ooo.host.run.imported_host import ImportedHost

_FUNCTION: Final = "load_history_via_whisper"


class Whispers:
    """The whispers of one run.

    Attributes:
        given: so many of the planned whispers are part of the present state.
        changed: called when a whisper was given.
    """

    def __init__(self, host: ImportedHost, gateway: Gateway) -> None:
        self.given = 0
        self.changed: Callable[[], None] = lambda: None
        self._host = host
        self._gateway = gateway
        self._planned: list[Whisper] = []
        self._asked: deque[tuple[str, str]] = deque()
        self._names: tuple[str, ...] = ()
        self._keep: Callable[[tuple[Whisper, ...]], None] | None = None

    # --- before the first step -------------------------------------------------------------------

    def plan(self, whispers: Sequence[Whisper], server: Any, end: int) -> None:
        """The whispers that are known when the run begins or continues.

        Args:
            whispers: by step; :attr:`given` of them are part of the server's state.
            server: of the host.
            end: the step after the last one of the run.

        Raises:
            UsageError: a whisper is for nobody, or for a step that the run does not take.
            HostError: this host has no whispers.
        """
        self._names = tuple(server.personas)
        for whisper in whispers[self.given :]:
            if whisper.persona not in self._names:
                raise UsageError(
                    f"a whisper is for {whisper.persona!r}, and there is no such persona",
                    f"name one of: {', '.join(self._names)}",
                )
            if not server.step <= whisper.step:
                raise UsageError(
                    f"a whisper is for step {whisper.step}, and the run begins at {server.step}",
                    f"give a step from {server.step} to {end - 1}",
                )
        if problem := self._problem() if whispers[self.given :] else "":
            raise HostError(problem, "run this host without whispers")
        self._planned = list(whispers)

    def keep_by(self, keep: Callable[[tuple[Whisper, ...]], None]) -> None:
        """From now on whispers may be asked for: they are kept before they are given."""
        self._keep = keep

    @property
    def planned(self) -> tuple[Whisper, ...]:
        """All whispers with a step, those that were given first."""
        return tuple(self._planned)

    # --- during the run --------------------------------------------------------------------------

    @property
    def waiting(self) -> int:
        """Whispers that were asked for, and are not given."""
        return len(self._asked)

    def ask(self, persona: str, text: str) -> str:
        """Whisper to a persona at the next step that nobody has begun.

        Returns:
            why that cannot be done; empty if it will be.
        """
        if self._keep is None:
            return "this run has no checkpoints, so a whisper could not be given again"
        if persona not in self._names:
            return f"there is no persona {persona!r}"
        if not 0 < len(text.strip()) <= MOST_CHARACTERS:
            return f"a whisper has 1 to {MOST_CHARACTERS:,} characters"
        problem = self._problem()
        if not problem:
            self._asked.append((persona, text.strip()))
        return problem

    def are_due(self, step: int, until: int) -> bool:
        """Whether there are whispers to give when all personas have reached a step.

        Args:
            until: the step after the last one; a whisper there belongs to a longer run.
        """
        return step < until and (bool(self._asked) or self._is_next(step))

    def steps(self, begin: int, until: int) -> list[int]:
        """The steps of planned whispers, from one step until before another one."""
        steps = {whisper.step for whisper in self._planned[self.given :]}
        return sorted(step for step in steps if begin <= step < until)

    def give(self, server: Any, step: int) -> None:
        """Give all whispers that are due. All personas of the server are at this step.

        Raises:
            RunStoppedError: the record of the run cannot be written.
            HostError: host code failed.
            ModelError: the model did not answer, outside of a fiber.
        """
        while self._asked:
            # Behind those that are due, and before those of later steps.
            at = self.given
            while at < len(self._planned) and self._planned[at].step <= step:
                at += 1
            self._planned.insert(at, Whisper(step, *self._asked[0]))
            assert self._keep is not None
            self._keep(self.planned)
            self._asked.popleft()
        while self._is_next(step):
            self._give(server, self._planned[self.given])
            self.given += 1
        self.changed()

    def _is_next(self, step: int) -> bool:
        return self.given < len(self._planned) and self._planned[self.given].step <= step

    def _give(self, server: Any, whisper: Whisper) -> None:
        whisper_to = vars(self._host.modules.reverie)[_FUNCTION]
        with self._host.naming_errors(
            f"it whispered to {whisper.persona} before step {whisper.step}",
            "correct the code of the host; a persona has no game time before its first step",
            errors_folder() / "whisper.txt",
        ):
            whisper_to(server.personas, [[whisper.persona, whisper.text]])
        if self._gateway.error is not None:
            raise self._gateway.error

    def _problem(self) -> str:
        """Why nothing can be whispered in this host; empty if something can."""
        if not callable(vars(self._host.modules.reverie).get(_FUNCTION)):
            return f"this host has no whispers: its reverie.py has no function {_FUNCTION}"
        if self._host.loop_work.exists:
            return (
                "the loop of this host does work of its own between steps, and whether a whisper "
                "comes before or after it is not known"
            )
        return ""
