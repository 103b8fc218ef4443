"""What is asked for: a new run, or to continue one; checked before anything is written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ga_ooo.api.execution import Job
from ga_ooo.api.output_files import check_new_files, with_absolute_paths
from ga_ooo.errors import UsageError
from ga_ooo.host.accelerators import accelerator_names
from ga_ooo.host.checkout.locate import check_new_simulation, check_scenario, locate
from ga_ooo.host.checkout.scenarios import check_name
from ga_ooo.host.durable.record import RunRecord, read_record
from ga_ooo.host.durable.resumable import check_same_host
from ga_ooo.host.durable.run_journal import JournalPlan
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
    notes: Mapping[str, Any]

    def check(self) -> Job:
        """The run as a job.

        Raises:
            GaOooError: something is wrong; nothing was written.
        """
        options = with_absolute_paths(self.options)
        headless = HeadlessRun(self.fork, self.sim, self.steps, options.run.mode)
        plugins = check_options(options)
        checkout = locate(self.host)
        storage = options.files.storage or checkout.storage.absolute()
        shared = options.files.temp_storage or checkout.temp_storage.absolute()
        used = replace(checkout, storage=storage, temp_storage=shared)
        check_scenario(used, self.fork)
        check_new_simulation(used, self.sim)
        check_new_files(options)
        notes = self.notes if options.run.checkpoints else None
        return Job(
            plugins,
            checkout,
            options,
            JournalPlan.of(options.journal, self.fork),
            sum(self.steps),
            storage / self.sim,
            False,
            None,
            lambda run: run_headless(run, headless, notes),
        )


@dataclass(frozen=True)
class BegunRun:
    """A run that was stopped or killed.

    Attributes:
        host: checkout of the host.
        simulation: folder of the simulation.
        record: what the run is, and the options that it noted.
    """

    host: Path
    simulation: Path
    record: RunRecord

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
        return cls(host, simulation, read_record(simulation))

    @property
    def notes(self) -> dict[str, Any]:
        """The options that it began with, as the run has noted them."""
        return {**self.record.settings, "run.seed": self.record.seed}


@dataclass(frozen=True)
class ResumeRequest:
    """A run to be continued.

    Attributes:
        run: the run.
        options: all options, those that it began with included.
        steps: steps in all, from its beginning on; None: as it began.
        changed_host: continue although the code of the host has changed.
    """

    run: BegunRun
    options: Options
    steps: tuple[int, ...] | None = None
    changed_host: bool = False

    def check(self) -> Job:
        """The rest of the run as a job.

        Raises:
            GaOooError: something is wrong; nothing was written.
        """
        record, options = self.run.record, with_absolute_paths(self.options)
        if options.run.seed != record.seed:
            raise UsageError(
                f"--seed {options.run.seed}: the run began with seed {record.seed}",
                "leave --seed out",
            )
        checkout = locate(self.run.host)
        if not self.changed_host:
            check_same_host(record, checkout)
        return Job(
            check_options(options),
            # The journal knows the run by the revision that it began with.
            replace(checkout, revision=record.revision),
            options,
            self._journal(options),
            sum(self.steps or record.steps),
            self.run.simulation,
            True,
            record.hash_seed,
            self._go,
        )

    def _journal(self, options: Options) -> JournalPlan | None:
        """The journal that the run began with."""
        record = self.run.record
        if record.journal is None:
            return None
        replay = options.journal.replay is not None
        return JournalPlan(record.scenario, self.run.simulation / record.journal, replay)

    def _go(self, run: Run) -> Any:
        record = self.run.record
        if run.model_text != record.model:
            raise UsageError(
                f"the run began with another model: {record.model} then, {run.model_text} now",
                "give the model options that it began with",
            )
        return resume_headless(run, self.run.simulation.name, record, self.steps)


def check_options(options: Options) -> Plugins:
    """Check the options that only plugins, accelerators and prompts know.

    Raises:
        UsageError: a plugin cannot be loaded, or a rule, an accelerator or a kind of prompt does
            not exist.
    """
    plugins = Plugins(options.run.plugins)
    plugins.check_rule(options.run.rule)
    accelerator_names(options.run.accelerators)
    options.model.names.check_prompts(PROMPT_KINDS)
    return plugins
