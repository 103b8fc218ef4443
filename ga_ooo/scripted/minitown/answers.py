"""Answers to the prompts of minitown, one function for each kind."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Final

from ga_ooo.host.prompts.minitown import MinitownPrompt
from ga_ooo.scripted.choice import chance, pick, stable_hash
from ga_ooo.scripted.minitown.activities import parts_and_emoji

_TIMED = re.compile(r"(\d{1,2}) ([ap]m): ([^;\n]+)")

_IN_USE = "in use for "

_TOPICS = ("the summer fair", "the price of bread", "the ducks on the pond", "the new song on the "
           "radio", "a book about the sea", "the weather on Sunday", "the leak in the school "
           "roof", "a recipe for leek soup")  # fmt: skip
_OPENINGS = ("Good to see you! Have you heard about {}?", "Hello there. I was just thinking "
             "about {}.", "Hi! Could I ask you about {}?")  # fmt: skip
_REPLIES = ("Yes, {} has been on my mind as well.", "Tell me more about {}, I only know half of "
            "it.", "Honestly, I would not worry about {}.", "We should ask the others what they "
            "make of {}.")  # fmt: skip
_CLOSINGS = ("Well, I had better get on. Let us talk about {} another time.", "Right you are. See "
             "you soon, and think of {}!")  # fmt: skip


def _hour(number: str, half: str) -> int:
    return int(number) % 12 + (12 if half == "pm" else 0)


def _wake_up_hour(prompt: MinitownPrompt) -> str:
    found = re.search(r"gets up at (\d+ [ap]m)", prompt["Lifestyle"])
    return found[1] if found else "7 am"


def _daily_plan(prompt: MinitownPrompt) -> str:
    return "\n".join(prompt["Usual day"].split("; "))


def _hourly_schedule(prompt: MinitownPrompt) -> str:
    hour = _hour(*prompt["Hour"].split())
    doing = "sleeping"
    for number, half, activity in _TIMED.findall(prompt["Plan"]):
        if _hour(number, half) <= hour:
            doing = activity.strip()
    return doing


def _task_decomp(prompt: MinitownPrompt) -> str:
    task, left = prompt["Task"], int(prompt["Minutes"])
    parts, _ = parts_and_emoji(task)
    turn = stable_hash(prompt["Persona"], task)
    lines = []
    while left > 0:
        minutes = min(left, pick((10, 15, 20, 30), prompt["Persona"], task, str(left)))
        lines.append(f"{parts[turn % len(parts)]} ({minutes} min)")
        left -= minutes
        turn += 1
    return "\n".join(lines)


def _new_decomp_schedule(prompt: MinitownPrompt) -> str:
    return "\n".join(prompt.before("Persona")[:-1])


def _action_sector(prompt: MinitownPrompt) -> str:
    task = prompt["Task"]
    return next((sector for sector in prompt.options if sector in task), prompt["Home"])


_ROOMS = {"sleeping": "'s room", "desk": "'s room", "closet": "'s room", "lying": "'s room",
          "cooking for": "kitchen", "stroll": "lawn", "garden": "garden", "study desk": "study",
          "boxes": "storeroom", "teacher desk": "workroom", "sewing": "workroom",
          "friends": "garden"}  # fmt: skip
_MAIN_ROOMS = ("common room", "guest room", "sales floor", "reading room", "classroom", "garden")


def _action_arena(prompt: MinitownPrompt) -> str:
    doing = f"{prompt['Task']} {prompt['Part']}"
    wanted = [room for words, room in _ROOMS.items() if words in doing]
    for room in (*wanted, *_MAIN_ROOMS):
        for option in prompt.options:
            if room in option:
                return option
    return prompt.options[0]


def _action_object(prompt: MinitownPrompt) -> str:
    part = prompt["Part"]
    fallback = "bed" if "sleeping" in part else pick(prompt.options, prompt["Persona"], part)
    return next((thing for thing in prompt.options if thing in part), fallback)


def _pronunciatio(prompt: MinitownPrompt) -> str:
    return parts_and_emoji(prompt["Activity"])[1]


def _event_triple(prompt: MinitownPrompt) -> str:
    doing = prompt["Activity"].split(": ")[-1].removeprefix(prompt["Subject"])
    doing = doing.replace(_IN_USE, "serving ")
    verb, *rest = re.findall(r"[\w'-]+", doing) or ["being"]
    return f"{verb}, {' '.join(rest[-2:]) or 'a while'}"


def _obj_desc(prompt: MinitownPrompt) -> str:
    # Without the name: two personas with the same activity leave the same event.
    return f"{_IN_USE}{prompt['Activity'].split()[0]}"


def _poignancy(prompt: MinitownPrompt) -> str:
    subject = prompt["Event"] or prompt["Thought"] or prompt["Conversation"]
    low = 3 if prompt["Conversation"] or prompt["Thought"] else 1
    return str(low + stable_hash(prompt["Persona"], subject) % 4)


def _decide_to_talk(prompt: MinitownPrompt) -> str:
    parts = prompt["Persona"], prompt["Other"], prompt["Scene"], prompt["Other scene"]
    return "yes" if chance(0.15, "talk", *parts) else "no"


def _decide_to_react(prompt: MinitownPrompt) -> str:
    return "1" if chance(0.25, prompt["Scene"], prompt["Other scene"]) else "3"


def _topic(prompt: MinitownPrompt) -> str:
    names = sorted((prompt["Persona"], prompt["Other"]))
    return pick(_TOPICS, *names, prompt["Place"])


def _utterance(prompt: MinitownPrompt) -> str:
    said, topic = int(prompt["Said so far"]), _topic(prompt)
    length = 3 + stable_hash(topic, *sorted((prompt["Persona"], prompt["Other"]))) % 5
    lines = _OPENINGS if said == 0 else _CLOSINGS if said + 1 >= length else _REPLIES
    line = pick(lines, prompt["Persona"], prompt["Other"], str(said)).format(topic)
    return json.dumps({"utterance": line, "end": said + 1 >= length})


def _spoken_of(prompt: MinitownPrompt) -> str:
    return next((topic for topic in _TOPICS if topic in prompt.text), "the day")


def _relationship(prompt: MinitownPrompt) -> str:
    manner = pick(("a good neighbour", "a close friend", "hard to read", "good company"),
                  prompt["Persona"], prompt["Other"])  # fmt: skip
    return f"{prompt['Persona']} finds {prompt['Other']} {manner}"


def _focal_points(prompt: MinitownPrompt) -> str:
    statements = prompt.before("Persona") or [prompt["Persona"]]
    number = int(prompt["Number"])
    chosen = [pick(statements, prompt["Persona"], str(i)) for i in range(number)]
    return "\n".join(f"What does it mean that {statement}?" for statement in chosen)


_THINKS_OF = " often thinks of "


def _insights(prompt: MinitownPrompt) -> str:
    statements = [s for s in prompt.before("Persona") if re.match(r"\d+\. ", s)]
    lines = []
    for i in range(min(2, len(statements))):
        number, _, statement = pick(statements, prompt["Persona"], str(i)).partition(". ")
        # A thought about a thought is the first thought again; otherwise texts would grow forever.
        thing = statement.split(_THINKS_OF)[-1]
        lines.append(f"{prompt['Persona']}{_THINKS_OF}{thing} (because of {number})")
    return "\n".join(lines) or f"{prompt['Persona']} likes quiet days (because of 0)"


ANSWERS: Final[dict[str, Callable[[MinitownPrompt], str]]] = {
    "wake_up_hour": _wake_up_hour,
    "daily_plan": _daily_plan,
    "hourly_schedule": _hourly_schedule,
    "task_decomp": _task_decomp,
    "new_decomp_schedule": _new_decomp_schedule,
    "plan_note": lambda p: f"I want to remember {_spoken_of(p)} today.",
    "new_status": lambda p: f"{p['Persona']} starts {p['Date']} thinking of {_spoken_of(p)}.",
    "action_sector": _action_sector,
    "action_arena": _action_arena,
    "action_object": _action_object,
    "pronunciatio": _pronunciatio,
    "event_triple": _event_triple,
    "obj_desc": _obj_desc,
    "poignancy_event": _poignancy,
    "poignancy_thought": _poignancy,
    "poignancy_chat": _poignancy,
    "decide_to_talk": _decide_to_talk,
    "decide_to_react": _decide_to_react,
    "relationship": _relationship,
    "utterance": _utterance,
    "conversation_summary": lambda p: f"talking about {_spoken_of(p)}",
    "focal_points": _focal_points,
    "insights": _insights,
    "planning_thought": lambda p: f"{p['Persona']} wants to come back to {_spoken_of(p)}",
    "memo": lambda p: f"found the talk about {_spoken_of(p)} worth while",
    "summarize_ideas": lambda p: f"{p['Persona']} thinks about {_spoken_of(p)}",
    "next_line": lambda p: f"I would say it has to do with {_spoken_of(p)}.",
    "inner_thought": lambda p: f"{p['Persona']} feels: {p['Whisper']}",
    "safety": lambda p: "2",
}
"""By the name of the kind."""
