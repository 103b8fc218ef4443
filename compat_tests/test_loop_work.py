"""A fork's own work in its loop is done with all personas at one step, as in its own loop."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from compat_tests.live import live_run, read, step_numbers
from compat_tests.town import BACKEND, FRONTEND, Town, copy_of, ga_ooo, saved_step
from ga_ooo.host.checkout.locate import locate
from ga_ooo.lab.verify.compare import compare

STEPS = 150

NOTES = """
_answer_interviews = ReverieServer.process_interview_requests


def _note_interviews(server):
    folder = f"{fs_storage}/{server.sim_code}/interview"
    asked = os.environ.get("INTERVIEW_AT")
    if asked == str(server.step) and not os.path.exists(folder):
        os.makedirs(folder)
        with open(f"{folder}/1_request.json", "w") as file:
            file.write(os.environ["INTERVIEW"])
    if os.path.exists(f"{folder}/1_request.json"):
        times = [str(persona.scratch.curr_time) for persona in server.personas.values()]
        with open(os.environ["INTERVIEW_NOTES"], "w") as file:
            json.dump({"step": server.step, "time": str(server.curr_time), "times": times}, file)
    _answer_interviews(server)


ReverieServer.process_interview_requests = _note_interviews


"""
"""Records the step at which an interview is answered, and can ask at a given step."""


@pytest.fixture
def host(town: Town, tmp_path: Path) -> Path:
    """A copy of the fork with a loop that records interviews."""
    if not town.recipe.answers_requests:
        pytest.skip(f"the loop of {town.recipe.name} does no other work")
    host = town.copy(tmp_path / "host", town.recipe.busy)
    reverie = host / BACKEND / "reverie.py"
    head, main, tail = reverie.read_text().rpartition("if __name__ ==")
    reverie.write_text(head + NOTES + main + tail)
    return host


COUNT = """                self.step += 1
                self.curr_time += datetime.timedelta(seconds=self.sec_per_step)
"""

WORK = (
    """                with open(f"{sim_folder}/places.txt", "a") as notes:
                    notes.write(f"{self.step} {self.curr_time} {self.note} {self.personas_tile}\\n")
                for persona in self.personas.values():
                    persona.scratch.seen = len(persona.a_mem.seq_event)
"""
    + COUNT
    + """                if self.step % 10 == 0:
                    self.save()
"""
)
"""Notes, changes of personas, and saves in a loop."""

SET_UP = '    rs.note = "moved in"\n'
OPEN = "    rs.open_server()\n"

ELSEWHERE = "                self.personas_tile.update(a=(1, 1))\n" + COUNT


def edited_minitown(town: Town, to: Path, work: str) -> Path:
    """Minitown with work of a fork in its loop."""
    if town.recipe.name != "minitown":
        pytest.skip("minitown is enough")
    host = copy_of(town.source, to)
    reverie = host / BACKEND / "reverie.py"
    reverie.write_text(reverie.read_text().replace(COUNT, work, 1))
    return host


def test_work_at_the_end_of_a_turn_is_done_in_its_place(town: Town, tmp_path: Path) -> None:
    host = edited_minitown(town, tmp_path / "host", WORK)
    where = ("--fork", town.recipe.busy.scenario, "--steps", "25")
    reverie = host / BACKEND / "reverie.py"
    text = reverie.read_text()
    assert OPEN in text
    reverie.write_text(text.replace(OPEN, SET_UP + OPEN))
    done = ga_ooo("verify", host, *where, "--keep", tmp_path / "both").expect()
    assert "equal: " in done.output
    (notes, _) = (tmp_path / "both").rglob("places.txt")
    assert len(notes.read_text().splitlines()) == 25
    assert "moved in" in notes.read_text()


def test_work_that_the_engine_cannot_follow_is_refused(town: Town, tmp_path: Path) -> None:
    host = edited_minitown(town, tmp_path / "host", ELSEWHERE)
    where = ("--fork", town.recipe.busy.scenario, "--sim", "elsewhere", "--steps", "5")
    done = ga_ooo("run", host, *where)
    assert done.code != 0
    assert "the loop of this host changed self.personas_tile before step" in done.output


def test_an_interview_is_answered_at_a_consistent_step(
    town: Town, host: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fork = town.fork(town.recipe.busy)
    storage = host / FRONTEND / "storage"
    first = saved_step(storage / fork)
    question = {"persona_name": persona(host, fork), "question": "What will you do next?"}
    notes = tmp_path / "notes.json"
    monkeypatch.setenv("INTERVIEW_NOTES", str(notes))
    kept = ("--journal", str(tmp_path / "journal.sqlite"))
    flags = ("--steps", str(STEPS), "--latency", "0.02", *kept)
    with live_run(host, storage, fork, "asked", *flags) as run:
        run.wait_for(f"movement/{first + 20}.json")
        post(run.simulation / "interview" / "1_request.json", question)
        run.wait_for("interview/1_response.json")
        run.end().expect()
    noted = read(notes)
    assert first + 20 < noted["step"] < first + STEPS
    # All personas had taken the step before, and none had taken this step.
    assert len(set(noted["times"])) == 1 and noted["times"][0] < noted["time"]
    assert not (run.simulation / "interview" / "1_request.json").exists()
    assert read(run.simulation / "interview" / "1_response.json")["response"]

    where = (
        "--fork",
        fork,
        "--sim",
        "reference",
        "--steps",
        str(STEPS),
        "--mode",
        "lockstep",
        *kept,
    )
    at = {"INTERVIEW_AT": str(noted["step"]), "INTERVIEW": json.dumps(question)}
    done = ga_ooo("run", host, *where, **at).expect()
    # The answers of the interview are in the journal too, so the model is not called again.
    assert "journal: 0 answers written down" in done.output
    assert read(notes) == noted
    outcome = compare(storage / "reference", storage / "asked")
    assert outcome.equal, outcome.first and outcome.first.render()


def test_a_request_to_save_ends_the_run_at_a_consistent_step(town: Town, host: Path) -> None:
    busy = town.recipe.busy
    fork = town.fork(busy)
    storage = host / FRONTEND / "storage"
    first = saved_step(storage / fork)
    with live_run(host, storage, fork, "ended", "--steps", "1000", "--latency", "0.01") as run:
        run.wait_for(f"movement/{first + 20}.json")
        post(run.simulation / "control" / "1_request.json", {"action": "save"})
        # The fork exits by itself.
        run.end().expect(0)
    stopped = saved_step(run.simulation)
    assert first + 20 < stopped < first + 1000
    assert step_numbers(run.simulation / "movement")[-1] == stopped - 1
    (run.simulation / "control").rmdir()
    outcome = compare(town.reference(busy, steps=str(stopped - first)), run.simulation)
    assert outcome.equal, outcome.first and outcome.first.render()


def persona(host: Path, fork: str) -> str:
    """A persona that is not the first in order."""
    return locate(host).scenario(fork).persona_names[1]


def post(path: Path, request: dict[str, str]) -> None:
    """Write a request as the frontend of the fork does: complete, by renaming."""
    path.parent.mkdir()
    aside = path.with_suffix(".part")
    aside.write_text(json.dumps(request))
    aside.rename(path)
