"""The figures that a counter makes from the events of a run."""

from __future__ import annotations

import datetime
from typing import Any

import numpy as np

from ga_ooo.engine.protocol import RunUntil
from ga_ooo.engine.scheduler import Scheduler
from ga_ooo.live.counting.counter import RunCounter, Sources
from ga_ooo.live.counting.waits import subject_of
from ga_ooo.live.figures import Figures, Held, Prefetches, Server, Straggler
from ga_ooo.model.requests import (
    NO_REPORT,
    CallKey,
    CallKind,
    ModelAnswer,
    ModelCall,
    ModelRequest,
)
from ga_ooo.observer import StretchStart
from ga_ooo.town.map import TownMap
from ga_ooo.town.reach import Reach
from ga_ooo.town.rules import make_rule
from tests.live.conftest import MORNING, Clock

NAMES = ["Nora Adler", "Eva Jansen", "Sam Moore"]
STEP = datetime.timedelta(seconds=10)


def town() -> TownMap:
    """A corridor of 40 tiles."""
    return TownMap(np.ones((1, 40), dtype=bool), np.zeros((1, 40), dtype=np.int32))


def begun(counter: RunCounter, clock: Clock, window: int | None = None) -> Scheduler:
    """Begin a run with all three at one place."""
    place = town()
    rule = make_rule("lockstep", Reach(place, 2))
    assert rule is not None
    scheduler = Scheduler(NAMES, [5, 5, 5], 0, rule, window)
    counter.expect(8_640, None)
    counter.begun(StretchStart(scheduler, place, 2, "corridor", MORNING, STEP, clock))
    return scheduler


def call(persona: str, step: int = 0, kind: CallKind = CallKind.CHAT) -> ModelCall:
    site = "plan>generate_hourly_schedule>run_gpt_prompt_daily_plan>ChatGPT_request"
    return ModelCall(ModelRequest(kind, "m"), CallKey(persona, step, 0), site=site)


def talking(*lines: str, time: str = "") -> dict[str, Any]:
    chat = [["Nora Adler", line] for line in lines] or None
    meta = {"meta": {"curr_time": time}} if time else {}
    return {"persona": {"Nora Adler": {"chat": chat}, "Eva Jansen": {"chat": chat}}, **meta}


def test_before_the_first_step_the_work_is_named() -> None:
    clock = Clock()
    counter = RunCounter("day", clock)
    counter.working_on("importing the host")
    clock.now += 4
    figures = counter.figures()
    assert (figures.work, figures.work_seconds, figures.step) == ("importing the host", 4, None)


def test_calls_in_flight_and_speed_over_the_hosts_loop() -> None:
    clock = Clock()
    counter = RunCounter("day", clock)
    begun(counter, clock)
    counter.call_started(call("Nora Adler"))
    counter.call_started(call("Eva Jansen"))
    clock.now += 3
    answer = ModelAnswer(prompt_tokens=700, output_tokens=20)
    counter.call_served(call("Nora Adler"), answer, NO_REPORT)
    counter.call_finished(call("Nora Adler"), answer)
    assert counter.figures().in_flight == 1
    clock.now += 1
    counter.call_finished(call("Eva Jansen"), ModelAnswer())
    figures = counter.figures()
    assert (figures.calls, figures.in_flight, figures.seconds) == (2, 0, 4)
    assert figures.mean_in_flight == figures.speedup == 7 / 4
    assert (figures.tokens_in, figures.tokens_out) == (700, 20)


def test_a_call_that_was_asked_early_counts_with_its_whole_time() -> None:
    clock = Clock()
    counter = RunCounter("day", clock)
    begun(counter, clock)
    counter.call_started(call("Nora Adler"))
    clock.now += 1
    counter.call_finished(call("Nora Adler"), ModelAnswer(seconds=5.0))
    assert counter.figures().speedup == 5


def test_a_model_that_takes_no_time_says_nothing_of_the_hosts_loop() -> None:
    clock = Clock()
    counter = RunCounter("day", clock)
    begun(counter, clock)
    counter.call_started(call("Nora Adler"))
    counter.call_finished(call("Nora Adler"), ModelAnswer())
    clock.now += 10
    assert counter.figures().speedup is None


