"""Plots of results after figures 4 to 7 of AI Metropolis, with the points of the paper."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ga_ooo.disk import DISK, naming_file, write_whole
from ga_ooo.errors import UsageError, install_command
from ga_ooo.lab.replay.cases import CaseResult
from ga_ooo.lab.replay.paper import PAPER, paper_row


def check_plots(folder: Path) -> None:
    """Check that plots can be drawn into a folder.

    Raises:
        UsageError: matplotlib is not installed, or the folder does not exist.
    """
    _pyplot()
    if not folder.is_dir():
        raise UsageError(
            f"there is no folder {folder} for plots", "make the folder, or name another one"
        )


def draw(results: Sequence[CaseResult], folder: Path) -> list[Path]:
    """Draw the plots of results.

    Returns:
        the files: the speed over parallel-sync in each case; and the same by number of GPUs or
        agents, where the results differ in these.

    Raises:
        RunStoppedError: a file cannot be written.
    """
    files = [_bars(results, folder / "speed.svg")]
    for attribute, label, file in (
        ("gpus", "GPUs", "by-gpus.svg"),
        ("agents", "agents", "by-agents.svg"),
    ):
        lines = _sweeps(results, attribute)
        if lines:
            files.append(_lines(lines, attribute, label, folder / file))
    return files


def _pyplot() -> Any:
    try:
        import matplotlib
    except ImportError as error:
        raise UsageError(
            "plots need matplotlib, which is not installed", install_command("plots")
        ) from error
    matplotlib.use("Agg")
    from matplotlib import pyplot

    return pyplot


def _title(result: CaseResult) -> str:
    case = result.case
    return f"{result.agents:,} agents, {case.hours},\n{case.serving} x {case.gpus}"


def _bars(results: Sequence[CaseResult], path: Path) -> Path:
    """Speed over parallel-sync of every policy in every case."""
    figure, axes = _pyplot().subplots(
        1, len(results), figsize=(1 + 4.2 * len(results), 4.6), squeeze=False, sharey=True
    )
    for axis, result in zip(axes[0], results, strict=True):
        names = [name for name in result.outcomes if name != "no-dependency"]
        speeds = [result.speed(name, "parallel-sync") for name in names]
        case = result.case
        row = paper_row(result.agents, case.hours, case.serving, case.gpus)
        if row is not None and row.over_sync is not None:
            names.append("(AI Metropolis)")
            speeds.append(row.over_sync)
        axis.barh(names, speeds, color=["C1" if name[0] == "(" else "C0" for name in names])
        axis.axvline(1, color="grey", linewidth=0.8)
        axis.set_title(_title(result), fontsize=9)
        axis.set_xlabel("speed over parallel-sync")
    axes[0][0].invert_yaxis()
    return _save(figure, path)


def _sweeps(results: Sequence[CaseResult], attribute: str) -> list[list[CaseResult]]:
    """Groups of results that differ in one attribute only, each sorted by this attribute."""
    groups: dict[tuple[object, ...], list[CaseResult]] = {}
    for result in results:
        case = result.case
        setting = {"hours": case.hours, "gpus": case.gpus, "agents": result.agents}
        key = (case.serving, *(setting[name] for name in setting if name != attribute))
        groups.setdefault(key, []).append(result)
    return [
        sorted(group, key=lambda result: _value(result, attribute))
        for group in groups.values()
        if len({_value(result, attribute) for result in group}) > 1
    ]


def _value(result: CaseResult, attribute: str) -> int:
    return result.agents if attribute == "agents" else result.case.gpus


def _lines(groups: Sequence[Sequence[CaseResult]], attribute: str, label: str, path: Path) -> Path:
    """Speed over parallel-sync of every policy by one attribute."""
    figure, axes = _pyplot().subplots(
        1, len(groups), figsize=(1 + 4.6 * len(groups), 4.2), squeeze=False
    )
    for axis, group in zip(axes[0], groups, strict=True):
        where = [_value(result, attribute) for result in group]
        for name in group[0].outcomes:
            if name not in ("parallel-sync", "single-thread", "no-dependency"):
                speeds = [result.speed(name, "parallel-sync") for result in group]
                axis.plot(where, speeds, marker="o", markersize=3, label=name)
        case = group[0].case
        points = [
            (getattr(row, attribute), row.over_sync)
            for row in PAPER
            if case.serving == "l4"
            and row.hours == case.hours
            and (row.agents if attribute == "gpus" else row.gpus)
            == (group[0].agents if attribute == "gpus" else case.gpus)
        ]
        if points:
            axis.plot(*zip(*points, strict=True), "k*", label="(AI Metropolis)")
        axis.set_xscale("log")
        axis.set_xticks(where, [str(value) for value in where])
        axis.set_xlabel(label)
        axis.set_ylabel("speed over parallel-sync")
        other = f"{case.gpus} GPUs" if attribute == "agents" else f"{group[0].agents:,} agents"
        axis.set_title(f"{case.hours}, {case.serving}, {other}", fontsize=9)
        axis.legend(fontsize=7)
    return _save(figure, path)


def _save(figure: Any, path: Path) -> Path:
    figure.tight_layout()
    picture = io.BytesIO()
    figure.savefig(picture, format="svg")
    _pyplot().close(figure)
    remedy = "free disk space or correct the permissions, or leave out --plots"
    with naming_file(path, remedy, "the plot {} cannot be written"):
        write_whole(DISK, path, picture.getvalue())
    return path
