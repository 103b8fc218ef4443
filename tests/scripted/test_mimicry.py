"""Prompts that no recogniser knows get answers of the form that they show, in their language."""

from __future__ import annotations

import ast
import json
import re
from pathlib import Path

import pytest

from ga_ooo.host.prompts.kinds import UNKNOWN, recognise
from ga_ooo.host.prompts.prompt import Prompt
from ga_ooo.host.prompts.templates import Template, Templates
from ga_ooo.model.requests import CallKind, ModelRequest
from ga_ooo.scripted import ScriptedModel
from ga_ooo.scripted.mimicry import answer_unknown
from ga_ooo.scripted.mimicry.language import language_of
from ga_ooo.scripted.unknown import UnknownPrompts


def wrapped(inner: str, words: str, example: str) -> str:
    """A prompt in a JSON envelope in other words than the original's."""
    return f'"""\n{inner}\n"""\n{words}\n{{"output": "{example}"}}'


def answer(text: str, kind: str = "") -> str:
    """The answer to a prompt, which must be one that no recogniser knows."""
    assert recognise(text) is UNKNOWN
    return answer_unknown(Prompt(text), kind)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Tell me what the plan for today is.", "en"),
        ("請告訴我今天的計劃是什麼。", "zh"),
        ("今日の予定を教えてください。", "ja"),
        ("오늘의 계획을 알려 주세요.", "ko"),
        ("Dime cuál es el plan para el día con la familia.", "es"),
        ("Name: Klaus Mueller\nKlaus Mueller大約在7am左右醒來，今天要去圖書館寫作。", "zh"),
    ],
)
def test_the_language_of_a_prompt(text: str, name: str) -> None:
    assert language_of(text).name == name


@pytest.mark.parametrize(
    ("words", "example"),
    [
        ("將上述提示的響應輸出為json格式。示例輸出json:", "5"),
        ("上記の応答をJSONで出力してください。例:", "5"),
        ("위의 응답을 json으로 출력하세요. 예:", "5"),
        ("Escribe la respuesta en json. Ejemplo:", "5"),
    ],
)
def test_a_number_where_the_example_is_one(words: str, example: str) -> None:
    text = wrapped("1到10 (1-10)?", words, example)
    assert Prompt(text).enveloped
    assert Prompt(text).inner == "1到10 (1-10)?"
    model = ScriptedModel()
    said = model.answer_text(ModelRequest(CallKind.CHAT, "m", (("user", text),))).text
    assert 1 <= int(json.loads(said)["output"]) <= 10


def test_a_list_of_the_length_of_the_example() -> None:
    text = wrapped("¿Qué preguntas hay?", "En json, por favor:", "['¿Quién es?', 'b', 'c']")
    assert len(ast.literal_eval(answer(text))) == 3


def test_the_text_of_the_example_is_one_that_the_host_takes() -> None:
    assert answer(wrapped("爐子的狀態：", "輸出json:", "在修復")) == "在修復"


@pytest.mark.parametrize(
    ("keys", "truth"),
    [
        ('{"甄嬛": "<甄嬛的發言>", "結束了嗎?": "<json 布爾值>"}', "結束了嗎?"),
        ('{"ハル": "<ハルの発言>", "終わり?": "<json ブール値>"}', "終わり?"),
        ('{"Ana": "<lo que dice>", "¿terminó?": "<json Boolean>"}', "¿terminó?"),
    ],
)
def test_the_keys_of_a_json_object(keys: str, truth: str) -> None:
    said = json.loads(answer(f"---\nFormato json:\n{keys}"))
    assert list(said) == list(json.loads(keys))
    assert said[truth] is False
    assert all(value for key, value in said.items() if key != truth)


def test_a_conversation_ends() -> None:
    lines = "\n".join(f"{name}: 你好，今天天氣很好。" for name in ("甄嬛", "皇帝") * 3)
    text = f'對話:\n\n{lines}\n---\n輸出json:\n{{"甄嬛": "<發言>", "結束?": "<json 布爾值>"}}'
    assert json.loads(answer(text))["結束?"] is True


