"""``verify`` on forks that write files from inside their moves, differ, fail, or show nothing."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import pytest

import ga_ooo
from ga_ooo.cli.commands.verify import render
from ga_ooo.host.imported.answer_checks import AnswerChecks
from ga_ooo.lab.verify.compare import Comparison, Difference
from ga_ooo.lab.verify.copies import CheckoutCopy
from ga_ooo.lab.verify.sides import Side, VerifyRunError
from ga_ooo.lab.verify.verification import Answers, Verification
from tests.host.tinyhost import make_scenario, snapshot
from tests.lab.verify.forks import BACKEND, FORK, PERSONA, make_fork

WRITES = """
import datetime, os, sys
open("mode.txt", "w").write("own loop" if "lockstep" in sys.argv else "engine")
with open("moves.txt", "a") as file:
    print(self.name, curr_time, file=file)
with open("ROOT/by_absolute_path.txt", "a") as file:
    print(self.name, file=file)
now = datetime.datetime.now()
if not os.environ.get("COST_LOG"):
    os.environ["COST_LOG"] = f"costs_{now:%H:%M:%S.%f}.txt"
with open(os.environ["COST_LOG"], "a") as file:
    print("a move", file=file)
with open("times.txt", "a") as file:
    print(now.timestamp(), file=file)
"""


def test_a_fork_that_writes_in_its_moves_is_compared_as_a_whole(tmp_path: Path) -> None:
    host, kept = tmp_path / "fork", tmp_path / "kept"
    make_fork(host, WRITES.replace("ROOT", str(host)))
    before = snapshot(host)
    found = ga_ooo.verify(host, fork=FORK, steps=2, keep=kept)
    unsteady = {each.file: each.where for each in found.comparison.unsteady}
    logs = {Path(file).name.split("_")[0]: where for file, where in unsteady.items()}
    assert logs == {"times.txt": "line 1", "costs": "its name"}
    first = found.comparison.first
    assert found.verdict == "different" and found.comparison.differing == 1
    assert first is not None and first.file == f"{BACKEND}/mode.txt"
    assert first.values == ("own loop", "engine")
    assert snapshot(host) == before, "the checkout of the user is as it was"
    for side in ("reference", "engine", "reference-again"):
        copy = kept / side / "checkout"
        assert (copy / BACKEND / "moves.txt").read_text().count("\n") == 10
        assert (copy / "by_absolute_path.txt").read_text().count("\n") == 10
    assert found.answers is not None and found.answers.calls > 0


def test_an_error_of_the_host_is_the_hosts(tmp_path: Path) -> None:
    host = make_fork(tmp_path / "fork", "raise ValueError('no thought')")
    with pytest.raises(VerifyRunError) as caught:
        ga_ooo.verify(host, fork=FORK, steps=1)
    said = str(caught.value)
    assert "the reference run ended with an error of the host" in said
    assert "ValueError: no thought" in said and f"at: {host / PERSONA}, line " in said
    assert "Traceback" not in said and "ga-ooo-verify-" not in said
    kept = Path(said.rpartition("The traceback of the host is in ")[2])
    text = kept.read_text()
    assert text.startswith("Traceback") and str(host / PERSONA) in text
    assert "ga_ooo/host" not in text


def test_a_save_with_embeddings_of_another_width(tmp_path: Path) -> None:
    host = make_fork(tmp_path / "fork", "pass")
    person = host / "environment/frontend_server/storage" / FORK / "personas/Nora Adler"
    memories = person / "bootstrap_memory/associative_memory/embeddings.json"
    memories.write_text(json.dumps({"a memory": [0.25] * 16}))
    given = ga_ooo.Options(model=replace(ga_ooo.ModelOptions(), embedding_width=8))
    with pytest.raises(VerifyRunError) as caught:
        ga_ooo.verify(host, fork=FORK, steps=1, options=given)
    said = str(caught.value)
    assert "'scripted' gives 8 numbers" in said and "add --embedding-width 16;" in said
    assert f"ga-ooo reembed {host} {FORK}" in said and "ga-ooo-verify-" not in said


def test_a_scenario_called_as_the_new_simulation(tiny: Path) -> None:
    make_scenario(tiny, "verify")
    with pytest.raises(ga_ooo.UsageError, match="the scenario is called 'verify'"):
        ga_ooo.verify(tiny, fork="verify", steps=1)


def verification(
    comparison: Comparison, answers: Answers | None = None, **more: str
) -> Verification:
    copy = CheckoutCopy(Path(), Path(), Path(), Path(), {})
    own_files = tuple(more.values())
    side = Side("reference", Path(), copy, 1.0)
    return Verification(comparison, side, side, True, answers, own_files)


SAME = Comparison(3, 10, 0, None)


def test_equal_files_show_nothing_without_answers() -> None:
    for answers, doubt in [
        (Answers(0), "the model was asked nothing"),
        (Answers(100, 9, 5), "for 5 of 9 requests it used its fail-safe"),
    ]:
        found = verification(SAME, answers)
        assert found.verdict == "not shown" and not found.equal
        assert doubt in found.doubts[0]
    assert verification(SAME, Answers(100, 9, 4)).equal
    assert verification(SAME, Answers(1)).equal


def test_a_difference_is_shown_without_answers_too() -> None:
    first = Difference("x", "line 1", None, None, ("a", "b"))
    found = verification(Comparison(3, 10, 1, first), Answers(0))
    assert found.verdict == "different"


def test_a_host_that_does_not_repeat_itself_shows_nothing() -> None:
    step = Difference("movement/3.json", "description", 3, None, ("a", "b"))
    found = verification(Comparison(3, 10, 1, step, (step,)))
    assert found.verdict == "not shown" and "does not repeat itself" in found.doubts[0]


def test_what_differs_in_the_host_itself_is_named_and_the_rest_is_equal() -> None:
    log = Difference("reverie/log.txt", "line 1", None, None, ("a", "b"))
    found = verification(Comparison(3, 10, 0, None, (log,)))
    assert found.equal
    said = render(found).splitlines()
    assert said[-2:] == [
        "differs between two runs of the host itself: reverie/log.txt (line 1): a | b",
        "equal: 3 files that the runs wrote, 10 bytes, except for what differs between two runs of "
        "the host itself (1 file)",
    ]
    assert "equal" not in render(verification(SAME, Answers(0))).splitlines()[-1]


def test_a_checkout_that_changed_meanwhile_shows_nothing() -> None:
    found = verification(SAME, own="environment/log.txt")
    assert found.verdict == "not shown" and "environment/log.txt" in found.doubts[0]


def test_fail_safes_are_counted() -> None:
    module, other = ModuleType("gpt_structure"), ModuleType("run_gpt_prompt")
    code = """
def ask(prompt, repeat=3, func_validate=None, func_clean_up=None):
    for number in range(repeat):
        if func_validate(number):
            return func_clean_up(number)
    return "fail-safe"
"""
    exec(code, vars(module))
    own = vars(other)["ask"] = module.ask
    checks = AnswerChecks()
    with checks.counting({"gpt_structure": module, "run_gpt_prompt": other}):
        asked = [
            other.ask("x", func_validate=lambda number: number == 2, func_clean_up=str),
            module.ask("x", 2, lambda number: number == 2),
        ]
    assert asked == ["2", "fail-safe"]
    assert (checks.requests, checks.fail_safes) == (2, 1)
    assert module.ask is own and other.ask is own
