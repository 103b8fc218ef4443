"""Answers on which host code failed at every attempt are kept, and not used by a resumed run."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from ga_ooo.journal.records import JournalMode
from tests.cli.settings.command import FORK, copy_minitown, run, simulation
from tests.journal.poisoned import POISON
from tests.journal.runs import open_journal

FUNCTIONS = "reverie/backend_server/persona/prompt_template/gpt_structure.py"
RUN = ("--fork", FORK, "--sim", "sim", "--steps", 6, "--runahead", 0, "--checkpoint-every", 3)
MODEL = ("--plugin", "tests.journal.poisoned", "--model", "poisoned")


@pytest.fixture
def host(tmp_path: Path) -> Path:
    """A host that fails on one text."""
    host = copy_minitown(tmp_path)
    code = host / FUNCTIONS
    source = code.read_text()
    line = "        response = GPT_request(prompt, gpt_parameter)\n"
    assert line in source
    check = f'        if "{POISON}" in response:\n            raise ValueError("poisoned")\n'
    code.write_text(source.replace(line, line + check))
    return host


def test_a_run_that_bad_answers_have_stopped_can_be_resumed(host: Path, tmp_path: Path) -> None:
    poison = tmp_path / "poison"
    environment = {POISON: str(poison)}
    poison.touch()
    stopped = run("run", host, *RUN, *MODEL, cwd=tmp_path, environment=environment)
    assert stopped.returncode == 5, stopped.stderr
    assert "poisoned" in stopped.stderr and "4 attempts" in stopped.stderr
    assert "resume the run: it asks for other ones" in " ".join(stopped.stderr.split())
    journal = simulation(host, "sim") / "ga_ooo" / "journal.sqlite"
    bad = "SELECT count(*) FROM calls WHERE answer = 'POISON'"
    with closing(sqlite3.connect(journal)) as connection:
        (kept,) = connection.execute(bad).fetchone()
        ((persona, step, attempts),) = connection.execute("SELECT * FROM failed_moves")
    assert kept and persona and attempts == 4
    poison.unlink()
    resumed = run("resume", host, "sim", cwd=tmp_path, environment=environment)
    assert resumed.returncode == 0, resumed.stderr
    with closing(sqlite3.connect(journal)) as connection:
        assert connection.execute(bad).fetchone() == (kept,)
        query = (
            "SELECT min(attempt) FROM calls "
            "WHERE persona = ? AND step = ? AND kind = 'completion' AND answer != ?"
        )
        (first,) = connection.execute(query, (persona, step, POISON)).fetchone()
    assert first >= attempts
    # A replay has the resumed run as it was.
    again = ("--fork", FORK, "--sim", "again", "--steps", 6, "--runahead", 0)
    replayed = run("run", host, *again, "--replay", journal, cwd=tmp_path)
    assert replayed.returncode == 0, replayed.stderr


def test_a_replay_repeats_a_failure_unless_the_run_was_resumed(tmp_path: Path) -> None:
    path = tmp_path / "j.sqlite"
    with closing(open_journal(path)) as journal:
        journal.failed_moves.note("Ada", 7, 4)
        journal.failed_moves.note("Ada", 7, 8)
        assert journal.failed_moves.first_attempts() == {("Ada", 7): 8}
    with closing(open_journal(path, JournalMode.RESUME)) as journal:
        assert journal.failed_moves.first_attempts() == {("Ada", 7): 8}
    with closing(open_journal(path, JournalMode.REPLAY)) as journal:
        journal.failed_moves.note("Bo", 7, 4)
        assert journal.failed_moves.first_attempts() == {}
