"""The functions that ``import ga_ooo`` offers."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from ga_ooo.api.ended_runs import result_of_ended
from ga_ooo.api.execution import execute
from ga_ooo.api.new_process import run_in_new_process
from ga_ooo.api.requests import BegunRun, ResumeRequest, RunRequest
from ga_ooo.api.results import Progress, RunResult
from ga_ooo.api.verification import check_verification, verify_sides
from ga_ooo.errors import UsageError
from ga_ooo.host.checkout.locate import locate
from ga_ooo.host.prompts.kinds import PROMPT_KINDS
from ga_ooo.lab.verify.verification import Verification
from ga_ooo.observer import Observer
from ga_ooo.options import Options
from ga_ooo.options.config_file import read_config
from ga_ooo.options.declare import all_declarations
from ga_ooo.options.kinds import STEPS
from ga_ooo.options.settings import Settings, changed_values, notes_of, values_of

ReportProgress = Callable[[Progress], None]


def run(
    checkout: str | Path,
    *,
    fork: str,
    sim: str,
    steps: int | Sequence[int],
    options: Options | None = None,
    progress: ReportProgress | None = None,
) -> RunResult:
    """Run a scenario out of order and save it, as ``ga-ooo run`` does.

    The run has a process of its own, so it may be started where an event loop runs, as in a
    notebook. The call returns when the run ends. Ctrl-C stops the run in order: at a step that all
    personas have taken, saved.

    Args:
        checkout: folder of Generative Agents or of a fork.
        fork: the scenario to fork from.
        sim: name of the new simulation.
        steps: steps to take; a game day is 8640. Several numbers are like several ``run N`` at
            the host's prompt.
        options: of the run; no configuration file is read.
        progress: called after each step.

    Raises:
        GaOooError: the run could not begin, or stopped early. ``problem`` and ``remedy`` say why,
            and what to do.
    """
    request = _run_request(checkout, fork, sim, steps, options)
    return run_in_new_process(request, _fixed_hash_seed() or "0", progress)


def run_in_process(
    checkout: str | Path,
    *,
    fork: str,
    sim: str,
    steps: int | Sequence[int],
    options: Options | None = None,
    progress: ReportProgress | None = None,
    observers: Iterable[Observer] = (),
) -> RunResult:
    """As :func:`run`, but in this process, so that observers can look at the run while it runs.

    A process can do this for one checkout and one pair of storage folders only.

    Args:
        observers: notified of everything; an error that one raises ends the run in order.

    Raises:
        UsageError: ``PYTHONHASHSEED`` is not set, or an event loop runs in this thread.
        GaOooError: as :func:`run` does.
    """
    if _fixed_hash_seed() is None:
        raise UsageError(
            "PYTHONHASHSEED is not set, and results depend on it",
            "start this process with PYTHONHASHSEED=0, or use ga_ooo.run",
        )
    if _loop_runs_here():
        raise UsageError("an event loop runs in this thread", "use ga_ooo.run")
    request = _run_request(checkout, fork, sim, steps, options)
    folder = Path.cwd()
    try:
        report = progress or (lambda _: None)
        return execute(request.check(), report, lambda result: None, observers)
    finally:
        os.chdir(folder)


def resume(
    checkout: str | Path,
    sim: str,
    *,
    steps: int | Sequence[int] | None = None,
    options: Options | None = None,
    changed_host: bool = False,
    progress: ReportProgress | None = None,
) -> RunResult:
    """Continue a run that was stopped or killed, to the same bytes, as ``ga-ooo resume`` does.

    Args:
        checkout: folder of Generative Agents or of a fork.
        sim: name of the simulation.
        steps: steps in all, counted from the beginning of the run; None: as the run began.
        options: replace those that the run began with, as far as they are not defaults.
        changed_host: continue although the code of the host has changed.
        progress: called after each step.

    Returns:
        counts and times. For a run that has ended already, those of the ended run as far as its
        record holds them; no step is taken then.

    Raises:
        GaOooError: as :func:`run` does.
    """
    given = changed_values(options or Options())
    begun = BegunRun.find(Path(checkout), sim, given.get("files.storage"))
    asked = None if steps is None else STEPS.read(steps)
    end = begun.end(asked)
    if end is not None:
        return result_of_ended(begun.simulation, end)
    notes = begun.notes
    config = notes.pop("config", "")
    # Servers of its own start only where they are asked for, not by the file.
    file = {**read_config(Path(config), PROMPT_KINDS).values} if config else {}
    file.pop("serve.model", None)
    declared = {each.id: each for each in all_declarations(Options)}
    settings = Settings().over("file", file).over("noted", values_of(notes, declared))
    request = ResumeRequest(
        begun,
        settings.over("given", given).make(Options),
        {**notes_of(given, declared), "config": config},
        asked,
        changed_host,
    )
    return run_in_new_process(request, begun.record.hash_seed, progress)


def verify(
    checkout: str | Path,
    *,
    fork: str,
    steps: int | Sequence[int],
    options: Options | None = None,
    keep: str | Path | None = None,
    report: Callable[[str], None] | None = None,
    by_journal: bool = True,
) -> Verification:
    """Run the host's own loop and the engine and compare every byte, as ``ga-ooo verify`` does.

    Args:
        checkout: folder of Generative Agents or of a fork.
        fork: the scenario to fork from.
        steps: steps to take.
        options: ``run`` holds for the engine (the seed for both sides); ``model`` names the
            servers, if there are any. The others are not used.
        keep: new folder to leave both copies of the checkout in.
        report: called with a line of text at each stage.

    Returns:
        the verdict, with the comparison of all files of the checkout. ``equal`` says whether it is
        shown that all bytes are the same; ``doubts`` says why nothing is shown.

    Raises:
        GaOooError: a side could not run.
    """
    host, given, asked = locate(Path(checkout)), options or Options(), STEPS.read(steps)
    check_verification(host, fork, asked, given.run)
    folder = None if keep is None else Path(keep)
    say = report or (lambda _: None)
    return verify_sides(
        host, fork, asked, given.run, given.model, folder, say, by_journal=by_journal
    )


def _run_request(
    checkout: str | Path,
    fork: str,
    sim: str,
    steps: int | Sequence[int],
    options: Options | None,
) -> RunRequest:
    given = options or Options()
    declared = {each.id: each for each in all_declarations(Options)}
    # A resumed run reads no configuration file, as this one does not.
    notes = {**notes_of(changed_values(given), declared), "config": ""}
    try:
        asked = STEPS.read(steps)
    except (ValueError, TypeError):
        raise UsageError(f"steps is not {STEPS.words}", f"give {STEPS.words}") from None
    return RunRequest(Path(checkout), fork, sim, asked, given, notes)


def _fixed_hash_seed() -> str | None:
    seed = os.environ.get("PYTHONHASHSEED", "random")
    return None if seed == "random" else seed


def _loop_runs_here() -> bool:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True
