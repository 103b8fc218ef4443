"""``ga-ooo run --trace`` and ``ga-ooo replay``, from a real run to its table and plots."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from ga_ooo.cli.main import main
from ga_ooo.lab.replay.cases import Case, run_case
from ga_ooo.lab.replay.policies import POLICIES
from ga_ooo.trace.files import read_trace, write_trace
from ga_ooo.trace.format import Trace
from tests.lab.replay.drawing import make_trace
from tests.minitown.conftest import FRONTEND, copy_town

RUN = ("--steps", "2880", "--clock", "virtual", "--fork")
ALONE, CROWDED = "base_minitown_n5", "demo_minitown_n5"
LATENCY = ("--latency", "0.05:0.02:0.0001")


def record(folder: Path, fork: str, *flags: str) -> tuple[Path, str]:
    """A trace of minitown's night and morning, and the output of the run."""
    host = copy_town(folder / "minitown")
    (host / FRONTEND / "temp_storage").mkdir(exist_ok=True)
    target = folder / "day.npz"
    arguments = ("run", host, "--sim", "new", *RUN, fork, *LATENCY, "--trace", target, *flags)
    done = subprocess.run(
        [sys.executable, "-m", "ga_ooo", *map(str, arguments)],
        env={**os.environ, "PYTHONHASHSEED": "0"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return target, done.stdout


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """Without runahead."""
    return record(tmp_path_factory.mktemp("recorded"), ALONE, "--runahead", "0")


@pytest.fixture(scope="module")
def rehearsed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Trace, str]:
    """With runahead, where people meet."""
    path, said = record(tmp_path_factory.mktemp("rehearsed"), CROWDED)
    return read_trace(path), said.replace(",", "")


@pytest.fixture(scope="module")
def trace(recorded: tuple[Path, str]) -> Trace:
    """The trace."""
    return read_trace(recorded[0])


def test_a_trace_contains_the_run(trace: Trace, recorded: tuple[Path, str]) -> None:
    said = recorded[1]
    assert f"{len(trace.calls):,} model calls" in said
    assert (trace.steps, trace.count, trace.facts.sec_per_step) == (2880, 5, 10)
    kinds = Counter(trace.facts.kinds[kind] for kind in trace.calls.kind)
    assert kinds["embedding"] > 10 and kinds["wake_up_hour"] == 5
    stages = {trace.facts.stages[stage] for stage in trace.calls.stage}
    assert {"perceive", "plan"} <= stages and "other" not in stages
    moved = abs(trace.tiles[1:] - trace.tiles[:-1])
    assert set(moved.ravel().tolist()) == {0, 1, trace.town.width}
    assert (trace.calls.answered_at >= trace.calls.asked_at).all()
    assert len(trace.rehearsals) == 0
    generated = trace.calls.tokens_out > 0
    assert (trace.calls.tokens_in[generated] > 0).all()
    embeddings = trace.calls.kind == trace.facts.kinds.index("embedding")
    assert not trace.calls.tokens_cached[embeddings].any()
    assert 0.2 < trace.calls.tokens_cached.sum() / trace.calls.tokens_in.sum() < 0.9


def test_partners_are_those_of_conversations(trace: Trace) -> None:
    talk = {
        trace.facts.kinds[kind]
        for kind, partner in zip(trace.calls.kind, trace.calls.partner, strict=True)
        if partner >= 0
    }
    assert "decide_to_talk" in talk and "wake_up_hour" not in talk


def test_the_replay_takes_as_long_as_the_run(trace: Trace, recorded: tuple[Path, str]) -> None:
    """On the same modelled servers: the engine, one call after another, a barrier each step."""
    said = recorded[1].replace(",", "")
    engine = re.search(r"([\d.]+) virtual seconds", said)
    serial = re.search(r"wait for the model for ([\d.]+) s", said)
    sync = re.search(r"of a step at once ([\d.]+) s", said)
    assert engine and serial and sync
    result = run_case(Case(serving="unlimited", gpus=1, cpu=False), [trace], ["reach"])
    # Rounded to tenths. The engine also waits for far reads, which a trace does not contain.
    assert result.outcomes["single-thread"].makespan == pytest.approx(float(serial[1]), abs=0.06)
    assert result.outcomes["parallel-sync"].makespan == pytest.approx(float(sync[1]), abs=0.06)
    assert result.outcomes["reach"].makespan == pytest.approx(float(engine[1]), rel=0.01)


def test_a_trace_contains_prefetches(rehearsed: tuple[Trace, str]) -> None:
    found, said = rehearsed
    counts = re.search(r"runahead: (\d+) calls prefetched (\d+) of them used", said)
    assert counts
    ahead, used = found.rehearsals, found.rehearsals.used_by >= 0
    assert (len(ahead), int(used.sum())) == (int(counts[1]), int(counts[2]))
    assert 0 < used.sum() < len(ahead)
    taken = ahead.used_by[used]
    assert len(set(taken.tolist())) == len(taken)
    assert 0.2 < ahead.tokens_cached.sum() / ahead.tokens_in.sum() < 0.9
    for column in ("kind", "tokens_in", "tokens_out"):
        assert (getattr(ahead, column)[used] == getattr(found.calls, column)[taken]).all()
    assert (ahead.asked_at[used] <= found.calls.asked_at[taken]).all()
    assert (ahead.at_step <= ahead.step).all() and (ahead.step > ahead.at_step).any()


def test_the_replay_of_prefetches(rehearsed: tuple[Trace, str]) -> None:
    found, said = rehearsed
    engine = re.search(r"([\d.]+) virtual seconds", said)
    assert engine
    result = run_case(Case(serving="unlimited", gpus=1, cpu=False), [found], ["reach", "runahead"])
    assert result.recorded_prefetches
    ratio = result.outcomes["runahead"].makespan / float(engine[1])
    assert 0.98 < ratio < 1.02
    assert result.outcomes["runahead"].makespan < 0.9 * result.outcomes["reach"].makespan


def test_a_table_and_plots(
    recorded: tuple[Path, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    flags = (
        "--hours",
        "6-7",
        "--policy",
        "runahead",
        "--agents",
        "5,10",
        "--gpus",
        "1,2",
        "--stagger",
        "5",
    )
    assert main(["replay", str(recorded[0]), *flags, "--plots", str(tmp_path)]) == 0
    said = capsys.readouterr().out
    assert said.count("10 agents, 360 steps (6-7)") == 2
    assert re.search(r"^runahead +[\d.,]+ .* yes$", said, re.MULTILINE)
    names = {path.name for path in tmp_path.iterdir()}
    assert names == {"speed.svg", "by-gpus.svg", "by-agents.svg"}


def test_the_figures_of_the_paper_are_in_the_table(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_trace(tmp_path / "day.npz", make_trace(people=25, steps=8640, asking=0.0005))
    flags = ("--hours", "busy", "--hours", "day", "--policy", "oracle:ordered")
    assert main(["replay", str(tmp_path / "day.npz"), *flags]) == 0
    busy, day = capsys.readouterr().out.strip().split("\n\n")
    assert re.search(r"\(AI Metropolis\) +3\.37 +1\.88 +53\.1% +3\.74 +no$", busy, re.MULTILINE)
    assert re.search(r"\(AI Metropolis\) +3\.25 +1\.67 +74\.7% +3\.46 +no$", day, re.MULTILINE)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("no.npz",), "there is no trace"),
        (("--policy", "magic"), "choose from single-thread"),
        (("--serving", "abacus"), "choose from unlimited"),
        (("--hours", "noon"), "hours such as 12-13"),
        (("--hours", "13-12"), "hours such as 12-13"),
        (("--hours", "busy"), "are not in a trace"),
        (("--agents", "7"), "a multiple of the agents"),
        (("--agents", "none"), "is not a list of numbers"),
        (("--gpus", "0"), "is not a list of numbers"),
        (("--stagger", "-1"), "of 0 or more"),
        (("--plots", "nowhere"), "there is no folder"),
    ],
)
def test_refused_arguments(
    arguments: tuple[str, ...],
    message: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    write_trace(Path("day.npz"), make_trace())
    try:
        code: object = main(["replay", "day.npz", *arguments])
    except SystemExit as error:
        code = error.code
    assert code == 2
    assert message in capsys.readouterr().err


def test_a_plot_that_cannot_be_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    write_trace(Path("day.npz"), make_trace())
    Path("speed.svg").mkdir()
    assert main(["replay", "day.npz", "--policy", "reach", "--plots", "."]) == 5
    assert "the plot speed.svg cannot be written: Is a directory" in capsys.readouterr().err
    assert {path.name for path in tmp_path.iterdir()} == {"day.npz", "speed.svg"}


def test_plots_without_matplotlib(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    assert main(["replay", "day.npz", "--plots", str(tmp_path)]) == 2
    assert "pip install 'PATH/TO/CLONE[plots]'" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--trace", "day.txt"), "must end in .npz"),
        (("--trace", "no/day.npz"), "there is no folder"),
        (("--trace", "day.npz", "--mode", "lockstep"), "the calls are the same"),
    ],
)
def test_traces_that_cannot_be_recorded(
    arguments: tuple[str, ...],
    message: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # A run starts its process anew unless its hash seed is fixed.
    monkeypatch.setenv("PYTHONHASHSEED", "0")
    host = copy_town(tmp_path / "minitown")
    assert main(["run", str(host), "--sim", "new", *RUN, ALONE, *arguments]) == 2
    assert message in capsys.readouterr().err
    assert not (host / FRONTEND / "storage" / "new").exists()


def test_the_help_describes_all_policies(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["replay", "--help"])
    said = capsys.readouterr().out
    assert all(name in said and policy.about in said for name, policy in POLICIES.items())