@pytest.mark.parametrize(
    ("text", "hour"),
    [
        ("一般來說，Klaus大約在11pm左右去睡覺，大約在7am左右醒來。\nKlaus的起床時間：", 7),
        ("一般來說，琴默五時起床，七時用早膳，九時歸寢。\n琴默的起床時間：", 5),
        ("ハルは6時に起きて、22時に寝る。\nハルの起床時刻：", 6),
        ("하루는 8시에 일어나고, 밤 11시에 잔다.\n하루의 기상 시간:", 8),
        ("Ana se despierta a las 7, cena a las 21.\nAna se levanta:", 7),
        ("Ana likes tea.\nShe gets up at:", 7),
    ],
)
def test_wake_up_hours(text: str, hour: int) -> None:
    assert int(answer(text, "wake up hour").strip().lower().split("am")[0]) == hour


def test_hours_of_the_night_are_slept_through_in_the_words_of_the_host() -> None:
    night = "[(ID:a1) Monday -- 00:00 AM] Activity: 甄嬛在就寢"
    line = "[(ID:b2) Monday -- {}] Activity: 甄嬛在"
    assert answer(f"每小時日程\n{night}\n{line.format('11:00 PM')}") == "就寢"
    assert answer(f"每小時日程\n{night}\n{line.format('12:00 PM')}").strip() != "就寢"


@pytest.mark.parametrize(
    ("end", "comma", "close"), [("，2）", "，", "）"), (", 2)", ",", ")"), ("、2）", "、", "）")]
)
def test_a_plan_has_the_numbering_of_the_prompt(end: str, comma: str, close: str) -> None:
    said = answer(f"這是今天的計劃：1） 在7:00 am時醒來並完成早晨的日常任務{end}", "daily plan")
    pieces = said.split(close)
    assert all(pieces)
    items = [piece[:-1].strip() for piece in pieces if piece[-1].isdigit()]
    assert len(items) >= 4
    assert all(item.endswith(comma) for item in items)


SUBTASKS = {
    "zh": (
        "1)甄嬛點燃檀香。 （持續時間，分鐘：10，剩餘分鐘：20)\n"
        "2)甄嬛抄寫經文。 （持續時間，分鐘：20，剩餘分鐘：0)\n---\n"
        "列出皇帝在批閱奏摺時的子任務（總持續時間，分鐘90)：\n1) 皇帝在",
        "（持續時間，分鐘：",
    ),
    "es": (
        "1) Ana está leyendo. (duración en minutos: 10, minutos restantes: 5)\n"
        "2) Ana está durmiendo. (duración en minutos: 5, minutos restantes: 0)\n---\n"
        "Haz una lista de lo que hace Eva (duración total en minutos: 90):\n1) Eva está",
        "(duración en minutos: ",
    ),
}


@pytest.mark.parametrize("language", SUBTASKS)
def test_subtasks_have_the_form_of_the_example_and_fill_the_time(language: str) -> None:
    prompt, mark = SUBTASKS[language]
    lines = answer(prompt).split("\n")
    minutes = [int(re.findall(r"\d+", line.split(mark)[1])[0]) for line in lines]
    assert sum(minutes) == 90
    assert all(
        re.match(rf"{number}\) (皇帝|Eva)", line) for number, line in enumerate(lines[1:], 2)
    )


def test_revised_rows_are_the_rest_of_the_plan() -> None:
    rows = "09:00 ~ 09:30 -- 工作（讀書）\n09:30 ~ 10:30 -- 工作（寫字）\n10:30 ~ 11:00 -- 休息"
    begun = "09:00 ~ 09:30 -- 工作（讀書）\n09:30 ~ 09:40 -- 談話\n09:40 ~"
    said = answer(f"原本計劃的日程：\n{rows}\n\n修改後的日程：\n{begun}")
    assert said == " 10:30 -- 工作（寫字）\n10:30 ~ 11:00 -- 休息"


PLACES = (
    "例：{書房}\n---\n甄嬛住在{碎玉軒}，那裡有 {正廳、庭院}。\n"
    "區域選項：{延禧宮、碎玉軒、太醫院}。\n"
    "甄嬛在睡覺。為了{睡覺}，甄嬛應去以下區域：{"
)


def test_a_place_is_one_of_those_offered_and_home_by_default() -> None:
    assert answer(PLACES) == "碎玉軒}"
    at_the_doctor = PLACES.replace("甄嬛在睡覺", "甄嬛在太醫院看病")
    assert answer(at_the_doctor) == "太醫院}"


def test_a_move_that_failed_gets_another_place() -> None:
    tried = {answer_unknown(Prompt(PLACES), attempt=attempt) for attempt in range(4)}
    assert tried == {"碎玉軒}", "延禧宮}", "太醫院}"}


