"""Journals of whole runs: minitown on a real HTTP server, killed, resumed, replayed, verified.

In some tests the server never gives the same answer twice.
"""

from __future__ import annotations

import re
import signal
import sqlite3
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Final

import pytest

from ga_ooo.journal._integrity import checksum, link, newest_link
from ga_ooo.lab.verify.compare import compare
from ga_ooo.model.requests import ModelAnswer, ModelCall
from ga_ooo.scripted.client import ScriptedClient
from ga_ooo.scripted.server import ServerThread
from tests.cli.settings.command import FORK, command, copy_minitown, run, simulation

STEPS = 12
TOWN = ("--fork", FORK, "--steps", STEPS)

EXACTLY: Final = ("--runahead", "0")
"""Calls are counted, so no rehearsal may make further ones."""


class Asked:
    """Counts the calls of all servers in this process, and changes their answers on request.

    Attributes:
        calls: number of calls, including probes.
        fickle: whether numbers in answers change from call to call.
        changed: number of answers that changed.
    """

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.calls = 0
        self.fickle = False
        self.changed = 0
        own = ScriptedClient.answer

        async def answer(client: ScriptedClient, call: ModelCall) -> ModelAnswer:
            self.calls += 1
            answer = await own(client, call)
            # A rating, bare or in the host's JSON wrapper.
            rating = re.fullmatch(r"(\D{0,14}?)\d+(\D{0,2})", answer.text)
            if self.fickle and rating:
                self.changed += 1
                text = f"{rating[1]}{1 + self.calls % 9}{rating[2]}"
                return ModelAnswer(text, (), "stop", 1, 1, answer.model)
            return answer

        monkeypatch.setattr(ScriptedClient, "answer", answer)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Asked:
    return Asked(monkeypatch)


@pytest.fixture
def host(tmp_path: Path) -> Path:
    return copy_minitown(tmp_path)


@pytest.fixture
def server(asked: Asked) -> Iterator[list[str]]:
    """Flags that name a server."""
    with ServerThread(["scripted"]) as running:
        yield ["--model-url", running.url, "--model-name", "scripted", "--no-structured-outputs"]


def stored(journal: Path, table: str) -> int:
    """Number of answers in a journal."""
    condition = "answer IS NOT NULL" if table == "calls" else "true"
    with closing(sqlite3.connect(journal)) as connection:
        [[count]] = connection.execute(f"SELECT count(*) FROM {table} WHERE {condition}")
    return int(count)


def answers(journal: Path) -> int:
    return stored(journal, "calls") + stored(journal, "embeddings")


def kill_with(journal: Path, least: int, process: subprocess.Popen[bytes]) -> None:
    """kill -9 as soon as the journal has this number of answers."""
    while process.poll() is None:
        if journal.exists() and answers(journal) >= least:
            process.send_signal(signal.SIGKILL)
            break
        time.sleep(0.01)
    assert process.wait() == -signal.SIGKILL, "it was killed in the middle"


def test_killed_and_resumed(host: Path, server: list[str], asked: Asked, tmp_path: Path) -> None:
    whole = run("run", host, *TOWN, *EXACTLY, "--sim", "same", *server, cwd=tmp_path)
    assert whole.returncode == 0, whole.stderr
    probes = asked.calls - answers(simulation(host, "same") / "ga_ooo" / "journal.sqlite")
    simulation(host, "same").rename(tmp_path / "whole")

    journal = tmp_path / "journal.sqlite"
    arguments = command("run", host, *TOWN, *server, "--journal", journal, *EXACTLY, "--sim")
    with (tmp_path / "killed.txt").open("w") as log:
        kill_with(
            journal,
            20,
            subprocess.Popen([*arguments, "killed"], cwd=tmp_path, stdout=log, stderr=log),
        )
    kept = answers(journal)
    assert kept >= 20
    before = asked.calls
    done = subprocess.run([*arguments, "same"], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert asked.calls - before == probes + answers(journal) - kept
    assert answers(journal) == answers(tmp_path / "whole" / "ga_ooo" / "journal.sqlite")
    compared = compare(tmp_path / "whole", simulation(host, "same"))
    assert compared.equal, compared.first


def test_replayed_without_a_server(host: Path, asked: Asked, tmp_path: Path) -> None:
    asked.fickle = True
    with ServerThread(["scripted"]) as running:
        model = ["--model-url", running.url, "--model-name", "scripted"]
        recorded = run("run", host, *TOWN, "--sim", "same", *model, cwd=tmp_path)
    assert recorded.returncode == 0, recorded.stderr
    simulation(host, "same").rename(tmp_path / "recorded")
    journal = tmp_path / "recorded" / "ga_ooo" / "journal.sqlite"
    before = asked.calls
    flags = ("--replay", journal, "--sim", "same")
    replayed = run("run", host, *TOWN, *flags, cwd=tmp_path)
    assert replayed.returncode == 0, replayed.stderr
    assert asked.calls == before
    compared = compare(tmp_path / "recorded", simulation(host, "same"))
    assert compared.equal, compared.first

    longer = ("--fork", FORK, "--steps", 150, "--replay", journal, "--sim", "longer")
    beyond = run("run", host, *longer, cwd=tmp_path)
    assert beyond.returncode == 7, beyond.stdout
    assert "is not in the journal" in beyond.stderr


def test_a_fork_does_not_contain_the_journal(host: Path, server: list[str], tmp_path: Path) -> None:
    first = run("run", host, "--fork", FORK, "--steps", 2, "--sim", "one", *server, cwd=tmp_path)
    assert first.returncode == 0, first.stderr
    assert (simulation(host, "one") / "ga_ooo" / "journal.sqlite").exists()
    more = ("--fork", "one", "--steps", 2, "--sim", "two", "--no-journal")
    forked = run("run", host, *more, *server, cwd=tmp_path)
    assert forked.returncode == 0, forked.stderr
    assert not (simulation(host, "two") / "ga_ooo" / "journal.sqlite").exists()


def test_verified_on_a_model_that_never_repeats_itself(
    host: Path, server: list[str], asked: Asked, tmp_path: Path
) -> None:
    asked.fickle = True
    kept = tmp_path / "kept"
    done = run("verify", host, *TOWN, *server, "--keep", kept, cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "equal: " in done.stdout
    assert answers(kept / "journal.sqlite") > 20
    assert asked.changed > 0
    shown = done.stdout.split("engine (")[1]
    assert "journal: 0 answers written down" in shown


def test_a_recorded_call_that_was_not_asked(host: Path, server: list[str], tmp_path: Path) -> None:
    journal = tmp_path / "journal.sqlite"
    recorded = run("run", host, *TOWN, "--sim", "one", *server, "--journal", journal, cwd=tmp_path)
    assert recorded.returncode == 0, recorded.stderr
    with closing(sqlite3.connect(journal)) as connection:
        row = ("Nobody", 3, 0, 4, "embedding", "x", 0)
        content = checksum((*row, *(None,) * 12))
        linked = link(newest_link(connection, "calls"), content)
        connection.execute(
            "INSERT INTO calls (persona, step, attempt, ordinal, kind, fingerprint, occurrence, "
            "checksum, link) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (*row, content, linked),
        )
        connection.commit()
    replayed = run("run", host, *TOWN, "--sim", "two", "--replay", journal, cwd=tmp_path)
    assert replayed.returncode == 7
    assert "1 calls recorded in" in replayed.stderr
    assert "call 4 of Nobody at step 3" in replayed.stderr
