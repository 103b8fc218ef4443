"""The stimulus log: text that rebuilds a scheduler, as a bug report carries it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from ga_ooo.engine import stimulus_log
from ga_ooo.engine.graph import explain_all
from ga_ooo.engine.protocol import (
    Clear,
    Completed,
    EarlierCompleted,
    HandedOver,
    Issue,
    Reached,
    Restarted,
    Waits,
)
from ga_ooo.engine.scheduler import Scheduler
from ga_ooo.errors import UsageError
from ga_ooo.town.reach import Reach
from tests.engine.drawing import draw, run_until, start

ADA, BO, CY = 0, 1, 2
STREET = draw("............")
REACH = Reach(STREET, 2)


def busy() -> Scheduler:
    """Every kind of stimulus has been handled; one move waits for each kind of condition."""
    scheduler = start(STREET, {"Ada": (0, 0), "Bo": (8, 0), "Cy": (11, 0)}, window=9)
    run_until(scheduler, 20)
    for tile in (1, 2, 1):
        scheduler.handle(Completed(ADA, tile))
    scheduler.handle(Waits(ADA, Reached(BO, 1)))
    scheduler.handle(Restarted(ADA))
    scheduler.handle(Waits(ADA, Clear(REACH.to_tile(6), 3)))
    scheduler.handle(HandedOver(BO, CY))
    scheduler.handle(Waits(CY, EarlierCompleted(REACH.to_sight(8), 2, before=CY)))
    return scheduler


def assert_same(one: Scheduler, other: Scheduler) -> None:
    """Both are in the same state, except that the story may be shorter."""
    assert explain_all(one) == explain_all(other)
    a, b = one.state(), other.state()
    assert (a.horizon, a.until, a.handed_over, a.holds) == (
        b.horizon,
        b.until,
        b.handed_over,
        b.holds,
    )
    assert (a.commit_step, a.tile, a.next_tile, a.phase) == (
        b.commit_step,
        b.tile,
        b.next_tile,
        b.phase,
    )
    assert {p: type(c) for p, c in a.conditions.items()} == {
        p: type(c) for p, c in b.conditions.items()
    }


def test_rebuilt_without_the_map() -> None:
    """The text is enough: names, tiles, rule and window are in it."""
    scheduler = busy()
    rebuilt = stimulus_log.rebuild(stimulus_log.as_text(scheduler))
    assert_same(rebuilt, scheduler)
    assert (rebuilt.rule.name, rebuilt.window) == ("reach", 9)
    assert rebuilt.story.text(ADA) == scheduler.story.text(ADA)


def test_it_continues_as_the_original() -> None:
    """The next stimuli lead to the same instructions, in the same order."""
    scheduler = busy()
    rebuilt = stimulus_log.rebuild(stimulus_log.as_text(scheduler))
    for stimulus in (Completed(BO, 8), Restarted(CY), Completed(CY, 11), Completed(BO, 8)):
        assert rebuilt.handle(stimulus) == scheduler.handle(stimulus)
    assert_same(rebuilt, scheduler)


def test_a_log_of_the_rebuilt_is_the_same_log() -> None:
    """Nothing is lost on the way to text and back."""
    text = stimulus_log.as_text(busy())
    assert stimulus_log.as_text(stimulus_log.rebuild(text)) == text


def test_only_the_last_stimuli_are_kept() -> None:
    """The log of a long run begins with the state at a later moment."""
    scheduler = start(STREET, {"Ada": (0, 0), "Bo": (11, 0)})
    run_until(scheduler, 1300)
    for step in range(1300):
        scheduler.handle(Completed(ADA, step % 2))
        scheduler.handle(Completed(BO, 11))
    text = stimulus_log.as_text(scheduler)
    assert 1000 <= len(text.splitlines()) - 2 <= 2000
    assert_same(stimulus_log.rebuild(text), scheduler)
    assert stimulus_log.as_text(stimulus_log.rebuild(text)) == text


def test_one_stimulus_per_line_in_words() -> None:
    """A person can read it, and search it."""
    header, state, *stimuli = map(json.loads, stimulus_log.as_text(busy()).splitlines())
    assert header["names"] == ["Ada", "Bo", "Cy"]
    assert state["commit_step"] == [0, 0, 0]
    assert stimuli[0] == ["run until", 20]
    assert stimuli[1] == ["completed", ADA, 1]
    assert ["waits", ADA, ["reached", BO, 1]] in stimuli
    assert ["handed over", BO, CY] in stimuli


def test_a_log_that_is_cut_is_an_earlier_state() -> None:
    """To find the stimulus at which something went wrong, leave out the last lines."""
    lines = stimulus_log.as_text(busy()).splitlines(keepends=True)
    rebuilt = stimulus_log.rebuild("".join(lines[:4]))
    assert rebuilt.commit_step(ADA) == 1
    assert rebuilt.is_running(ADA, 1)
    assert rebuilt.handle(Completed(ADA, 2))[1:] == [Issue(ADA, 2)]


def test_a_stimulus_that_was_refused_is_refused_again() -> None:
    """A defect of a driver is in the log as well."""
    scheduler = busy()
    with pytest.raises(ValueError, match="Ada completed while it was waiting"):
        scheduler.handle(Completed(ADA, 0))
    with pytest.raises(ValueError, match="Ada completed while it was waiting"):
        stimulus_log.rebuild(stimulus_log.as_text(scheduler))


def test_tiles_that_are_not_in_the_log() -> None:
    """Their rows are unknown, so the rebuilt scheduler cannot say what follows."""
    rebuilt = stimulus_log.rebuild(stimulus_log.as_text(busy()))
    with pytest.raises(ValueError, match="tile 5 does not occur"):
        rebuilt.handle(Completed(BO, 5))
        rebuilt.handle(Restarted(CY))
        rebuilt.handle(Completed(CY, 11))


def test_the_documented_way(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The code in docs/how-it-works.md runs as it is."""
    page = (Path(__file__).parents[2] / "docs" / "how-it-works.md").read_text()
    code = "".join(re.findall(r"```python\n(.*?)```", page, re.DOTALL))
    assert "rebuild" in code
    (tmp_path / "stimulus_log.jsonl").write_text(stimulus_log.as_text(busy()))
    monkeypatch.chdir(tmp_path)
    exec(compile(code, "how-it-works.md", "exec"), {})
    printed = capsys.readouterr().out
    assert printed.startswith(explain_all(busy()))
    assert '["run until", 20]' in printed


@pytest.mark.parametrize(
    "damage",
    [
        lambda text: "",
        lambda text: "a text",
        lambda text: text.replace("stimulus log 1", "stimulus log 2"),
        lambda text: text.replace('"completed"', '"finished"'),
        lambda text: text.replace('"reached"', '"came"'),
        lambda text: text.replace('"horizon"', '"sky"'),
        lambda text: text.replace('"rows": "', '"rows": "AAAA'),
        lambda text: text[: len(text) // 3],
    ],
)
def test_texts_that_are_no_log(damage: Callable[[str], str]) -> None:
    """The error says so for every kind of damage."""
    with pytest.raises(UsageError, match="not a stimulus log"):
        stimulus_log.rebuild(damage(stimulus_log.as_text(busy())))
