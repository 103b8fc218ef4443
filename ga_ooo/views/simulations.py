"""The simulations of a host: how far each of them is, and what can be done with it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal, TypeAlias

from ga_ooo.costs.spent import read_spent
from ga_ooo.disk import is_being_run, refuse_odd_files
from ga_ooo.errors import UsageError
from ga_ooo.host.checkout.locate import locate
from ga_ooo.host.checkout.scenarios import check_name
from ga_ooo.host.durable.model_identity import read_model_text
from ga_ooo.host.durable.record import RECORD_FILE, RunRecord, read_record
from ga_ooo.host.json_files import read_json
from ga_ooo.record import record_file
from ga_ooo.texts import money

State: TypeAlias = Literal["running", "finished", "stopped", "saved", "unreadable"]

STATES: Final[dict[State, str]] = {
    "running": "a process takes its steps now",
    "finished": "all steps of its run are taken",
    "stopped": "its run was stopped or killed, and can be resumed",
    "saved": "made by the host itself, or without checkpoints: it can be forked",
    "unreadable": "its files cannot be read, or are no plain files",
}


@dataclass(frozen=True)
class SimulationSummary:
    """One simulation.

    Attributes:
        state: see :data:`STATES`.
        taken: steps that its run has taken; of one without a run, those that have movement files.
        steps: steps of the run; None without a run.
        game_time: of the last step, as the host writes it; empty if unknown.
        model: which model answered; empty if unknown.
        scenario: what the run was forked from; empty without a run.
        size: of all files, in bytes.
        cost: what its run has cost, in words; empty if this is not known.
        has_record: it has a record (docs/record.md).
        problem: why it is unreadable; empty otherwise.
    """

    name: str
    state: State
    taken: int = 0
    steps: int | None = None
    game_time: str = ""
    model: str = ""
    scenario: str = ""
    size: int = 0
    has_record: bool = False
    problem: str = ""
    cost: str = ""

    def commands(self, host: str) -> list[str]:
        """The commands of ``ga-ooo`` that make sense now, the most useful first."""
        target = f"{host} {self.name}"
        views = [f"transcript {target}"] if self.taken else []
        if self.has_record:
            views.insert(0, f"why {target}" if self.state in ("running", "stopped") else "")
            views.append(f"watch {target}")
            views.append(f"report {target}")
            views.append(f"export {target} --format csv --output {self.name}-tables")
        fork = f"run {host} --fork {self.name} --sim NEW --steps N"
        first: dict[State, list[str]] = {
            "stopped": [f"resume {target}"],
            "finished": [fork, f"resume {target} --steps MORE"],
            "saved": [fork],
            "running": [],
            "unreadable": [f"check {target}"],
        }
        return [f"ga-ooo {each}" for each in (*first[self.state], *views) if each]


def find_simulation(host: Path, name: str, storage: Path | None) -> Path:
    """The folder of a simulation that holds plain files only.

    Args:
        storage: folder of simulations; None for the host's.

    Raises:
        UsageError: it does not exist, or holds links.
        HostError: there is no host.
    """
    check_name(name)
    folder = (storage or locate(host).storage).absolute() / name
    if not folder.is_dir():
        raise UsageError(
            f"there is no simulation {folder}", f"see which there are: ga-ooo list {host}"
        )
    refuse_odd_files(folder)
    return folder


def simulations(storage: Path) -> Iterator[SimulationSummary]:
    """All simulations in a folder that have taken steps or have a run, by name."""
    for folder in sorted(storage.iterdir()):
        if folder.is_symlink() or not folder.is_dir():
            continue
        if (folder / "movement").is_dir() or (folder / RECORD_FILE).is_file():
            yield summary(folder)


def summary(folder: Path) -> SimulationSummary:
    """A simulation, as its files describe it."""
    name = folder.name
    try:
        check_name(name)
        refuse_odd_files(folder)
        record = read_record(folder) if (folder / RECORD_FILE).is_file() else None
        steps = _movements(folder)
        time = _time_of(folder, steps[-1]) if steps else ""
        size, has_record = _size_of(folder), record_file(folder).is_file()
        cost = _cost_of(folder)
    except (UsageError, OSError) as error:
        problem = error.problem if isinstance(error, UsageError) else str(error)
        problem = problem.replace(f"{folder}/", "")
        return SimulationSummary(name, "unreadable", problem=problem)
    if record is None:
        return SimulationSummary(name, "saved", len(steps), None, time, "", "", size, has_record)
    reached = steps[-1] + 1 if steps else record.first
    taken = reached - record.first
    state: State = (
        "running"
        if is_being_run(folder)
        else "finished"
        if reached >= record.ends[-1]
        else "stopped"
    )
    return SimulationSummary(
        *(name, state, taken, sum(record.steps), time, _model_of(record), record.scenario),
        *(size, has_record),
        cost=cost,
    )


def _movements(folder: Path) -> list[int]:
    """Numbers of the steps that have movement files, sorted."""
    names = [path.stem for path in (folder / "movement").glob("*.json")]
    return sorted(int(name) for name in names if name.isascii() and name.isdecimal())


def _time_of(folder: Path, step: int) -> str:
    content: Any = read_json(folder / "movement" / f"{step}.json")
    meta = content.get("meta") if isinstance(content, dict) else None
    return str(meta.get("curr_time", "")) if isinstance(meta, dict) else ""


def _model_of(record: RunRecord) -> str:
    identity = read_model_text(record.model)
    return ", ".join(identity.served) or identity.model


def _cost_of(folder: Path) -> str:
    spent = read_spent(folder)
    return "" if spent is None else money(spent.amount, spent.currency)


def _size_of(folder: Path) -> int:
    total = 0
    for top, _, files in os.walk(folder):
        for name in files:
            try:
                total += Path(top, name).stat().st_size
            except FileNotFoundError:
                # A run that goes on has removed it.
                continue
    return total
