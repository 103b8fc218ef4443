"""A person does everything later."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ga_ooo.host.checkout.time_formats import UPSTREAM
from ga_ooo.host.large_town.delays import delay_day

NOON = datetime(2023, 2, 13, 12)
MIDNIGHT = datetime(2023, 2, 13)
FORMAT = UPSTREAM["curr_time"]


def test_ways_of_life_move() -> None:
    scratch: dict[str, Any] = {
        "lifestyle": "sleeps around 11pm, awakes up around 7amam, naps at noon, eats 5:50 PM",
        "daily_plan_req": "studies from midnight to 12:30 am in 2023",
        "f_daily_schedule": [],
    }
    delay_day(scratch, 70, MIDNIGHT, FORMAT)
    assert scratch["lifestyle"] == (
        "sleeps around 12:10am, awakes up around 8:10amam, naps at 1:10pm, eats 7pm"
    )
    assert scratch["daily_plan_req"] == "studies from 1:10am to 1:40am in 2023"
    assert scratch["f_daily_schedule"] == []


def planned() -> dict[str, Any]:
    return {
        "f_daily_schedule": [["asleep", 700], ["lunch", 60], ["work", 600], ["asleep", 80]],
        "f_daily_schedule_hourly_org": [["asleep", 700], ["lunch", 60], ["rest", 680]],
        "act_duration": 60,
        "chatting_end_time": "February 13, 2023, 12:05:00",
    }


def test_a_planned_day_moves() -> None:
    scratch = planned()
    delay_day(scratch, 100, NOON, FORMAT)
    assert scratch == {
        "f_daily_schedule": [["asleep", 700], ["lunch", 160], ["work", 580], ["asleep", 0]],
        "f_daily_schedule_hourly_org": [["asleep", 700], ["lunch", 160], ["rest", 580]],
        "act_duration": 160,
        "chatting_end_time": "February 13, 2023, 13:45:00",
    }


def test_a_day_has_no_more_minutes_than_before() -> None:
    scratch = planned()
    delay_day(scratch, 900, NOON, FORMAT)
    assert [minutes for _, minutes in scratch["f_daily_schedule"]] == [700, 740, 0, 0]
    assert scratch["act_duration"] == 740
