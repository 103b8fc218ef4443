"""Answers to the prompts of minitown, the small host in ``examples/minitown``.

Its prompts name their kind in a first line ``[minitown:KIND]`` and end in lines ``Key: value``.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable

from ga_ooo.scripted.choice import chance, pick, stable_hash

_KIND = re.compile(r"^\[minitown:(\w+)\]$", re.MULTILINE)
# How minitown's ChatGPT_safe_generate_response asks for {"output": ...}.
_ENVELOPE = '\n"""\nReply to the text above with one JSON object.'
_TIMED = re.compile(r"(\d{1,2}) ([ap]m): ([^;\n]+)")

# Words of an activity, the parts it falls into, an emoji. Parts name the things they use.
_ACTIVITIES: tuple[tuple[str, tuple[str, ...], str], ...] = (
    ("sleeping", ("lying in bed",), "😴"),
    ("breakfast", ("warming milk on the stove", "eating porridge at the dining table",
                   "drinking tea in the armchair", "washing up at the sink"), "🥣"),
    ("lunch at home", ("warming soup on the stove", "eating at the dining table",
                       "washing up at the sink"), "🍲"),
    ("picnic", ("unpacking rolls at the picnic table", "eating cherries on the bench",
                "feeding ducks at the pond", "telling jokes at the picnic table"), "🧺"),
    ("sandwiches", ("unwrapping bread at the pupil desks", "swapping apples at the pupil desks",
                    "drawing on the blackboard"), "🥪"),
    ("lunch", ("ordering at the counter", "eating soup at the long table",
               "eating a sandwich at the window table", "eating cake at the garden table",
               "chatting at the corner table"), "🥪"),
    ("dinner", ("cooking noodles on the stove", "eating at the dining table",
                "telling stories at the dining table", "washing up at the sink"), "🍝"),
    ("serving", ("brewing coffee at the counter", "wiping the window table",
                 "taking orders at the long table", "clearing the garden table",
                 "carrying plates to the corner table", "counting coins at the counter"), "☕"),
    ("cooking", ("kneading dough", "baking rolls in the oven", "stirring soup",
                 "scrubbing pots in the dish sink", "tasting the soup"), "🍲"),
    ("coffee", ("ordering at the counter", "sipping coffee at the corner table",
                "watching people from the window table", "humming beside the piano"), "☕"),
    ("piano", ("playing scales on the piano", "playing a waltz on the piano",
               "resting at the corner table", "playing a ballad on the piano"), "🎹"),
    ("selling", ("stacking the vegetable stand", "weighing carrots at the vegetable stand",
                 "taking money at the till", "filling the bread shelf",
                 "cleaning the freezer"), "🥕"),
    ("shopping", ("choosing leeks at the vegetable stand", "taking a loaf from the bread shelf",
                  "looking into the freezer", "paying at the till"), "🛒"),
    ("parcels", ("sorting the boxes", "sealing the boxes", "writing labels at the till"), "📦"),
    ("lending", ("stamping books at the information desk", "sorting the bookshelf",
                 "folding papers at the newspaper rack", "helping out at the reading table"), "📚"),
    ("studying", ("taking notes at the study desk", "reading at the reading table",
                  "searching the bookshelf", "revising at the study desk"), "📖"),
    ("reading", ("leafing through papers at the newspaper rack", "reading at the reading table",
                 "searching the bookshelf"), "📖"),
    ("teaching", ("writing on the blackboard", "explaining fractions at the blackboard",
                  "marking papers at the teacher desk", "walking past the pupil desks"), "🏫"),
    ("attending", ("listening at the pupil desks", "solving a problem at the blackboard",
                   "drawing maps at the pupil desks"), "✏️"),
    ("sewing", ("threading the sewing machine", "hemming curtains at the sewing machine",
                "cutting cloth at the teacher desk"), "🧵"),
    ("strolling", ("walking over the grass", "looking at the clouds", "walking in circles"), "🚶"),
    ("meeting friends", ("sitting on the bench", "sharing cherries at the picnic table",
                         "feeding ducks at the pond", "smelling the flower bed",
                         "playing cards at the picnic table"), "🌳"),
    ("gardening", ("weeding the flower bed", "watering the flower bed", "raking leaves",
                   "clearing weed from the pond", "painting the bench"), "🌷"),
    ("painting", ("sketching faces at the picnic table", "mixing colours at the desk",
                  "sitting still on the bench"), "🎨"),
    ("writing", ("reading yesterday's page at the desk", "writing at the desk",
                 "thinking in the armchair"), "✍️"),
    ("programming", ("reading code at the desk", "typing at the desk",
                     "thinking on the sofa"), "💻"),
    ("radio", ("tuning the radio", "listening to the radio in the armchair",
               "listening to the news on the radio"), "📻"),
    ("at home", ("sitting in the armchair", "tidying the sofa", "looking into the closet"), "🏠"),
)  # fmt: skip
_IN_USE = "in use for "
_ANYTHING = ("getting things ready", "carrying on", "taking a short rest", "tidying up")

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


