"""``ga-ooo config show``: the effective values of defaults, file and flags, and their sources."""

from __future__ import annotations

import os
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import pytest

from ga_ooo.cli.main import main
from tests.cli.settings.command import ROOT, command

FILE = """
[run]
seed = 5
rule = "lockstep"
[model]
latency_seed = 3
[[model.endpoints]]
url = "http://a:8000/v1"
name = "llama"
key_env = "A_KEY"
[[model.endpoints]]
url = "http://b:8000/v1"
kinds = ["embedding"]
embedding_name = "bge"
[model.names.prompts]
"task decomposition" = "big"
[router]
eject_after = 2
[serve]
python = "~/vllm/bin/python"
"""


@pytest.fixture(autouse=True)
def in_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GA_OOO_CONFIG", raising=False)
    (tmp_path / "empty").mkdir()
    monkeypatch.chdir(tmp_path / "empty")


def show(capsys: pytest.CaptureFixture[str], *flags: str) -> str:
    """What it prints."""
    assert main(["config", "show", *flags]) == 0
    return capsys.readouterr().out


def origins(shown: str) -> dict[str, str]:
    """Key to origin, of all values."""
    lines = [line.split(" = ") for line in shown.splitlines() if "  # " in line and " = " in line]
    return {line[0]: line[-1].split("  # ")[1] for line in lines}


def test_without_a_file_all_is_default(capsys: pytest.CaptureFixture[str]) -> None:
    shown = show(capsys)
    assert shown.startswith("# no configuration file")
    assert set(origins(shown).values()) == {"default"}


def test_flags_override_the_file_which_overrides_defaults(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "f.toml").write_text(FILE, encoding="utf-8")
    shown = show(capsys, "--config", str(tmp_path / "f.toml"), "--seed", "9")
    values = tomllib.loads(shown)
    from_ = origins(shown)
    assert (values["run"]["seed"], from_["seed"]) == (9, "flag")
    assert (values["run"]["rule"], from_["rule"]) == ("lockstep", "file")
    assert (values["run"]["retries"], from_["retries"]) == (3, "default")
    assert values["router"]["eject_after"] == 2
    assert values["serve"]["python"] == str(Path("~/vllm/bin/python").expanduser())
    assert [server["url"] for server in values["model"]["endpoints"]] == [
        "http://a:8000/v1",
        "http://b:8000/v1",
    ]


def test_a_flag_that_repeats_the_default_still_overrides_the_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "f.toml").write_text(FILE, encoding="utf-8")
    shown = show(capsys, "--config", str(tmp_path / "f.toml"), "--seed", "0", "--rule", "reach")
    assert tomllib.loads(shown)["run"]["seed"] == 0
    assert tomllib.loads(shown)["run"]["rule"] == "reach"


@pytest.mark.parametrize(
    "flags", [["--model", "scripted"], ["--model-url", "http://c/v1", "--model-name", "m"]]
)
def test_another_model_by_flag_replaces_the_servers_of_the_file(
    flags: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "f.toml").write_text(FILE, encoding="utf-8")
    values: Any = tomllib.loads(show(capsys, "--config", str(tmp_path / "f.toml"), *flags))
    urls = [server["url"] for server in values["model"].get("endpoints", [])]
    assert urls == flags[1:2] * (flags[0] == "--model-url")


def test_a_model_name_by_flag_holds_for_the_servers_of_the_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "f.toml").write_text(FILE, encoding="utf-8")
    shown = show(capsys, "--config", str(tmp_path / "f.toml"), "--model-name", "other")
    assert tomllib.loads(shown)["model"]["endpoints"][0]["name"] == "other"


def test_the_output_is_a_file_with_the_same_effect(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "f.toml").write_text(FILE, encoding="utf-8")
    first = show(capsys, "--config", str(tmp_path / "f.toml"), "--seed", "9")
    (tmp_path / "again.toml").write_text(first, encoding="utf-8")
    second = show(capsys, "--config", str(tmp_path / "again.toml"))
    assert tomllib.loads(second) == tomllib.loads(first)


def test_no_secret_is_shown(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("A_KEY", "sk-very-secret")
    (tmp_path / "f.toml").write_text(FILE, encoding="utf-8")
    shown = show(capsys, "--config", str(tmp_path / "f.toml"))
    assert "A_KEY" in shown
    assert "sk-very" not in shown


def test_the_file_is_searched_in_the_working_folder_and_then_at_the_host(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    host = tmp_path / "host"
    host.mkdir()
    (host / "ga-ooo.toml").write_text("[run]\nseed = 1", encoding="utf-8")
    assert tomllib.loads(show(capsys, str(host)))["run"]["seed"] == 1
    Path("ga-ooo.toml").write_text("[run]\nseed = 2", encoding="utf-8")
    assert tomllib.loads(show(capsys, str(host)))["run"]["seed"] == 2


def test_a_wrong_file_is_wrong_usage(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "f.toml").write_text("[run]\nsead = 1", encoding="utf-8")
    assert main(["config", "show", "--config", str(tmp_path / "f.toml")]) == 2
    assert "did you mean seed" in capsys.readouterr().err


def test_a_closed_output_pipe_is_no_error() -> None:
    read, write = os.pipe()
    os.close(read)
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with os.fdopen(write) as pipe:
        done = subprocess.run(
            command("config", "show"),
            env=environment,
            stdout=pipe,
            stderr=subprocess.PIPE,
            text=True,
        )
    assert (done.returncode, done.stderr) == (141, "")
