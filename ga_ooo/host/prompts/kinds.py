"""Recognising the kind of a prompt: what it asks for, by a name such as ``task decomposition``.

The host gives its prompts no name on the wire. So each kind of the original and its forks is
recognised by short fragments of its wording. Prompts of minitown name their kind themselves.

This module imports nothing but the standard library, so that a caller that needs only the names
of the kinds (to check a configuration file, to record a trace) pays for nothing else.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache
from typing import Final


class Family(Enum):
    """Which host a kind of prompt comes from: its answers have the form of that host."""

    ORIGINAL = "the original and its forks"
    MINITOWN = "minitown"


@dataclass(frozen=True)
class Kind:
    """A kind of prompt.

    Attributes:
        name: as traces show it and ``[names.prompts]`` of the configuration uses it. The two
            families share some names.
        family: the host that it comes from; None for :data:`UNKNOWN`.
    """

    name: str
    family: Family | None


UNKNOWN: Final = Kind("unknown", None)
"""A prompt that no recogniser knows."""

_TALK: Final = "Write down if there is anything from the conversation"

_ORIGINAL: Final[tuple[tuple[str, tuple[str, ...]], ...]] = (
    # Reactions come first: they are the most frequent.
    ("decide to talk", ("whether the subject will initiate a conversation",)),
    ("decide to react", ("three options that a subject can take",)),
    ("poignancy of chat", ("Rate (return a number", "\nConversation:")),
    ("poignancy of thought", ("Rate (return a number", "\nThought:")),
    ("poignancy of event", ("Rate (return a number",)),
    ("safety", ("human-like agency", "integer on a 1 to 10")),
    # Short descriptions of actions and objects.
    ("pronunciatio", ("Convert an action description", "Emoji:")),
    ("event triple", ("(subject, predicate, object)",)),
    ("object state", ("understand the state of an object",)),
    ("keywords", ("Factually descriptive keywords",)),
    ("action keyword", ("best keyword that describes an action",)),
    # Places.
    ("action sector", ("Area options", "should go to")),
    ("action sector", ("Area Options", "should go to")),
    ("action arena", ("following area in ", "is going to")),
    ("action room", ("should go to the following area: {",)),
    ("action object", ("Pick ONE most relevant object",)),
    ("action object", ("should use {",)),
    # Conversations.
    ("utterance", ("did it end the conversation?",)),
    ("create conversation", ("What would they talk about now?",)),
    ("create conversation", ("Here is the conversation they had.",)),
    ("agent chat", ("Here is their conversation.", "Character 2:")),
    ("conversation summary", ("This is a conversation about",)),
    ("next line", ("Following is a conversation between",)),
    # Reflection.
    ("relationship", ("Based on the statements above,", "'s relationship")),
    ("focal points", ("most salient high-level questions",)),
    ("insights", ("high-level insights can you infer",)),
    ("planning thought", (_TALK, "for her planning")),
    ("memo of conversation", (_TALK, "Output the response to the prompt above")),
    # The school fork asks for both in the same words; only the memo wants JSON.
    ("planning thought", (_TALK,)),
    ("thought on conversation", ("in one short sentence. The sentence",)),
    ("thought on keyword", ("thinks about these events/thoughts",)),
    ("ideas for chat", ("most relevant statements above that can inform",)),
    ("ideas for interview", ("relevant to the interviewer's line",)),
    ("whisper", ("Translate the following thought into a statement",)),
    ("memorable things", ("most memorable things that happened",)),
    ("feelings of the day", ("feel about their day today",)),
    ("changed plan", ("change their plan for today",)),
    # A new day's identity comes before planning, whose fragments match its daily plan too.
    ("day: plan note", ("should remember as they plan for",)),
    ("day: feelings", ("feelings about their days up to now",)),
    ("day: status", ("Write this in third-person talking about",)),
    ("day: plan", ("the list should have 4~6 items",)),
    # Schedules.
    ("task decomposition", ("5 min increments, list the subtasks",)),
    ("revised schedule", ("The revised schedule:", "unexpectedly")),
    ("wake up hour", ("'s wake up hour:",)),
    ("bed hour", ("'s bed hour:",)),
    ("hourly schedule", ("Hourly schedule format",)),
    ("daily plan", ("plan today in broad-strokes", "morning routine at", "2)")),
    ("daily list", ("will do the following five things:",)),
    ("daily goals", ("wants to achieve today:",)),
    ("daily tasks", ("high-level tasks that",)),
    ("whole day", ("detailed, hourly schedule for the day:",)),
    ("next activity", ("Activity:", "In general,", "planning to do")),
    ("next activity", ("Activity:", "time durations that absolutely must")),
    ("action sequence", ("Action sequence: [",)),
    ("action steps", ("What are the detailed steps",)),
    ("duration", ("Duration in minutes (e.g.",)),
)
"""Name and fragments that must all occur; the first row that matches gives the kind."""

_MINITOWN: Final = (
    *("wake_up_hour", "daily_plan", "hourly_schedule", "task_decomp", "new_decomp_schedule"),
    *("plan_note", "new_status", "action_sector", "action_arena", "action_object"),
    *("pronunciatio", "event_triple", "obj_desc", "poignancy_event", "poignancy_thought"),
    *("poignancy_chat", "decide_to_talk", "decide_to_react", "relationship", "utterance"),
    *("conversation_summary", "focal_points", "insights", "planning_thought", "memo"),
    *("summarize_ideas", "next_line", "inner_thought", "safety"),
)

_KINDS: Final = tuple((Kind(name, Family.ORIGINAL), parts) for name, parts in _ORIGINAL)
_MINITOWN_KINDS: Final = {name: Kind(name, Family.MINITOWN) for name in _MINITOWN}
_MINITOWN_HEAD: Final = re.compile(r"^\[minitown:(\w+)\]$", re.MULTILINE)
_MINITOWN_HEAD_END: Final = 200

PROMPT_KINDS: Final = tuple(dict.fromkeys(name for name, _ in _ORIGINAL)) + tuple(_MINITOWN_KINDS)
"""All names that :func:`prompt_kind` can give, but ``unknown``."""


# One prompt is recognised several times: for its form, for the record, for the view on a terminal.
@lru_cache(maxsize=512)
def recognise(text: str) -> Kind:
    """The kind of a prompt; :data:`UNKNOWN` if no recogniser knows it.

    Args:
        text: the whole prompt, with the JSON envelope where the host put one around it.
    """
    if (found := _MINITOWN_HEAD.search(text, 0, _MINITOWN_HEAD_END)) is not None:
        return _MINITOWN_KINDS.get(found[1], UNKNOWN)
    for kind, fragments in _KINDS:
        if all(fragment in text for fragment in fragments):
            return kind
    return UNKNOWN


def prompt_kind(text: str) -> str:
    """The name of a prompt's kind, such as ``task decomposition``; ``unknown`` if no recogniser
    knows it."""
    return recognise(text).name