def kind_of(prompt: str) -> str | None:
    """The kind of a minitown prompt, wrapped for JSON or not; None for any other prompt."""
    found = _KIND.search(prompt, 0, 200)
    return found[1] if found else None


def answer(kind: str, prompt: str) -> str | None:
    """The answer to a minitown prompt, a function of its text but for random ids.

    Args:
        kind: what :func:`kind_of` says.
        prompt: the whole text, with the JSON wrapper where the host put one around it.

    Returns:
        What the model says, as JSON where the wrapper asks for it; None for an unknown kind.
    """
    rule = _RULES.get(kind)
    if rule is None:
        return None
    inner, envelope, _ = prompt.partition(_ENVELOPE)
    said = rule(_Prompt(inner))
    return json.dumps({"output": said}, ensure_ascii=False) if envelope else said


class _Prompt:
    """The text of a prompt and its data lines."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.lines = text.split("\n")

    def __getitem__(self, key: str) -> str:
        """The value of the last line of this key; empty without one."""
        start = f"{key}: "
        return next((s[len(start) :] for s in reversed(self.lines) if s.startswith(start)), "")

    @property
    def options(self) -> list[str]:
        return self["Options"].split("; ")

    def before(self, key: str) -> list[str]:
        """The lines that come before the first line of this key, but not the headings."""
        end = next((i for i, s in enumerate(self.lines) if s.startswith(f"{key}: ")), 0)
        return [s for s in self.lines[1:end] if s and not s.endswith((":", "?"))]


def _hour(number: str, half: str) -> int:
    return int(number) % 12 + (12 if half == "pm" else 0)


def _activity(text: str) -> tuple[tuple[str, ...], str]:
    """Parts and emoji of the activity whose words come first in the table."""
    for words, parts, emoji in _ACTIVITIES:
        if words in text:
            return parts, emoji
    for _, parts, emoji in _ACTIVITIES:
        if text in parts:
            return parts, emoji
    return _ANYTHING, "🙂"


def _wake_up_hour(prompt: _Prompt) -> str:
    found = re.search(r"gets up at (\d+ [ap]m)", prompt["Lifestyle"])
    return found[1] if found else "7 am"


def _daily_plan(prompt: _Prompt) -> str:
    return "\n".join(prompt["Usual day"].split("; "))


def _hourly_schedule(prompt: _Prompt) -> str:
    hour = _hour(*prompt["Hour"].split())
    doing = "sleeping"
    for number, half, activity in _TIMED.findall(prompt["Plan"]):
        if _hour(number, half) <= hour:
            doing = activity.strip()
    return doing


def _task_decomp(prompt: _Prompt) -> str:
    task, left = prompt["Task"], int(prompt["Minutes"])
    parts, _ = _activity(task)
    turn = stable_hash(prompt["Persona"], task)
    lines = []
    while left > 0:
        minutes = min(left, pick((10, 15, 20, 30), prompt["Persona"], task, str(left)))
        lines.append(f"{parts[turn % len(parts)]} ({minutes} min)")
        left -= minutes
        turn += 1
    return "\n".join(lines)


def _new_decomp_schedule(prompt: _Prompt) -> str:
    return "\n".join(prompt.before("Persona")[:-1])


def _action_sector(prompt: _Prompt) -> str:
    task = prompt["Task"]
    return next((sector for sector in prompt.options if sector in task), prompt["Home"])


_ROOMS = {"sleeping": "'s room", "desk": "'s room", "closet": "'s room", "lying": "'s room",
          "cooking for": "kitchen", "stroll": "lawn", "garden": "garden", "study desk": "study",
          "boxes": "storeroom", "teacher desk": "workroom", "sewing": "workroom",
          "friends": "garden"}  # fmt: skip
_MAIN_ROOMS = ("common room", "guest room", "sales floor", "reading room", "classroom", "garden")


def _action_arena(prompt: _Prompt) -> str:
    doing = f"{prompt['Task']} {prompt['Part']}"
    wanted = [room for words, room in _ROOMS.items() if words in doing]
    for room in (*wanted, *_MAIN_ROOMS):
        for option in prompt.options:
            if room in option:
                return option
    return prompt.options[0]


def _action_object(prompt: _Prompt) -> str:
    part = prompt["Part"]
    fallback = "bed" if "sleeping" in part else pick(prompt.options, prompt["Persona"], part)
    return next((thing for thing in prompt.options if thing in part), fallback)


def _pronunciatio(prompt: _Prompt) -> str:
    return _activity(prompt["Activity"])[1]


def _event_triple(prompt: _Prompt) -> str:
    doing = prompt["Activity"].split(": ")[-1].removeprefix(prompt["Subject"])
    doing = doing.replace(_IN_USE, "serving ")
    verb, *rest = re.findall(r"[\w'-]+", doing) or ["being"]
    return f"{verb}, {' '.join(rest[-2:]) or 'a while'}"


def _obj_desc(prompt: _Prompt) -> str:
    # Without the name: two people doing the same there leave the very same event.
    return f"{_IN_USE}{prompt['Activity'].split()[0]}"


def _poignancy(prompt: _Prompt) -> str:
    subject = prompt["Event"] or prompt["Thought"] or prompt["Conversation"]
    low = 3 if prompt["Conversation"] or prompt["Thought"] else 1
    return str(low + stable_hash(prompt["Persona"], subject) % 4)


def _decide_to_talk(prompt: _Prompt) -> str:
    parts = prompt["Persona"], prompt["Other"], prompt["Scene"], prompt["Other scene"]
    return "yes" if chance(0.15, "talk", *parts) else "no"


def _decide_to_react(prompt: _Prompt) -> str:
    return "1" if chance(0.25, prompt["Scene"], prompt["Other scene"]) else "3"


def _topic(prompt: _Prompt) -> str:
    names = sorted((prompt["Persona"], prompt["Other"]))
    return pick(_TOPICS, *names, prompt["Place"])


def _utterance(prompt: _Prompt) -> str:
    said, topic = int(prompt["Said so far"]), _topic(prompt)
    length = 3 + stable_hash(topic, *sorted((prompt["Persona"], prompt["Other"]))) % 5
    lines = _OPENINGS if said == 0 else _CLOSINGS if said + 1 >= length else _REPLIES
    line = pick(lines, prompt["Persona"], prompt["Other"], str(said)).format(topic)
    return json.dumps({"utterance": line, "end": said + 1 >= length})


def _spoken_of(prompt: _Prompt) -> str:
    return next((topic for topic in _TOPICS if topic in prompt.text), "the day")


def _relationship(prompt: _Prompt) -> str:
    manner = pick(("a good neighbour", "a close friend", "hard to read", "good company"),
                  prompt["Persona"], prompt["Other"])  # fmt: skip
    return f"{prompt['Persona']} finds {prompt['Other']} {manner}"


def _focal_points(prompt: _Prompt) -> str:
    statements = prompt.before("Persona") or [prompt["Persona"]]
    number = int(prompt["Number"])
    chosen = [pick(statements, prompt["Persona"], str(i)) for i in range(number)]
    return "\n".join(f"What does it mean that {statement}?" for statement in chosen)


_THINKS_OF = " often thinks of "


def _insights(prompt: _Prompt) -> str:
    statements = [s for s in prompt.before("Persona") if re.match(r"\d+\. ", s)]
    lines = []
    for i in range(min(2, len(statements))):
        number, _, statement = pick(statements, prompt["Persona"], str(i)).partition(". ")
        # A thought about a thought is the thought again, or texts would grow without end.
        thing = statement.split(_THINKS_OF)[-1]
        lines.append(f"{prompt['Persona']}{_THINKS_OF}{thing} (because of {number})")
    return "\n".join(lines) or f"{prompt['Persona']} likes quiet days (because of 0)"


_RULES: dict[str, Callable[[_Prompt], str]] = {
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
