"""Bad input of many kinds: exit code and message of each, as docs/errors.md lists them.

``python -m tests.cli.test_error_table`` writes the page again.
"""

from __future__ import annotations

import contextlib
import io
import json
import logging
import os
import tempfile
from pathlib import Path
from typing import Final

import pytest

from ga_ooo.cli.main import main
from ga_ooo.host.checkout.shipped import data_folder
from tests.cli.conftest import FORK, everything, make_host

PAGE: Final = Path(__file__).parents[2] / "docs" / "errors.md"

_RUN: Final = f"run HOST --fork {FORK} --sim new --steps 5"
_VERIFY: Final = f"verify HOST --fork {FORK} --steps 5"
_HEAD: Final = """\
# Wrong input, and what the command says

After reading this page you can find the cause of a message. `ga-ooo --help` explains the exit
codes. Each error is one message with a remedy below it. A test makes this table.

| input | exit code | message |
|---|---|---|
"""

INPUTS: Final = (
    *("runn", "conquer", "--verison", "run", "run HOST", "resume HOST", "patch", "journal"),
    *("run HOST --sead 4", "config sow", "journal shrink HOST taken", "completion powershell"),
    *(f"{_RUN} --steps {text}" for text in ("0", "-5", "1.5", "many", "100+0", "")),
    *(f"{_RUN} --fork={text}" for text in ("demo_minitown_n6", "../x", "", "a\tb")),
    *(f"{_RUN} --sim={text}" for text in ("taken", "a/b", "..", "", "v1.5", "a:b", "x" * 201)),
    *(f"{_RUN} --rule={text}" for text in ("astrology", "euclidean:far", "euclidean:-1")),
    *(f"{_RUN} --rule={text}" for text in ("euclidean:8:0", "euclidean:nan", "reach:8", "")),
    *(f"{_RUN} --runahead-budget={text}" for text in ("-0.1", "nan", "some", "%", "-5%", "15%%")),
    *(f"{_RUN} --latency={text}" for text in ("slow", "-1", "nan", "1:2", "1:2:3:4")),
    *(f"{_RUN} {flag}" for flag in ("--seed=lucky", "--retries=-1", "--window=0", "--slots=0")),
    *(f"{_RUN} {flag}" for flag in ("--runahead=-1", "--runahead=far", "--mode=turbo")),
    *(f"{_RUN} {flag}" for flag in ("--accelerate=path,speed", "--plugin=no_such_module")),
    *(f"{_RUN} {flag}" for flag in ("--config=no_such_file.toml", "--embedding-width=0")),
    *(f"{_RUN} {flag}" for flag in ("--checkpoint-every=0", "--checkpoint-seconds=0")),
    *(f"{_RUN} {flag}" for flag in ("--keep-checkpoints=-1", "--clock=sundial")),
    *(f"{_RUN} {flag}" for flag in ("--trace=HOST/day.txt", "--trace=HOST/no/day.npz")),
    *(f"{_RUN} {flag}" for flag in ("--measures=HOST/no/m.json", "--storage=HOST/no")),
    *(f"{_RUN} {flag}" for flag in ("--model-url=http://localhost:8000/v1", "--serve=m")),
    f"{_RUN} --mode=lockstep --trace=day.npz",
    *(f"{_VERIFY} {flag}" for flag in ("--steps=0", "--rule=astrology", "--accelerate=speed")),
    *(f"{_VERIFY} {flag}" for flag in ("--fork=demo_minitown_n6", "--seed=x", "--sim=new")),
    *(f"bench HOST --fork {FORK} {flag}" for flag in ("--repeats=0", "--steps=0", "--slots=0")),
    *("run NOWHERE --fork f --sim s --steps 1", "run EMPTY --fork f --sim s --steps 1"),
    *("patch NOWHERE", "patch EMPTY", "patch HOST --check --revert", "reverie EMPTY"),
    *("resume HOST taken", "resume HOST nobody", "resume HOST a/b", "journal compact HOST taken"),
    *(f"scripted-model --port={text}" for text in ("99999", "-1", "0x", "")),
    *("scripted-model --latency=slow", "scripted-model --embedding-width=0", "serve"),
    *("serve m --port=0", "serve m --replicas=0", "serve m --gpu-memory-utilization=150%"),
    *("serve m --replica-s=1", "demo --steps=0", "demo --fork=nobody", "demo --keep=HOST"),
    *("demo --keep=HOST/README.md", "demo --keep=HOST/README.md/below"),
    *("replay nowhere.npz", "replay HOST", "replay HOST/README.md", "replay"),
    *(
        "replay day.npz --agents=0",
        "replay day.npz --agents=1000000",
        "replay day.npz --gpus=none",
        "replay day.npz --stagger=-1",
    ),
    *("replay day.npz --policy=luck", "replay day.npz --plots=HOST/README.md"),
)


def table(folder: Path) -> str:
    """The page, from running each input."""
    host, empty = make_host(folder), folder / "empty"
    empty.mkdir()
    places = {"HOST": host, "EMPTY": empty, "NOWHERE": folder / "nowhere"}
    places["MINITOWN"] = data_folder("minitown")
    before = everything(folder)
    rows = [_row(line, places) for line in INPUTS]
    after = everything(folder)
    changed = {name for name in before | after if before.get(name) != after.get(name)}
    assert changed == set()
    return _HEAD + "\n".join(rows) + "\n"


def _row(line: str, places: dict[str, Path]) -> str:
    words = line.split(" ")
    for name, place in places.items():
        words = [word.replace(name, str(place)) for word in words]
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = main(words)
    message = err.getvalue()
    assert "Traceback" not in message and code not in (0, 1, 8), (line, message)
    assert "\n  remedy: " in message, (line, message)
    problem = message.partition("\n")[0].removeprefix("ga-ooo: ")
    for name, place in places.items():
        problem = problem.replace(str(place), name)
    shown = line if len(line) < 100 else f"{line[:97]}..."
    if len(problem) > 200:
        problem = f"{problem[:197]}..."
    return f"| `{json.dumps(shown)[1:-1]}` | {code} | {problem.replace('|', '/')} |"


@pytest.fixture
def no_run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Neither a run nor a server begins; the working folder has no configuration file."""

    def refuse(*_: object, **__: object) -> None:
        raise SystemExit("all checks passed")

    monkeypatch.setattr(os, "execve", refuse)
    monkeypatch.setenv("PYTHONHASHSEED", "0")
    monkeypatch.delenv("GA_OOO_CONFIG", raising=False)
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")


@pytest.mark.usefixtures("no_run")
def test_the_page_lists_what_the_command_says(tmp_path: Path) -> None:
    assert len(INPUTS) >= 90
    (tmp_path / "files").mkdir()
    assert table(tmp_path / "files") == PAGE.read_text(encoding="utf-8"), (
        "write the page again: python -m tests.cli.test_error_table"
    )


def test_inputs_are_of_many_kinds() -> None:
    assert len(set(INPUTS)) == len(INPUTS)


if __name__ == "__main__":
    logging.disable()
    os.environ["PYTHONHASHSEED"] = "0"
    with tempfile.TemporaryDirectory() as made, tempfile.TemporaryDirectory() as here:
        os.chdir(here)
        PAGE.write_text(table(Path(made)), encoding="utf-8")
