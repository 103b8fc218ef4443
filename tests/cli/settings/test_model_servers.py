"""``ga-ooo run`` against real HTTP servers: the same bytes as in-process, or a clear refusal
before anything is written."""

from __future__ import annotations

import re
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from ga_ooo.cli.main import main
from ga_ooo.lab.verify.compare import compare
from ga_ooo.scripted.server import ServerThread
from tests.cli.settings.command import FORK, copy_minitown, run, simulation

STEPS = 150


@pytest.fixture
def host(tmp_path: Path) -> Path:
    return copy_minitown(tmp_path)


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """Base URL of the scripted model."""
    with ServerThread(["scripted"]) as running:
        yield running.url


def everything(host: Path) -> set[Path]:
    return set(host.rglob("*"))


def test_the_same_bytes_as_without_a_server(host: Path, server: str, tmp_path: Path) -> None:
    # Calls are counted: nothing is asked that may turn out not to be needed.
    common = ["run", host, "--fork", FORK, "--steps", STEPS, "--seed", 3, "--runahead", "0"]
    local = run(*common, "--sim", "same", cwd=tmp_path)
    assert local.returncode == 0, local.stderr
    simulation(host, "same").rename(tmp_path / "local")
    remote = run(
        *common, "--sim", "same", "--model-url", server, "--model-name", "scripted", cwd=tmp_path
    )
    assert remote.returncode == 0, remote.stderr
    compared = compare(tmp_path / "local", simulation(host, "same"))
    assert compared.equal, compared.first
    assert compared.files > STEPS
    # This server ignores constraints, and the run says so.
    assert "structured outputs are off" in remote.stderr
    # Fewer than the calls: the journal asks for the embedding of a text once.
    written = re.search(r"journal: ([\d,]+) answers written down", remote.stdout)
    assert written
    assert f"model servers: {written[1]} calls answered" in remote.stdout
    assert server in remote.stdout


def test_servers_of_a_configuration_file(host: Path, server: str, tmp_path: Path) -> None:
    (tmp_path / "ga-ooo.toml").write_text(
        f"""
        [model]
        structured_outputs = false
        [[model.endpoints]]
        url = "{server}"
        kinds = ["chat", "completion", "embedding"]
        name = "scripted"
        embedding_name = "scripted"
        """,
        encoding="utf-8",
    )
    done = run("run", host, "--fork", FORK, "--sim", "by_file", "--steps", 2, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert server in done.stdout
    assert done.stderr == ""


@pytest.mark.parametrize("wrong", ["url", "name", "structured outputs"])
def test_a_server_that_cannot_be_used(wrong: str, host: Path, server: str, tmp_path: Path) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{closed.getsockname()[1]}/v1" if wrong == "url" else server
        more = ["--structured-outputs"] if wrong == "structured outputs" else []
        name = "gpt-9" if wrong == "name" else "scripted"
        before = everything(host)
        done = run(
            *("run", host, "--fork", FORK, "--sim", "never", "--steps", 5),
            *("--model-url", url, "--model-name", name, *more),
            cwd=tmp_path,
        )
    assert done.returncode == 4, done.stderr
    assert url in done.stderr
    assert "remedy: " in done.stderr
    assert name in done.stderr or wrong != "name"
    assert {path for path in everything(host) - before if "__pycache__" not in str(path)} == set()


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        (["--model-url", "http://x/v1"], "--model-name"),
        (["--model-url", "http://x/v1", "--model-name", "m", "--clock", "virtual"], "virtual"),
        (["--embedding-url", "http://x/v1"], "--model-url"),
        (["--model-url", "x:80", "--model-name", "m"], "http://"),
        (["--serve", "m"], "--serve-embedding"),
        (["--serve", "m", "--model-url", "http://x/v1", "--model-name", "m"], "--model-url"),
    ],
)
def test_wrong_usage(
    flags: list[str], message: str, host: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ["run", str(host), "--fork", FORK, "--sim", "s", "--steps", "5", "--config", ""]
    assert main([*command, *flags]) == 2
    assert message in capsys.readouterr().err
    assert not simulation(host, "s").exists()
