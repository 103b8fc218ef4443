"""Conversations in movement files."""

from __future__ import annotations

from typing import Any

from ga_ooo.record.conversations import ConversationTracker
from ga_ooo.record.rows import Conversation, Row, Utterance

ADA, BO, CY = NAMES = ("Ada", "Bo", "Cy")
TALK = [[ADA, "Hi"], [BO, "Hello"]]
PLACE = "talking @ the Ville:cafe"


def moved(**chats: Any) -> dict[str, Any]:
    return {
        name: {"movement": [1, 2], "description": PLACE, "chat": chats.get(name)} for name in NAMES
    }


def follow(*steps: dict[str, Any]) -> list[Row]:
    tracker = ConversationTracker(NAMES)
    return [row for step, people in enumerate(steps) for row in tracker.step(step, people)]


def test_one_conversation_of_two() -> None:
    """The partner shows it one step later; it ends when nobody shows it."""
    shown = [moved(Ada=TALK), moved(Ada=TALK, Bo=TALK), moved(Bo=TALK), moved(), moved()]
    assert follow(*shown) == [
        Conversation(0, 0, 1, 0, None, 1, 2, "the Ville:cafe"),
        Utterance(0, 0, ADA, "Hi"),
        Utterance(0, 1, BO, "Hello"),
        Conversation(0, 0, 1, 0, 2, 1, 2, "the Ville:cafe"),
    ]


def test_the_same_words_again_are_another_conversation() -> None:
    rows = follow(moved(Ada=TALK), moved(), moved(Bo=TALK))
    ended = [row for row in rows if isinstance(row, Conversation)]
    assert [(row.conversation, row.persona, row.partner) for row in ended] == [
        (0, 0, 1),
        (0, 0, 1),
        (1, 1, 0),
    ]


def test_a_conversation_that_grows() -> None:
    """A fork may show each line when it is said."""
    rows = follow(moved(Ada=TALK[:1]), moved(Ada=TALK, Bo=TALK), moved(Ada=TALK))
    assert [row.words for row in rows if isinstance(row, Utterance)] == ["Hi", "Hello"]
    assert len([row for row in rows if isinstance(row, Conversation)]) == 1


def test_a_run_that_continues_knows_the_conversation() -> None:
    going_on = Conversation(4, 0, 1, 7, None, 1, 2, "")
    lines = ((ADA, "Hi"), (BO, "Hello"))
    tracker = ConversationTracker(NAMES, [(going_on, lines)], 5)
    assert list(tracker.step(9, moved(Bo=TALK))) == []
    assert list(tracker.step(10, moved())) == [Conversation(4, 0, 1, 7, 9, 1, 2, "")]


def test_files_of_another_form() -> None:
    """A file that somebody has changed is read as far as possible."""
    odd = {ADA: {"chat": [3, ["x"], [BO, "y"]], "movement": "?"}, BO: "?", CY: {"chat": {"a": 1}}}
    assert follow(odd) == [Conversation(0, 0, 1, 0, None, 0, 0, ""), Utterance(0, 0, BO, "y")]
