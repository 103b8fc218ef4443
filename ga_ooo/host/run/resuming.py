"""Continues a run that was stopped or killed."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

from ga_ooo.disk import OWN_FOLDER, RESUME_REMEDY, naming_file, remove_aside
from ga_ooo.errors import HostError, UsageError
from ga_ooo.host.durable.folder import CheckpointFolder
from ga_ooo.host.durable.host_save import STATE_FILE, fork_again
from ga_ooo.host.durable.profile_store import take_profile
from ga_ooo.host.durable.record import RunRecord, write_record
from ga_ooo.host.durable.resumable import check_same_scenario
from ga_ooo.host.durable.state import checkpoint_of, load
from ga_ooo.host.durable.step_digests import StepDigests
from ga_ooo.host.durable.values import DamagedStateError
from ga_ooo.host.imported.host_errors import HOST_ERROR_FILE
from ga_ooo.host.json_files import write_json
from ga_ooo.host.run.headless import saved_at_the_end
from ga_ooo.host.run.run import Run
from ga_ooo.host.run.step_files import StepFiles
from ga_ooo.host.run.stimulus_file import STIMULUS_LOG_FILE
from ga_ooo.host.run.takeover import run_steps, take_over
from ga_ooo.host.world.checkpoint import Checkpoint
from ga_ooo.journal.records import JournalMode

logger = logging.getLogger(__name__)

_OPENING: Final = "opening"
"""Name of the folder that the host forks a checkpoint into, while its server is made."""


def resume_headless(
    run: Run,
    simulation: str,
    record: RunRecord,
    steps: Sequence[int] | None = None,
) -> Any:
    """Take the steps that a run has not taken yet, and save.

    Args:
        simulation: the name of the simulation, which this process has locked.
        record: of the run.
        steps: all steps of the run, from its beginning; None for those of the record.

    Returns:
        the host's server after the run.

    Raises:
        UsageError: the run cannot be resumed, or the steps do not fit.
        GaOooError: the run stopped early again; the steps that were taken are saved.
    """
    # Around all code of the host: its bare excepts would catch a KeyboardInterrupt.
    with run.stopping_on_signals():
        return _resume(run, simulation, record, steps)


def _resume(run: Run, simulation: str, record: RunRecord, steps: Sequence[int] | None) -> Any:
    folder = run.host.storage / simulation
    checkpoints = CheckpointFolder(folder, record.digest(), run.disk)
    with naming_file(folder, RESUME_REMEDY):
        checkpoints.clear_aside()
        for report in (STIMULUS_LOG_FILE, HOST_ERROR_FILE):
            remove_aside(run.disk, folder / report)
        step = checkpoints.newest_whole()
    _check_journal(run, step)
    record = record.with_steps(steps or record.steps, record.first if step is None else step)
    if step is None:
        scenario = run.host.storage / record.scenario
        check_same_scenario(record, run.host.storage, run.disk)
        with naming_file(folder, RESUME_REMEDY):
            fork_again(scenario, folder, record.first, run.disk)
        server = _open(run, scenario, simulation, record)
        digests = StepDigests.begin(folder, record.first, run.disk)
        start = None
    else:
        server = _open(run, checkpoints.at(step), simulation, record)
        digests = _step_digests(run, folder, checkpoints.at(step), record.first)
        start = _restore(run, server, checkpoints.at(step))
    server.sim_code = simulation
    _notify_frontend(run, server)
    if run.model.prefetching is not None:
        take_profile(run.model.prefetching, folder, run.disk)
    write_record(folder, record, run.disk)
    with naming_file(folder, RESUME_REMEDY):
        StepFiles(folder, server.maze.maze_name, run.disk).remove_after(server.step)
    take_over(run)
    run.keep_checkpoints(server, record, digests)
    run.end_state = start
    with saved_at_the_end(run, server):
        for begin, end in pairwise(record.ends):
            if end > server.step:
                # At the end of each call of start_server the host forgets which objects are in
                # use, so only a checkpoint from the middle of a call has them.
                within = start if server.step > begin else None
                run_steps(run, server, end - server.step, within)
                start = None
    return server


def _open(run: Run, source: Path, simulation: str, record: RunRecord) -> Any:
    """The host's server, forked from a checkpoint into a folder that is removed at once."""
    run.host.check_saved(source)
    opening = Path(simulation) / OWN_FOLDER / _OPENING
    with naming_file(run.host.storage / opening, RESUME_REMEDY):
        run.disk.remove_folder(run.host.storage / opening)
        fork = source.relative_to(run.host.storage).as_posix()
        server = run.host.open_server(fork, opening.as_posix())
        run.disk.remove_folder(run.host.storage / opening)
    server.fork_sim_code = record.scenario
    return server


def _step_digests(run: Run, folder: Path, checkpoint: Path, first: int) -> StepDigests:
    """The digests of the steps before a checkpoint. Logs a warning if a file of them is damaged.

    Raises:
        HostError: the checkpoint has none.
    """
    try:
        digests = StepDigests.read(checkpoint, first, int(checkpoint.name), run.disk)
    except (OSError, ValueError) as error:
        raise _unusable(checkpoint, error) from error
    damaged = list(digests.damaged(folder, run.disk))
    if damaged:
        logger.warning(
            "%s step files before step %s are damaged or missing, the first of them %s; the run "
            "does not take these steps again (`ga-ooo check` names all)",
            *(f"{len(damaged):,}", checkpoint.name, folder / damaged[0]),
        )
    return digests


def _unusable(checkpoint: Path, error: Exception) -> HostError:
    return HostError(
        f"the checkpoint {checkpoint} cannot be loaded: {error}",
        "remove that folder; the run then continues from the checkpoint before it",
    )


def _restore(run: Run, server: Any, checkpoint: Path) -> Checkpoint:
    """Restore server, personas and map exactly from a checkpoint."""
    try:
        content = run.disk.read(checkpoint / STATE_FILE)
        world = load(content, server, run.host.modules.all)
    except (DamagedStateError, OSError) as error:
        raise _unusable(checkpoint, error) from error
    run.host.chance.setstate(world.chance)
    start = checkpoint_of(world, server)
    run.whispers.given = start.whispers
    views = run.host.maze_views(server)
    views.install([*start.positions, *(p.tile for p in start.before), *start.events])
    views.remove(dict(start.events))
    return start


def _check_journal(run: Run, step: int | None) -> None:
    """Check that the journal holds the calls since the checkpoint."""
    if run.model.journal is None:
        return
    journal = run.model.journal.journal
    if journal.mode is JournalMode.RECORD:
        logger.warning(
            "the journal %s does not exist any more; all answers since step %s are asked for again",
            *(journal.path, step or 0),
        )
        return
    if journal.compacted_below() > (step or 0):
        raise UsageError(
            f"calls below step {journal.compacted_below()} were dropped from {journal.path}, and "
            "there is no whole checkpoint of that step or a later one",
            "restore the folder of checkpoints, or begin the run again",
        )
    if journal.mode is JournalMode.RESUME:
        journal.repair(step or 0)


def _notify_frontend(run: Run, server: Any) -> None:
    """Write the files by which the host names its simulation to the frontend. The host has written
    them with the name of the folder that is gone."""
    shared = Path(str(run.host.modules.setting("fs_temp_storage", run.host.checkout.temp_storage)))
    write_json(shared / "curr_sim_code.json", {"sim_code": server.sim_code}, run.disk)
    write_json(shared / "curr_step.json", {"step": server.step}, run.disk)
