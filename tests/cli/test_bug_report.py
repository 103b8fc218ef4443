"""``ga-ooo bug-report``: all that a report needs, and nothing that is nobody's business."""

from __future__ import annotations

from pathlib import Path

import pytest

from ga_ooo.disk import state_folder
from ga_ooo.host.imported.host_errors import HOST_ERROR_FILE
from ga_ooo.host.run.stimulus_file import STIMULUS_LOG_FILE
from tests.cli.conftest import STORAGE, Command

TRACEBACK = """\
Traceback (most recent call last):
  File "/somewhere/converse.py", line 12, in generate
    prompt = "Isabella secretly loves Klaus"
  File "/somewhere/utils.py", line 3, in ask
    raise ValueError(prompt)
ValueError: Isabella secretly loves Klaus
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("OPENAI_API_KEY", "sk-secret")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_run_with_an_error(folder: Path, host: Path, ga_ooo: Command) -> None:
    own = host / STORAGE / "taken" / "ga_ooo"
    own.mkdir()
    (own / "run.json").write_text('{"version": 1}')
    (own.parent / STIMULUS_LOG_FILE).write_text("\n".join(map(str, range(5_000))))
    (own.parent / HOST_ERROR_FILE).write_text(TRACEBACK)
    state_folder().mkdir(parents=True)
    (state_folder() / "unexpected_error.txt").write_text(TRACEBACK)
    done = ga_ooo("bug-report", str(host), "taken", "--output", "report.txt")
    assert (done.code, done.err) == (0, "")
    report = folder / "report.txt"
    text = report.read_text()
    assert report.stat().st_mode & 0o777 == 0o600
    for title in ("versions", "doctor", "traceback of ga_ooo", "options", "run", "stimulus log"):
        assert f"# {title}\n" in text
        assert f"{title}: " in done.out
    assert text.count('File "/somewhere/converse.py", line 12') == 2
    assert text.count("\nValueError\n") == 2
    assert "4999" in text and "\n2999\n" not in text
    assert "secret" not in text, "neither the key nor the prompt"


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["taken"], "holds no run of ga_ooo"),
        (["../taken"], "../taken"),
        (["--output", "nowhere/report.txt"], "cannot write nowhere/report.txt"),
    ],
)
def test_wrong_use_writes_nothing(
    arguments: list[str], told: str, folder: Path, host: Path, ga_ooo: Command
) -> None:
    done = ga_ooo("bug-report", str(host), *arguments)
    assert done.code == 2 and told in done.err and "remedy: " in done.err
    assert list(folder.rglob("*report*")) == []
