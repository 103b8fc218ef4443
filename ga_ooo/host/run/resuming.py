"""Goes on with a run that was stopped, in whatever way."""

from __future__ import annotations

import pickle
from collections.abc import Callable, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

from ga_ooo.disk import OWN_FOLDER, naming_file
from ga_ooo.errors import HostError, UsageError
from ga_ooo.host.durable.durable_run import check_same_scenario, keep_checkpoints
from ga_ooo.host.durable.folder import CheckpointFolder
from ga_ooo.host.durable.host_save import fork_again
from ga_ooo.host.durable.profile_store import take_profile
from ga_ooo.host.durable.record import RunRecord, write_record
from ga_ooo.host.durable.state import checkpoint_of, load
from ga_ooo.host.durable.writer import STATE_FILE
from ga_ooo.host.run.headless import saved_at_the_end
from ga_ooo.host.run.session import Session
from ga_ooo.host.run.step_files import RESUME_REMEDY, StepFiles, write_json
from ga_ooo.host.run.takeover import run_steps, take_over
from ga_ooo.host.world.checkpoint import Checkpoint

_OPENING: Final = "opening"
"""Where the host forks what it goes on from, while its server is made."""


def resume_headless(
    session: Session,
    simulation: str,
    record: RunRecord,
    steps: Sequence[int] | None = None,
    keep: Callable[[Session, Any, RunRecord], object] = keep_checkpoints,
) -> Any:
    """Take the steps that a run has not taken yet, and save.

    Args:
        simulation: its name; this process has its lock.
        record: what the run is.
        steps: what it is to take in all, from its beginning on; None: as recorded.
        keep: makes the session keep checkpoints.

    Returns:
        the host's server after the run.

    Raises:
        UsageError: there is nothing to go on from, or the steps do not fit.
        GaOooError: the run stopped early again; what was reached is saved.
    """
    folder = session.storage / simulation
    checkpoints = CheckpointFolder(folder, record.digest(), session.disk)
    with naming_file(folder, RESUME_REMEDY):
        checkpoints.clear_aside()
        step = checkpoints.newest_whole()
    _check_journal(session, step)
    record = record.with_steps(steps or record.steps, record.first if step is None else step)
    if step is None:
        scenario = session.storage / record.scenario
        check_same_scenario(record, session.storage, session.disk)
        with naming_file(folder, RESUME_REMEDY):
            fork_again(scenario, folder, record.first, session.disk)
        server = _open(session, scenario, simulation, record)
        start = None
    else:
        server = _open(session, checkpoints.at(step), simulation, record)
        start = _restore(session, server, checkpoints.at(step))
    server.sim_code = simulation
    _tell_frontend(session, server)
    if session.prefetching is not None:
        take_profile(session.prefetching, folder, session.disk)
    write_record(folder, record, session.disk)
    with naming_file(folder, RESUME_REMEDY):
        StepFiles(folder, server.maze.maze_name, session.disk).remove_after(server.step)
    take_over(session)
    keep(session, server, record)
    session.standing = start
    with saved_at_the_end(session, server):
        for begin, end in pairwise(record.ends):
            if end > server.step:
                # The host forgets at the end of each call of start_server what is in use.
                within = start if server.step > begin else None
                run_steps(session, server, end - server.step, within)
                start = None
    return server


def _open(session: Session, source: Path, simulation: str, record: RunRecord) -> Any:
    """The host's server, forked from a checkpoint into a folder that is gone again at once."""
    opening = Path(simulation) / OWN_FOLDER / _OPENING
    with naming_file(session.storage / opening, RESUME_REMEDY):
        session.disk.remove_folder(session.storage / opening)
        fork = source.relative_to(session.storage).as_posix()
        server = session.open_server(fork, opening.as_posix())
        session.disk.remove_folder(session.storage / opening)
    server.fork_sim_code = record.scenario
    return server


def _restore(session: Session, server: Any, checkpoint: Path) -> Checkpoint:
    """Put server, people and map exactly into the state of a checkpoint."""
    try:
        content = session.disk.read(checkpoint / STATE_FILE)
        world = load(content, server, session.modules.all)
    except (pickle.UnpicklingError, OSError) as error:
        raise HostError(
            f"the checkpoint {checkpoint} cannot be loaded: {error}",
            "remove that folder; the run then goes on from the one before",
        ) from error
    session.chance.setstate(world.chance)
    start = checkpoint_of(world, server)
    views = session.maze_views(server)
    views.install([*start.positions, *(p.tile for p in start.before), *start.events])
    views.remove(dict(start.events))
    return start


def _check_journal(session: Session, step: int | None) -> None:
    """Make sure that the journal holds the calls from the checkpoint on."""
    if session.journal is None:
        return
    journal = session.journal.journal
    if journal.compacted_below() > (step or 0):
        raise UsageError(
            f"calls below step {journal.compacted_below()} were dropped from {journal.path}, and "
            "there is no whole checkpoint of that step or a later one",
            "restore the folder of checkpoints, or begin the run again",
        )


def _tell_frontend(session: Session, server: Any) -> None:
    """As the host does when it opens a simulation, which it did under another name."""
    shared = Path(str(session.modules.utils.fs_temp_storage))
    write_json(shared / "curr_sim_code.json", {"sim_code": server.sim_code}, session.disk)
    write_json(shared / "curr_step.json", {"step": server.step}, session.disk)
