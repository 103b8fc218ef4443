"""``ga_ooo.run`` and ``ga_ooo.resume``: what they leave, report and raise."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

import ga_ooo
from ga_ooo.lab.verify.compare import compare
from tests.api.conftest import FORK, STORAGE, Script, output
from tests.cli.settings.command import run as ga_ooo_command
from tests.model.serving.processes import is_alive

STEPS = 20


@pytest.fixture
def by_command(host: Path) -> Path:
    """The simulation ``same``, run by the command line and moved away."""
    done = ga_ooo_command(
        *("run", host, "--fork", FORK, "--sim", "same", "--steps", STEPS, "--config", ""),
        cwd=host.parent,
    )
    assert done.returncode == 0, done.stderr
    kept: Path = (host / STORAGE / "same").rename(host.parent / "by_command")
    return kept


def test_the_same_bytes_as_the_command_line(host: Path, by_command: Path) -> None:
    seen: list[ga_ooo.Progress] = []
    result = ga_ooo.run(host, fork=FORK, sim="same", steps=STEPS, progress=seen.append)
    assert compare(by_command, host / STORAGE / "same").equal
    assert [each.done for each in seen] == list(range(1, STEPS + 1))
    assert {each.total for each in seen} == {STEPS}
    assert seen[0].game_time.startswith("May 06, 2024")
    assert result.simulation == host / STORAGE / "same"
    assert result.persona_steps == 5 * STEPS
    assert result.calls > 0 and "persona steps" in str(result)


def test_from_a_script(script: Script) -> None:
    text = output(
        script(
            """
            result = ga_ooo.run(host, fork=fork, sim="s", steps=3, progress=lambda p: print(p.done))
            print(result.persona_steps)
            """
        )
    )
    assert text.split() == ["1", "2", "3", "15"]


async def test_where_an_event_loop_runs(host: Path, by_command: Path) -> None:
    assert asyncio.get_running_loop().is_running()
    ga_ooo.run(str(host), fork=FORK, sim="same", steps=[STEPS])
    assert compare(by_command, host / STORAGE / "same").equal


async def test_in_a_thread_while_the_loop_goes_on(host: Path) -> None:
    result = await asyncio.to_thread(ga_ooo.run, host, fork=FORK, sim="new", steps=2)
    assert result.persona_steps == 10


def test_an_ended_run_is_resumed_to_its_own_figures(host: Path) -> None:
    model, run = ga_ooo.ModelOptions(latency=(0.1, 0.0, 0.0)), ga_ooo.RunOptions(clock="virtual")
    options = ga_ooo.Options(run=run, model=model)
    ended = ga_ooo.run(host, fork=FORK, sim="new", steps=12, options=options)
    before = {path: path.read_bytes() for path in host.rglob("*.json")}
    again = ga_ooo.resume(host, "new")
    for count in (
        *(
            "simulation",
            "clock",
            "persona_steps",
            "persona_steps_with_calls",
            "calls",
            "retried",
            "asked_servers",
        ),
        *("prefetched", "prefetches_used"),
    ):
        assert getattr(again, count) == getattr(ended, count), count
    for seconds in ("serial_seconds", "parallel_sync_seconds"):
        # A record does not say how long the vector of a text took that was asked for before.
        assert getattr(again, seconds) == pytest.approx(getattr(ended, seconds), rel=0.05), seconds
    assert again.answered_by[0] == "the run has ended at step 12; nothing was run"
    assert {path: path.read_bytes() for path in host.rglob("*.json")} == before
    (host / STORAGE / "new/ga_ooo/record.sqlite").unlink()
    assert "figures are not known" in ga_ooo.resume(host, "new").answered_by[1]


def test_servers_make_other_loops_slower_in_the_figures_than_they_are(host: Path) -> None:
    """A server answers one call alone sooner than many at once: the times are upper bounds."""
    model, run = ga_ooo.ModelOptions(latency=(0.1, 0.0, 0.0)), ga_ooo.RunOptions(clock="virtual")
    options = ga_ooo.Options(run=run, model=model)
    result = ga_ooo.run(host, fork=FORK, sim="new", steps=3, options=options)
    exact, servers = str(result), str(replace(result, asked_servers=True))
    assert "would wait for the model for " in exact and "at most" not in exact
    assert servers.count("at most ") == 2


def test_options_reach_the_run(host: Path) -> None:
    options = ga_ooo.Options(
        run=ga_ooo.RunOptions(clock="virtual", window=1),
        model=ga_ooo.ModelOptions(latency=(0.5, 0.0, 0.0)),
        journal=ga_ooo.JournalOptions(file=host / "j.sqlite"),
        files=ga_ooo.FileOptions(measures=host / "m.json", trace=host / "t.npz"),
    )
    result = ga_ooo.run(host, fork=FORK, sim="new", steps=3, options=options)
    assert result.clock == "virtual" and result.seconds >= 0.5
    assert result.journal == host / "j.sqlite" and result.answers_recorded > 0
    assert json.loads((host / "m.json").read_text())["calls"] == result.calls
    assert (host / "t.npz").is_file()


@pytest.mark.parametrize(
    ("change", "error", "told"),
    [
        ({"fork": "nowhere"}, ga_ooo.UsageError, "take one of: base_minitown_n5"),
        ({"sim": FORK}, ga_ooo.UsageError, "choose another name"),
        ({"steps": 0}, ga_ooo.UsageError, "such as 8640"),
        ({"steps": "3"}, ga_ooo.UsageError, "such as 8640"),
        ({"checkout": "/nowhere"}, ga_ooo.UsageError, "give the folder of a clone"),
        (
            {"options": ga_ooo.Options(run=ga_ooo.RunOptions(rule="astrology"))},
            ga_ooo.UsageError,
            "use reach",
        ),
        (
            {
                "options": ga_ooo.Options(
                    model=ga_ooo.ModelOptions(urls=("http://127.0.0.1:9/v1",), name="m")
                )
            },
            ga_ooo.ModelError,
            "http://127.0.0.1:9",
        ),
    ],
)
def test_errors_are_those_of_the_command_line(
    change: dict[str, object], error: type[ga_ooo.GaOooError], told: str, host: Path
) -> None:
    before = set(host.rglob("*"))
    arguments = {"checkout": host, "fork": FORK, "sim": "new", "steps": 1, **change}
    with pytest.raises(error) as caught:
        ga_ooo.run(**arguments)  # type: ignore[arg-type]  # the cases differ in their types
    assert told in str(caught.value)
    assert caught.value.problem and caught.value.remedy
    assert {path for path in host.rglob("*") if "__pycache__" not in str(path)} <= before


def test_an_error_of_the_callback_stops_the_run_in_order(host: Path, by_command: Path) -> None:
    def stop(progress: ga_ooo.Progress) -> None:
        if progress.done == 3:
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        ga_ooo.run(host, fork=FORK, sim="same", steps=8640, progress=stop)
    resume_to(host, "same", by_command)


def resume_to(host: Path, sim: str, same: Path) -> None:
    """Resume a run; it must come to the bytes of another one."""
    meta = json.loads((host / STORAGE / sim / "reverie" / "meta.json").read_text())
    assert 0 < meta["step"] < 8640, "saved at a step of its own"
    if meta["step"] <= STEPS:
        ga_ooo.resume(host, sim, steps=STEPS)
        assert compare(same, host / STORAGE / sim).equal


ENDLESS = """
def show(progress):
    print(progress.done, flush=True)