def test_the_call_of_a_failed_attempt_is_not_in_flight_any_more() -> None:
    clock = Clock()
    counter = RunCounter("day", clock)
    begun(counter, clock)
    counter.call_started(call("Nora Adler"))
    counter.failed("Nora Adler", 0, "ValueError")
    assert counter.figures().in_flight == 0


def test_who_is_behind_and_who_waits_for_whom() -> None:
    clock = Clock()
    counter = RunCounter("day", clock)
    scheduler = begun(counter, clock)
    scheduler.handle(RunUntil(10))
    counter.call_started(call("Eva Jansen"))
    clock.now += 2
    figures = counter.figures()
    assert figures.straggler == Straggler(
        persona="Eva Jansen", doing="asks the model (daily plan)", seconds=2
    )
    held = sum(group.count for group in figures.held)
    assert held == len(scheduler.holds)
    assert all(isinstance(group, Held) for group in figures.held)


def test_steps_are_counted_from_the_beginning_of_the_run() -> None:
    """Also in a run that is resumed, whose first step here is a later one."""
    clock = Clock()
    counter = RunCounter("day", clock)
    begun(counter, clock)
    counter.expect(200, -100)
    counter.retired(0, talking())
    clock.now += 10
    figures = counter.figures()
    assert (figures.done, figures.total, figures.step) == (101, 200, 1)
    assert figures.time == MORNING + STEP
    assert figures.began == MORNING - 100 * STEP


def test_each_full_game_hour_is_kept_once() -> None:
    counter = RunCounter("day", Clock())
    begun(counter, Clock())
    for step in range(720):
        counter.retired(step, talking())
    assert [figures.time for figures in counter.hours] == [
        MORNING + datetime.timedelta(hours=1),
        MORNING + datetime.timedelta(hours=2),
    ]


def test_a_conversation_counts_once() -> None:
    counter = RunCounter("day", Clock())
    begun(counter, Clock())
    lines = (talking("Hello"), talking("Hello"), talking(), talking("Bye", "now"))
    for step, movements in enumerate(lines):
        counter.retired(step, movements)
    figures = counter.figures()
    assert (figures.conversations, figures.heard) == (2, "Nora Adler: Bye")


def test_the_hosts_own_loop_is_read_from_its_files() -> None:
    clock = Clock()
    counter = RunCounter("day", clock)
    counter.expect(10, None)
    counter.call_started(call("Nora Adler"))
    clock.now += 2
    counter.call_finished(call("Nora Adler"), ModelAnswer())
    counter.retired(4, talking(time="February 13, 2023, 08:00:40"))
    counter.retired(5, talking(time="February 13, 2023, 08:00:50"))
    figures = counter.figures()
    assert (figures.done, figures.step, figures.personas) == (2, 6, 2)
    assert figures.time == datetime.datetime(2023, 2, 13, 8, 1)
    assert (figures.seconds, figures.mean_in_flight, figures.leader) == (2, 1, None)


def test_a_fork_that_writes_the_time_in_its_own_way() -> None:
    counter = RunCounter("day", Clock())
    counter.expect(10, None)
    counter.retired(0, talking(time="13.2.2023"))
    figures = counter.figures()
    assert (figures.done, figures.time, figures.left) == (1, None, None)


def test_sources_are_read_when_they_are_shown() -> None:
    counter = RunCounter("day", Clock())
    server, prefetches = Server(url="http://a/v1", in_flight=3), Prefetches(asked=5, in_flight=2)
    counter.sources = Sources(lambda: (server,), lambda: prefetches)
    figures = counter.figures()
    assert (figures.servers, figures.prefetches, figures.in_flight) == ((server,), prefetches, 2)


def test_figures_of_an_ended_run_stand_still() -> None:
    clock = Clock()
    counter = RunCounter("day", clock)
    begun(counter, clock)
    clock.now += 5
    counter.end()
    clock.now += 5
    figures = counter.figures()
    assert figures.ended and figures.seconds == 5 and figures.straggler is None
    assert Figures().share == 0


def test_the_subject_of_a_call_is_named_by_the_function_that_makes_its_prompt() -> None:
    assert subject_of(call("Sam Moore").site) == "daily plan"
    assert subject_of("plan>_chat_react>converse") == "plan"
    assert subject_of("") == "a question"
