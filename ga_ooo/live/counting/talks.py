"""Conversations in the committed steps: how many there were, and the latest."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


class Talks:
    """Counts conversations.

    Attributes:
        count: number of conversations.
        latest: the first line of the latest one, with its speaker; empty before the first.
    """

    def __init__(self) -> None:
        self.count = 0
        self.latest = ""
        self._now: dict[str, object] = {}
        self._known: set[int] = set()

    def heard_in(self, records: Mapping[str, Any]) -> None:
        """Look at one step.

        Args:
            records: of the personas, from the movement file. ``chat`` is the list of (speaker,
                words) that both speakers share, and None without a conversation.
        """
        for name, record in records.items():
            chat = record.get("chat")
            # The list stays the same object while the conversation lasts.
            if chat is self._now.get(name):
                continue
            self._now[name] = chat
            if chat:
                self._add(chat)

    def _add(self, chat: Any) -> None:
        talk = hash(tuple(str(words) for _, words in chat))
        if talk not in self._known:
            self._known.add(talk)
            self.count += 1
            self.latest = f"{chat[0][0]}: {chat[0][1]}"