try:
    ga_ooo.run(host, fork=fork, sim="same", steps=8640, progress=show)
except KeyboardInterrupt as error:
    print("stopped:", str(error).splitlines()[0])
    assert isinstance(error.__cause__, ga_ooo.RunStoppedError)
"""


def children_of(pid: int) -> list[int]:
    """Processes that a process has started."""
    found = Path(f"/proc/{pid}/task/{pid}/children").read_text()
    return [int(child) for child in found.split()]


def begun(process: subprocess.Popen[str]) -> int:
    """The process of the run, once it has taken a step."""
    assert process.stdout is not None
    assert process.stdout.readline() == "1\n"
    (child,) = children_of(process.pid)
    return child


def test_ctrl_c_stops_in_order(script: Script, host: Path, by_command: Path) -> None:
    process = script(ENDLESS)
    child = begun(process)
    process.send_signal(signal.SIGINT)
    text = output(process)
    assert "stopped: " in text and "interrupted" in text
    assert not is_alive(child)
    resume_to(host, "same", by_command)


def test_a_caller_that_is_killed_takes_the_run_along(
    script: Script, host: Path, by_command: Path
) -> None:
    process = script(ENDLESS)
    child = begun(process)
    process.kill()
    process.communicate()
    while is_alive(child):
        signal.sigtimedwait([], 0.05)
    resume_to(host, "same", by_command)


def test_a_run_that_is_killed_is_named(script: Script, host: Path, by_command: Path) -> None:
    process = script(
        """
        import os, signal
        try:
            ga_ooo.run(host, fork=fork, sim="same", steps=8640, progress=lambda p: print(p.done,
                       flush=True))
        except ga_ooo.RunStoppedError as error:
            print("stopped:", error.problem)
        """
    )
    os.kill(begun(process), signal.SIGKILL)
    assert "stopped: the process of the run ended with exit code -9" in output(process)


def test_resume_goes_on_with_the_options_of_the_run(host: Path, by_command: Path) -> None:
    options = ga_ooo.Options(
        run=ga_ooo.RunOptions(seed=0, checkpoint_steps=5),
        model=replace(ga_ooo.ModelOptions(), embedding_width=64),
        journal=ga_ooo.JournalOptions(keep=True),
    )
    ga_ooo.run(host, fork=FORK, sim="same", steps=STEPS // 2, options=options)
    result = ga_ooo.resume(host, "same", steps=STEPS)
    assert result.persona_steps == 5 * STEPS // 2
    assert result.journal == host / STORAGE / "same" / "ga_ooo" / "journal.sqlite"
    assert compare(by_command, host / STORAGE / "same").equal
    with pytest.raises(ga_ooo.UsageError, match="seed"):
        ga_ooo.resume(host, "same", steps=30, options=ga_ooo.Options(run=ga_ooo.RunOptions(seed=4)))


def test_the_command_line_resumes_it(host: Path, by_command: Path) -> None:
    ga_ooo.run(host, fork=FORK, sim="same", steps=STEPS // 2)
    done = ga_ooo_command("resume", host, "same", "--steps", STEPS, cwd=host.parent)
    assert done.returncode == 0, done.stderr
    assert compare(by_command, host / STORAGE / "same").equal


def test_verify(host: Path, tmp_path: Path) -> None:
    said: list[str] = []
    found = ga_ooo.verify(host, fork=FORK, steps=3, keep=tmp_path / "kept", report=said.append)
    assert found.equal and found.comparison.files > 3
    assert said and (tmp_path / "kept" / "engine").is_dir()
    with pytest.raises(ga_ooo.UsageError, match="is not an empty folder"):
        ga_ooo.verify(host, fork=FORK, steps=3, keep=tmp_path / "kept")
