"""Requests with a JSON schema get an answer of that form."""

from __future__ import annotations

import json
from enum import Enum

import pytest
from pydantic import BaseModel, Field

from ga_ooo.host.sdks.host_model import form_of_answer
from ga_ooo.model.requests import CallKind, ModelRequest
from ga_ooo.scripted.mimicry.structured import structured
from ga_ooo.scripted.model import ScriptedModel


class Mood(Enum):
    GOOD = "good"
    BAD = "bad"


class Line(BaseModel):
    speaker: str
    text: str


class Day(BaseModel):
    plan: list[str]
    lines: list[Line] = Field(min_length=2)
    hour: int = Field(ge=0, le=23)
    mood: Mood
    ended: bool
    note: str | None


class Row(BaseModel):
    datetime: str
    activity: str


class Schedule(BaseModel):
    rows: list[Row]


@pytest.mark.parametrize("text", [" 6am", "1) wake up\n2) eat (good)", "Bob: yes, of course", ""])
def test_any_answer_becomes_an_object_of_the_form(text: str) -> None:
    first = structured(text, Day.model_json_schema(), "prompt", "0")
    day = Day.model_validate_json(first)
    assert first == structured(text, Day.model_json_schema(), "prompt", "0")
    assert len(day.lines) >= 2 and all(day.plan)


def test_the_answer_fills_the_fields() -> None:
    value = json.loads(structured("1) wake up\n2) eat (good)", Day.model_json_schema(), "x"))
    assert value["plan"] == ["wake up", "eat (good)"] and value["mood"] == "good"
    assert json.loads(structured("7am", Day.model_json_schema(), "x"))["hour"] == 7
    line = json.loads(structured("(Ann | hello)", Line.model_json_schema(), "x"))
    assert line == {"speaker": "Ann", "text": "hello"}


def test_a_schedule_has_a_row_for_each_time_of_the_prompt() -> None:
    prompt = "Schedule: " + ", ".join(f"{hour:02}:00" for hour in range(24))
    rows = json.loads(structured("x", Schedule.model_json_schema(), prompt))["rows"]
    assert [row["datetime"] for row in rows] == [f"{hour:02}:00" for hour in range(24)]
    assert rows[0]["activity"] == "sleeping" != rows[12]["activity"]
    shortened = "12:00 AM, 01:00 AM, ... continue ..., 11:00 PM"
    rows = json.loads(structured("x", Schedule.model_json_schema(), shortened))["rows"]
    assert len(rows) == 24 and rows[-1]["datetime"] == "11:00 PM"


def test_an_answer_of_the_original_prompts_is_unwrapped() -> None:
    line = json.loads(structured('{"output": "hello"}', Line.model_json_schema(), "x"))
    assert line["text"] == "hello"


def test_the_model_answers_in_the_form_of_the_request() -> None:
    parameters = form_of_answer("Day", Day.model_json_schema())
    messages = (("user", "What does Ann do today? Answer in JSON."),)
    asked = ModelRequest(CallKind.CHAT, "m", messages, parameters=parameters)
    Day.model_validate_json(ScriptedModel().answer_text(asked).text)