def test_an_object_is_like_the_one_of_the_most_similar_example() -> None:
    text = (
        "當前活動：寫字\n可用的物品：{床, 文房四寶}\n選擇：文房四寶\n---\n"
        "當前活動：睡覺\n可用的物品：{床，椅子}\n選擇：床\n---\n"
        "當前活動：睡覺\n可用的物品：{畫案, 木製床榻, 衣箱}\n選擇："
    )
    assert answer(text) == "木製床榻"


@pytest.mark.parametrize("subject", ["輸出： (甄嬛,", "出力：（ハル、"])
def test_an_event_triple_has_the_punctuation_of_the_prompt(subject: str) -> None:
    said = answer(f"任務：將輸入轉換為三元組。\n{subject}")
    comma, close = (",", ")") if "(" in subject else ("、", "）")
    assert len(said.split(close)[0].split(comma)) == 2


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('以"yes"或"no"回答', {"yes", "no"}),
        ("她會開始對話嗎？請回答是或否", {"是", "否"}),
        ("はいかいいえで答えてください", {"はい", "いいえ"}),
        ("¿Hablará Ana con Eva? Responde sí o no", {"sí", "no"}),
    ],
)
def test_yes_or_no_in_the_words_of_the_prompt(text: str, words: set[str]) -> None:
    said = {answer(f"{text}: {n}", "decide to talk") for n in range(40)}
    assert said == words


def test_insights_rest_on_statements_in_the_form_of_the_example() -> None:
    text = (
        "0. 甄嬛在讀書\n1. 皇帝在睡覺\n\n從以上語句推斷3個見解？（示例格式：見解（由於1,5,3））\n1."
    )
    lines = answer(text, "insights").split("\n")
    assert len(lines) == 3
    for line in lines:
        evidence = line.split("（由於")[1].split("）")[0]
        assert int(evidence) in (0, 1)


def test_a_template_gives_the_kind_for_all_inputs() -> None:
    templates = Templates(
        [
            Template("daily plan", ("今天是", "。這是", "今天的大致計劃：1）")),
            Template("wake up hour", ("一般來說，", "的起床時間：")),
        ]
    )
    said = ScriptedModel(templates=templates).answer_text(
        ModelRequest(
            CallKind.COMPLETION, "m", prompt="甄嬛\n一般來說，六時起床。\n甄嬛的起床時間："
        )
    )
    assert said.text == " 6am"
    assert templates.find("今天的大致計劃：1）。這是今天是") is None


def test_the_form_of_the_last_line() -> None:
    assert answer("按照下面的格式：\n狀態: <new status>").startswith("狀態: ")
    items = answer("請按照格式（4到6項）：\n1. 在<time>醒來，2. ...").split("，")
    assert [item.strip()[:2] for item in items] == ["1.", "2.", "3.", "4.", "5."]


def test_unknown_prompts_are_counted_and_written_down_once(tmp_path: Path) -> None:
    path = tmp_path / "unknown.jsonl"
    model = ScriptedModel(unknown_prompts=UnknownPrompts(path))
    for prompt in ("What is love?", "What is love?", "Why?", "Ida's wake up hour:"):
        model.answer_text(ModelRequest(CallKind.COMPLETION, "m", prompt=prompt))
    rows = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    assert [row["prompt"] for row in rows] == ["What is love?", "Why?"]
    assert all(row["answer"] for row in rows)
    report = model.unknown_prompts.report()
    assert report is not None
    assert "3 of 4 prompts (2 different ones)" in report
    assert str(path) in report


def test_known_prompts_are_not_reported() -> None:
    model = ScriptedModel()
    model.answer_text(ModelRequest(CallKind.COMPLETION, "m", prompt="Ida's wake up hour:"))
    assert model.unknown_prompts.report() is None


def test_a_question_about_a_summary_gets_a_number() -> None:
    """A fork asks whether a conversation is about a rumour, in words of the original's summary."""
    inner = 'Conversation:\nA: "Hello"\nSummary:\nThis is a conversation about news.\nOutput:'
    asked = ModelRequest(CallKind.CHAT, "m", (("user", wrapped(inner, "In json.", "2")),))
    given = ScriptedModel().answer_text(asked).text
    assert json.loads(given)["output"].isdecimal()
    asked = ModelRequest(CallKind.CHAT, "m", (("user", wrapped(inner, "In json.", "a talk")),))
    assert not json.loads(ScriptedModel().answer_text(asked).text)["output"].isdecimal()
