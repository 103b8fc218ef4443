"""The commands that look at simulations: what they say, and that no text of others is obeyed."""

from __future__ import annotations

import csv
import fcntl
import io
import json
from html.parser import HTMLParser
from pathlib import Path

import pytest

from ga_ooo.host.durable.record import RunRecord, write_record
from tests.record.rows import NAMES
from tests.views.conftest import STORAGE, Command

ADA, BO = NAMES
SAFE_BO = "Bo <script>alert(1)</script>"


def is_plain(text: str) -> bool:
    """Whether a terminal shows this text and does nothing else."""
    return all(char.isprintable() or char == "\n" for char in text)


class TestTranscript:
    def test_text(self, host: Path, ga_ooo: Command) -> None:
        code, out, _ = ga_ooo("transcript", host, "day")
        assert code == 0
        assert "February 13, 2023, 08:00:20 (step 2)  Ada Byron and Bo <script>" in out
        assert ", at the Ville:cafe:counter\n" in out
        assert "    Ada Byron: Hi <b>Bo</b>\n" in out
        assert f"    {SAFE_BO}: \\x1b[31mHello\\x07\\u202e\n" in out
        assert is_plain(out)

    def test_record_and_step_files_agree(self, host: Path, ga_ooo: Command) -> None:
        _, recorded, _ = ga_ooo("transcript", host, "day", "--format", "csv")
        (host / STORAGE / "day" / "ga_ooo" / "record.sqlite").unlink()
        _, from_files, _ = ga_ooo("transcript", host, "day", "--format", "csv")
        assert recorded == from_files

    def test_csv(self, host: Path, ga_ooo: Command) -> None:
        path = host / STORAGE / "day" / "movement" / "2.json"
        path.write_text(path.read_text().replace("Hi <b>", "=1+2 <b>"))
        (host / STORAGE / "day" / "ga_ooo" / "record.sqlite").unlink()
        _, out, _ = ga_ooo("transcript", host, "day", "--format", "csv")
        rows = list(csv.DictReader(io.StringIO(out, newline="")))
        assert rows[0] == {
            "game_time": "2023-02-13 08:00:20",
            "step": "2",
            "x": "5",
            "y": "4",
            "address": "the Ville:cafe:counter",
            "speaker": ADA,
            "listener": BO,
            "words": "'=1+2 <b>Bo</b>",
        }

    def test_html(self, host: Path, ga_ooo: Command) -> None:
        _, out, _ = ga_ooo("transcript", host, "day", "--format", "html")
        tags: set[str] = set()

        class Reader(HTMLParser):
            def handle_starttag(self, tag: str, attrs: object) -> None:
                tags.add(tag)

        Reader().feed(out)
        assert "script" not in tags
        assert "b" not in tags
        assert "Hi &lt;b&gt;Bo&lt;/b&gt;" in out
        assert "default-src &#x27;none" not in out
        assert "default-src 'none'" in out
        assert is_plain(out)

    def test_selection(self, host: Path, ga_ooo: Command) -> None:
        assert "Hi" in ga_ooo("transcript", host, "day", "--persona", ADA, "--from", "8:00")[1]
        for limit in (("--from", "08:00:30"), ("--until", "2023-02-13 08:00:20")):
            assert ga_ooo("transcript", host, "day", *limit)[1] == "no conversations\n"
        code, _, err = ga_ooo("transcript", host, "day", "--persona", "Cy")
        assert code == 2
        assert "name one of: Ada Byron, Bo" in err
        code, _, err = ga_ooo("transcript", host, "day", "--from", "noon")
        assert code == 2
        assert "'noon' is no game time" in err

    def test_broken_step_file(self, host: Path, ga_ooo: Command) -> None:
        (host / STORAGE / "day" / "ga_ooo" / "record.sqlite").unlink()
        (host / STORAGE / "day" / "movement" / "2.json").write_text("[1]")
        code, _, err = ga_ooo("transcript", host, "day")
        assert code == 2
        assert "2.json is no movement file" in err


