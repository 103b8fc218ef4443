"""Wrong command lines: the exit code, an error with a remedy, no traceback, no file changed."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.conftest import FORK, STORAGE, Command, everything

RUN = {"--fork": FORK, "--sim": "new", "--steps": "5"}


@pytest.mark.parametrize("command", ["run", "verify"])
@pytest.mark.parametrize(
    ("flag", "value", "message"),
    [
        ("--fork", "demo_minitown_n6", "take one of: demo_minitown_n5"),
        ("--fork", "../elsewhere", "choose a short name"),
        ("--steps", "0", "such as 8640"),
        ("--steps", "-5", "such as 8640"),
        ("--steps", "100+0", "such as 8640"),
        ("--steps", "many", "such as 8640"),
        ("--steps", "1.5", "such as 8640"),
        ("--steps", "", "such as 8640"),
        ("--rule", "astrology", "use reach, euclidean:RADIUS[:SPEED] or lockstep"),
        ("--rule", "euclidean:far", "such as euclidean:12"),
        ("--rule", "euclidean:-1", "such as euclidean:12"),
        ("--rule", "euclidean:8:0", "such as euclidean:12"),
        ("--rule", "euclidean:nan", "such as euclidean:12"),
        ("--rule", "reach:8", "use reach"),
        ("--accelerate", "path,speed", "give all, none"),
        ("--seed", "lucky", "--seed"),
    ],
)
def test_values_that_run_and_verify_refuse(
    command: str, flag: str, value: str, message: str, host: Path, ga_ooo: Command
) -> None:
    refused(ga_ooo, host, command, {flag: value}, message)


@pytest.mark.parametrize(
    ("flag", "value", "message"),
    [
        ("--sim", "taken", "choose another name"),
        ("--sim", "a/b", "choose a short name"),
        ("--sim", "..", "choose a short name"),
        ("--sim", "", "choose a short name"),
        ("--retries", "-1", "of 0 or more"),
        ("--window", "0", "of 1 or more"),
        ("--runahead", "-1", "of 0 or more"),
        ("--runahead", "far", "--runahead"),
        ("--runahead-budget", "-0.1", "such as 0.15 or 15%"),
        ("--runahead-budget", "nan", "such as 0.15 or 15%"),
        ("--runahead-budget", "some", "--runahead-budget"),
        ("--slots", "0", "of 1 or more"),
        ("--latency", "slow", "such as 0.05"),
        ("--latency", "-1", "seconds of 0 or more"),
        ("--mode", "turbo", "one of ooo, lockstep"),
        ("--model-url", "http://localhost:8000/v1", "give --model-name"),
        ("--plugin", "no_such_module", "no_such_module"),
        ("--config", "no_such_file.toml", "no_such_file.toml"),
        ("--serve", "m", "add --serve-embedding MODEL"),
    ],
)
def test_values_that_run_refuses(
    flag: str, value: str, message: str, host: Path, ga_ooo: Command
) -> None:
    refused(ga_ooo, host, "run", {flag: value}, message)


@pytest.mark.parametrize(
    ("flag", "value", "message"),
    [
        ("--fork", "demo_minitown_n6", "take one of: demo_minitown_n5"),
        ("--steps", "0", "such as 8640"),
        ("--repeats", "0", "of 1 or more"),
        ("--latency", "-1", "seconds of 0 or more"),
        ("--latency", "slow", "such as 0.05"),
        ("--slots", "0", "of 1 or more"),
        ("--model-url", "http://localhost:8000/v1", "give --model-name"),
    ],
)
def test_values_that_bench_refuses(
    flag: str, value: str, message: str, host: Path, ga_ooo: Command
) -> None:
    refused(ga_ooo, host, "bench", {flag: value}, message)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("runn",), "did you mean run"),
        (("conquer",), "choose from ask, bench, bug-report, check,"),
        (("--verison",), "did you mean --version?"),
        (("run", ".", "--sead", "4"), "did you mean --seed"),
        (("run", ".", "--model_url=http://x"), "did you mean --model-url"),
        (("serve", "m", "--replica-s", "1", "--", "--sead"), "did you mean --replicas"),
        (("config", "sow"), "sow is not one of show, reference"),
    ],
)
def test_spelling_errors_name_the_nearest(
    arguments: tuple[str, ...], message: str, ga_ooo: Command
) -> None:
    outcome = ga_ooo(*arguments)
    assert outcome.code == 2 and message in outcome.err and "remedy: " in outcome.err


@pytest.mark.parametrize("flag", ["--latency=0.1", "--slots=1"])
def test_only_the_scripted_model_can_be_late(flag: str, host: Path, ga_ooo: Command) -> None:
    servers = ("--model-url=http://localhost:8000/v1", "--model-name=m")
    outcome = ga_ooo("bench", host, "--fork", FORK, *servers, flag)
    assert outcome.code == 2 and "leave --latency, --slots and --embedding-width out" in outcome.err


def refused(
    ga_ooo: Command, host: Path, command: str, change: dict[str, str], message: str, code: int = 2
) -> None:
    """The command must end with this code, print this message and a remedy, and change no file."""
    before = everything(host)
    flags = {**RUN, **change}
    if command in ("verify", "bench"):
        del flags["--sim"]
    outcome = ga_ooo(command, host, *(f"{flag}={value}" for flag, value in flags.items()))
    assert outcome.code == code, outcome
    assert message in outcome.err
    assert "remedy: " in outcome.err and "Traceback" not in outcome.err
    assert everything(host) == before


def cut_short(path: Path) -> None:
    path.write_text('{"persona": [1,\n  2')


def not_text(path: Path) -> None:
    path.write_bytes(b"\xff\xfe{}")


NORA = "personas/Nora Adler/bootstrap_memory"


@pytest.mark.parametrize("command", ["run", "verify"])
@pytest.mark.parametrize(
    ("file", "harm", "message"),
    [
        ("reverie/meta.json", cut_short, "meta.json, line 2, column"),
        ("reverie/meta.json", not_text, "is not UTF-8"),
        ("environment/0.json", cut_short, "0.json, line 2, column"),
        ("environment/0.json", Path.unlink, "0.json is missing"),
        (f"{NORA}/scratch.json", cut_short, "scratch.json, line 2, column"),
        (f"{NORA}/associative_memory/nodes.json", cut_short, "nodes.json, line 2, column"),
        (f"{NORA}/spatial_memory.json", Path.unlink, "spatial_memory.json is missing"),
    ],
)
def test_broken_scenarios(
    command: str, file: str, harm: Callable[[Path], None], message: str, host: Path, ga_ooo: Command
) -> None:
    harm(host / STORAGE / FORK / file)
    refused(ga_ooo, host, command, {}, message)


def test_scenarios_of_another_storage_are_checked_too(host: Path, ga_ooo: Command) -> None:
    elsewhere = host / "elsewhere"
    elsewhere.mkdir()
    refused(ga_ooo, host, "run", {"--storage": str(elsewhere)}, "there is no scenario")
    shutil.copytree(host / STORAGE / FORK, elsewhere / FORK)
    shutil.copytree(host / STORAGE / FORK, elsewhere / "new")
    refused(ga_ooo, host, "run", {"--storage": str(elsewhere)}, "choose another name")


@pytest.mark.parametrize("command", ["run", "verify", "bench", "reverie", "patch", "doctor"])
def test_what_is_no_host(command: str, tmp_path: Path, ga_ooo: Command) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    flags = [f"{flag}={value}" for flag, value in RUN.items()]
    forked = [flags[0], flags[2]]
    more = {"run": flags, "verify": forked, "bench": forked}.get(command, [])
    for folder, code in ((empty, 3), (tmp_path / "nowhere", 3 if command == "doctor" else 2)):
        outcome = ga_ooo(command, folder, *more)
        assert outcome.code == code, outcome
        words = outcome.out if command == "doctor" else outcome.err
        assert str(folder) in words and "give the folder of a clone" in words
    assert list(tmp_path.iterdir()) == [empty] and not list(empty.iterdir())


def test_a_log_that_cannot_be_written(
    host: Path, ga_ooo: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONHASHSEED", "0")
    refused(ga_ooo, host, "run", {"--host-log": str(host / "no" / "log")}, "another --host-log")


def test_verify_leaves_a_folder_in_use_alone(host: Path, ga_ooo: Command) -> None:
    for keep in (host / "reverie", host / "make_town.py"):
        before = everything(host)
        outcome = ga_ooo("verify", host, "--fork", FORK, "--steps", "1", "--keep", keep)
        assert outcome.code == 2 and "give --keep a new or an empty folder" in outcome.err
        assert everything(host) == before
