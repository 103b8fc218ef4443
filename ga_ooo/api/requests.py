"""What is asked for: a new run, or to continue one; checked before anything is written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ga_ooo.api.execution import Job
from ga_ooo.api.output_files import check_new_files, with_absolute_paths
from ga_ooo.api.resume_checks import check_model, check_plugins, check_seeds, journal_of
from ga_ooo.api.user_notes import journal_notes, new_run_id, read_notes, write_notes
from ga_ooo.api.who_answers import check_model_choice
from ga_ooo.disk import DISK, refuse_odd_files
from ga_ooo.errors import UsageError
from ga_ooo.host.accelerators import accelerator_names
from ga_ooo.host.checkout.locate import check_new_simulation, check_scenario, locate
from ga_ooo.host.checkout.scenarios import check_name, maze_name_of
from ga_ooo.host.durable.damage import has_ended
from ga_ooo.host.durable.record import RunRecord, read_record
from ga_ooo.host.durable.resumable import check_same_host
from ga_ooo.host.durable.run_journal import JournalPlan
from ga_ooo.host.durable.whispers import read_whispers
from ga_ooo.host.prompts.kinds import PROMPT_KINDS
from ga_ooo.host.run.headless import HeadlessRun, run_headless
from ga_ooo.host.run.resuming import resume_headless
from ga_ooo.host.run.run import Run
from ga_ooo.options import Options
from ga_ooo.plugin import Plugins


@dataclass(frozen=True)
class RunRequest:
    """A new run.

    Attributes:
        host: checkout of the host.
        fork: the scenario to fork from.
        sim: name of the new simulation.
        steps: steps of each call of the host's ``start_server``.
        options: of the run.
        notes: the options that the run notes for the command that resumes it.
    """

    host: Path
    fork: str
    sim: str
    steps: tuple[int, ...]
    options: Options
    notes: dict[str, Any]

    def check(self) -> Job:
        """The run as a job.

        Raises:
            GaOooError: something is wrong; nothing was written.
        """
        options = with_absolute_paths(self.options)
        file = options.run.whispers
        whispers = () if file is None else read_whispers(file)
        headless = HeadlessRun(self.fork, self.sim, self.steps, options.run.mode, whispers)
        plugins = check_options(options)
        checkout = locate(self.host)
        check_model_choice(options, checkout, plugins)
        storage = options.files.storage or checkout.storage.absolute()
        shared = options.files.temp_storage or checkout.temp_storage.absolute()
        used = replace(checkout, storage=storage, temp_storage=shared)
        checkout = checkout.on_map(check_scenario(used, self.fork).maze_name)
        check_new_simulation(used, self.sim)
        check_new_files(options)
        journal = JournalPlan.of(options.journal, self.fork)
        resumable = options.run.checkpoints and options.run.mode == "ooo"

        def go(run: Run) -> Any:
            run_id = new_run_id() if resumable else None
            if run_id is not None:
                write_notes(storage / self.sim, run_id, self.notes | journal_notes(journal))
            return run_headless(run, headless, run_id)

        return Job(
            *(plugins, checkout, options, journal, None, sum(self.steps), storage / self.sim),
            *(False, None, go),
        )


@dataclass(frozen=True)
class BegunRun:
    """A run that was stopped or killed.

    Attributes:
        host: checkout of the host.
        simulation: folder of the simulation.
        record: what the run is.
        own_notes: the options that this user began it with; None for the run of somebody else.
    """

    host: Path
    simulation: Path
    record: RunRecord
    own_notes: Mapping[str, Any] | None

    @classmethod
    def find(cls, host: Path, sim: str, storage: Path | None) -> BegunRun:
        """The run of a simulation.

        Args:
            storage: folder of simulations; None for the host's.

        Raises:
            GaOooError: there is no such run.
        """
        check_name(sim)
        simulation = (storage or locate(host).storage).absolute() / sim
        refuse_odd_files(simulation)
        record = read_record(simulation)
        return cls(host, simulation, record, read_notes(simulation, record.run_id))

    @property
    def notes(self) -> dict[str, Any]:
        """The options that it began with, as far as they are known."""
        return {**(self.own_notes or {}), "run.seed": self.record.seed}

    def end(self, steps: tuple[int, ...] | None) -> int | None:
        """The step at which the run has ended; None if steps are left.

        Args:
            steps: steps in all, from its beginning on; None: as it began.

        Raises:
            UsageError: the run has ended, and these steps do not continue it.
        """
        if not has_ended(self.simulation, self.record, DISK):
            return None
        reached = self.record.ends[-1]
        longer = self.record.with_steps(steps or self.record.steps, reached)
        return reached if longer.ends[-1] == reached else None


@dataclass(frozen=True)
class ResumeRequest:
    """A run to be continued.

    Attributes:
        run: the run.
        options: all options, those that it began with included.
        steps: steps in all, from its beginning on; None: as it began.
        changed_host: continue although the code of the host has changed.
        notes: the options that the user gave now.
    """

    run: BegunRun
    options: Options
    notes: Mapping[str, Any]
    steps: tuple[int, ...] | None = None
    changed_host: bool = False

    def check(self) -> Job:
        """The rest of the run as a job.

        Raises:
            GaOooError: something is wrong; nothing was written.
        """
        record, options = self.run.record, with_absolute_paths(self.options)
        check_seeds(options.run.seed, record)
        check_plugins(options.run.plugins, record)
        check_model(options, record)
        checkout = locate(self.run.host)
        maze_name = maze_name_of(self.run.simulation)
        if maze_name is not None:
            checkout = checkout.on_map(maze_name)
        if not self.changed_host:
            check_same_host(record, checkout)
        return Job(
            check_options(options),
            # The journal knows the run by the revision that it began with.
            replace(checkout, revision=record.revision),
            options,
            journal_of(options.journal, record, self.run.simulation),
            record.first,
            sum(self.steps or record.steps),
            self.run.simulation,
            True,
            record.hash_seed,
            self._go,
        )

    def _go(self, run: Run) -> Any:
        record = self.run.record
        if run.model_text != record.model:
            raise UsageError(
                f"the run began with another model: {record.model} then, {run.model_text} now",
                "give the model options that it began with",
            )
        if self.run.own_notes is None:
            journal = journal_of(self.options.journal, record, self.run.simulation)
            notes = {**self.notes, **journal_notes(journal)}
            write_notes(self.run.simulation, record.run_id, notes)
        return resume_headless(run, self.run.simulation.name, record, self.steps)


def check_options(options: Options) -> Plugins:
    """Check the options that only plugins, accelerators and prompts know.

    Raises:
        UsageError: options contradict each other, a plugin cannot be loaded, or a rule, an
            accelerator or a kind of prompt does not exist.
    """
    if options.run.ray_address is not None and not options.run.workers:
        raise UsageError(
            "--ray-address is given without --workers", "add --workers N or --workers auto"
        )
    plugins = Plugins(options.run.plugins)
    plugins.check_rule(options.run.rule)
    accelerator_names(options.run.accelerators)
    options.model.names.check_prompts(PROMPT_KINDS)
    return plugins