class TestExplain:
    def test_a_step(self, host: Path, ga_ooo: Command) -> None:
        _, out, _ = ga_ooo("explain", host, "day", "--persona", BO, "--step", 2)
        assert out.splitlines() == [
            f"{SAFE_BO}, step 2: February 13, 2023, 08:00:20 in the town",
            "",
            "    +0.000 s  The persona reached the step: its step before was committed.",
            "    +0.000 s  Held for 0.1 s by Ada Byron (order), so the step could not begin: Ada "
            "Byron was in sight, comes first in the order of personas, and had not taken this "
            "step.",
            "      +0.2 s  Ready, after 0.2 s: nothing held the step, and it was issued.",
            "      +0.3 s  Asked “poignancy” in perceive: answered after 0.1 s, 50 tokens in, 1 "
            "out; by s at the attempt 2.",
            "      +0.5 s  Completed: the move returned, 0.3 s after it was issued. It had failed "
            "1 time before.",
            "      +0.5 s  Held for 0.1 s by Ada Byron (commit), so the step could not be "
            "committed: Ada Byron was in sight and had not taken this step, so it could still "
            "begin a conversation.",
            "      +0.6 s  Committed, on tile (5, 4)",
            "      +0.7 s  Everybody had committed the step: it retired.",
            "",
            "The times count from 2.0 s after the begin of the run.",
        ]

    def test_early_calls(self, host: Path, ga_ooo: Command) -> None:
        _, out, _ = ga_ooo("explain", host, "day", "--persona", ADA, "--step", 2)
        assert "a rehearsal had asked it 2.1 s before, and the answer took 0.3 s" in out
        assert "Committed, on tile (5, 4): talking @ the Ville:cafe:counter" in out

    def test_steps_that_are_not_taken(self, host: Path, ga_ooo: Command) -> None:
        for name, step, text in (
            (ADA, 4, "Not committed yet: has waited 0.1 s for an answer to “utterance”."),
            (BO, 4, "Not committed yet: held by Ada Byron (order) for 0.2 s."),
            (BO, 9, "Not taken yet: the persona is at step 4."),
        ):
            assert text in ga_ooo("explain", host, "day", "--persona", name, "--step", step)[1]

    def test_wrong_names(self, host: Path, ga_ooo: Command) -> None:
        code, _, err = ga_ooo("explain", host, "day", "--persona", "Cy", "--step", 2)
        assert code == 2
        assert "there is no persona 'Cy'" in err
        code, _, err = ga_ooo("explain", host, "base_minitown_n5", "--persona", ADA, "--step", 2)
        assert code == 2
        assert "there is no record" in err
        code, _, err = ga_ooo("explain", host, "nothing", "--persona", ADA, "--step", 2)
        assert code == 2
        assert "there is no simulation" in err


def test_why(host: Path, ga_ooo: Command) -> None:
    assert ga_ooo("why", host, "day")[1].splitlines() == [
        "4.0 s after the begin of the run:",
        "",
        "Ada Byron, step 4: has waited 0.1 s for an answer to “utterance”",
        f"└─ {SAFE_BO}, step 4: held by Ada Byron (order) for 0.2 s",
        "",
        f"Longest chain, 2 personas: Ada Byron <- {SAFE_BO}",
    ]


class TestList:
    @pytest.fixture
    def run(self, host: Path) -> RunRecord:
        """``day`` is a run of 8 steps."""
        record = RunRecord(
            run_id="0" * 32,
            seed=0,
            revision="r",
            code="0" * 32,
            map="0" * 32,
            scenario="base_minitown_n5",
            scenario_content="0" * 32,
            model=json.dumps({"served": ["Qwen/Qwen3-8B"]}),
            hash_seed="0",
            first=0,
            steps=(8,),
        )
        write_record(host / STORAGE / "day", record)
        return record

    def test_a_stopped_run(self, host: Path, ga_ooo: Command, run: RunRecord) -> None:
        code, out, err = ga_ooo("list", host)
        assert code == 0, err
        head, facts, *commands = out.splitlines()
        assert head == "day  stopped: its run was stopped or killed, and can be resumed"
        assert facts.startswith("    4 of 8 steps, February 13, 2023, 08:00:30; ")
        assert facts.endswith("forked from base_minitown_n5, model Qwen/Qwen3-8B")
        assert commands[:3] == [
            f"    ga-ooo resume {host} day",
            f"    ga-ooo why {host} day",
            f"    ga-ooo transcript {host} day",
        ]

    def test_a_running_run(self, host: Path, ga_ooo: Command, run: RunRecord) -> None:
        with (host / STORAGE / "day" / "ga_ooo" / "run.lock").open("w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            assert "day  running" in ga_ooo("list", host)[1]
        assert "day  stopped" in ga_ooo("list", host)[1]

    def test_other_simulations(self, host: Path, ga_ooo: Command, run: RunRecord) -> None:
        write_record(host / STORAGE / "day", run.with_steps([4], 4))
        (host / STORAGE / "own" / "movement").mkdir(parents=True)
        (host / STORAGE / "evil" / "movement").mkdir(parents=True)
        (host / STORAGE / "evil" / "movement" / "0.json").symlink_to("/etc/passwd")
        out = ga_ooo("list", host)[1]
        assert "day  finished" in out
        assert "own  saved" in out
        assert "evil  unreadable: " in out
        assert is_plain(out)

    def test_none(self, host: Path, ga_ooo: Command, tmp_path: Path) -> None:
        (tmp_path / "empty").mkdir()
        assert "no simulation in" in ga_ooo("list", host, "--storage", tmp_path / "empty")[1]
        assert ga_ooo("list", host, "--storage", tmp_path / "none")[0] == 2
