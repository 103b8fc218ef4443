"""What a user sees at the end of a run: where it is, what it took, and what can be done next."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import msgspec

from ga_ooo.api.execution import Job
from ga_ooo.api.results import RunResult
from ga_ooo.cli import arguments
from ga_ooo.costs import BudgetReachedError
from ga_ooo.errors import GaOooError
from ga_ooo.live import words
from ga_ooo.live.figures import Figures
from ga_ooo.options import SCRIPTED
from ga_ooo.options.settings import flags_for

_GAME_TIME: Final = "%B %d, %Y, %H:%M:%S"

_COMPARED_STEPS: Final = 360
"""Steps that ``verify`` takes in a few minutes at most."""


@dataclass(frozen=True)
class Asked:
    """How the user has asked for the run, for commands that follow it.

    Attributes:
        host: the host, as it was given.
        simulation: name of the simulation.
        scenario: that the run was forked from.
        steps: steps of each call of ``start_server``, from the beginning of the run.
        storage: the folder of simulations, if one was given.
    """

    host: Path
    simulation: str
    scenario: str
    steps: tuple[int, ...]
    storage: Path | None = None

    def command(self, name: str, *arguments: str) -> str:
        """A command line for this host."""
        storage = () if self.storage is None else ("--storage", str(self.storage))
        return shlex.join(["ga-ooo", name, str(self.host), *arguments, *storage])

    def longer(self) -> str:
        """The command line that makes the run longer."""
        more = "+".join(map(str, (*self.steps[:-1], 2 * self.steps[-1])))
        return self.command("resume", self.simulation, "--steps", more)


@dataclass(frozen=True)
class EndedRun:
    """A run that was to be resumed and has no step left.

    Attributes:
        asked: what the user has asked for.
        simulation: its folder.
        step: at which it has ended.
    """

    asked: Asked
    simulation: Path
    step: int

    def lines(self) -> list[str]:
        """What a user sees."""
        return [
            f"the run of {self.simulation} has ended at step {self.step}; there is nothing to "
            "resume, and nothing was written",
            f"next:\n  make this run longer:\n    {self.asked.longer()}",
        ]

    def as_data(self) -> dict[str, Any]:
        """The fields of the last JSON event."""
        return {
            "state": "ended",
            "simulation": str(self.simulation),
            "figures": msgspec.to_builtins(Figures(simulation=self.asked.simulation)),
            "next": [self.asked.longer()],
            "error": None,
        }


@dataclass
class Ending:
    """The end of a run.

    Attributes:
        asked: what the user has asked for.
        job: the run.
        result: counts and times; None if the run could not begin.
        figures: the last ones.
        error: the error that ended the run, if one of ours did.
        is_complete: all steps were taken.
    """

    asked: Asked
    job: Job
    result: RunResult | None = None
    figures: Figures = Figures()
    error: GaOooError | None = None
    is_complete: bool = False

    def lines(self) -> list[str]:
        """The summary as text; empty if the run could not begin."""
        if self.result is None or self.figures.step is None:
            return []
        trace = self.job.options.files.trace
        return [
            *self._where(),
            str(self.result),
            *([f"trace: {trace}"] if trace is not None and trace.exists() else []),
            "next:",
            *(f"  {about}:\n    {command}" for about, command in self.next()),
        ]

    def as_data(self) -> dict[str, Any]:
        """The fields of the last JSON event."""
        error = self.error
        return {
            "state": "ended" if self.is_complete else "stopped",
            "simulation": str(self.job.simulation),
            "figures": msgspec.to_builtins(self.figures),
            "next": [command for _, command in self.next()],
            "error": error
            and {
                "problem": error.problem,
                "remedy": error.remedy,
                "exit_code": error.exit_code,
            },
        }

    def next(self) -> list[tuple[str, str]]:
        """Up to three commands that make sense now, each with what it does."""
        if self.figures.step is None:
            return []
        asked, commands = self.asked, []
        if self._is_resumable and not self.is_complete:
            resume = asked.command("resume", asked.simulation, *self._larger_budget())
            commands.append(("continue this run", resume))
            commands.append(
                ("look for damage in its files", asked.command("check", asked.simulation))
            )
        elif self._is_resumable:
            commands.append(("make this run longer", asked.longer()))
        fork = ["--fork", asked.simulation, "--sim", f"{asked.simulation}-2", "--steps", "360"]
        commands.append(("begin another run where this one ended", asked.command("run", *fork)))
        if self.is_complete:
            commands.append(self._verify())
        return commands

    def _verify(self) -> tuple[str, str]:
        """How to compare with the host's own loop, with the same model where flags can name it."""
        asked, options = self.asked, self.job.options
        about = "compare with the host's own loop, byte by byte"
        flags = flags_for(options.run, arguments.OF_BOTH_SIDES)
        model = options.model
        if model.generative_urls and not options.serve.model:
            about += "; the model servers answer once more"
            flags += flags_for(model, arguments.SERVERS)
        else:
            if options.serve.model or model.servers or model.embedded_model != SCRIPTED:
                about += ", with the scripted model; --model-url takes model servers"
            flags += flags_for(model, ("model.embedding_width",))
        steps = str(min(sum(asked.steps), _COMPARED_STEPS))
        wanted = ["--fork", asked.scenario, "--steps", steps, *flags]
        return about, shlex.join(["ga-ooo", "verify", str(asked.host), *wanted])

    def _larger_budget(self) -> list[str]:
        """A flag without which the resumed run would stop at once."""
        error = self.error
        if not isinstance(error, BudgetReachedError) or error.cost.budget is None:
            return []
        return ["--budget", f"{2 * error.cost.budget:g}"]

    @property
    def _is_resumable(self) -> bool:
        run = self.job.options.run
        return self.job.is_begun or (run.checkpoints and run.mode == "ooo")

    def _where(self) -> list[str]:
        """Where the simulation is, and how far it got."""
        figures = self.figures
        lines = [f"saved: {self.job.simulation}"]
        times = [f"{time:{_GAME_TIME}}" for time in (figures.began, figures.time) if time]
        game_time = f"game time {' to '.join(times)}, " if len(times) == 2 else ""
        lines.append(f"{game_time}{figures.done:,} of {figures.total:,} steps")
        spoken = [words.count(figures.conversations, "conversation")]
        if figures.tokens_in or figures.tokens_out:
            spoken.append(f"{figures.tokens_in:,} tokens in, {figures.tokens_out:,} tokens out")
        lines.append(", ".join(spoken))
        lines += [f"cost: {each}" for each in words.cost(figures)]
        return lines
