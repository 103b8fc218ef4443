"""Finds conversations in movement files: who said what to whom, from which step until which.

The host shows a conversation in the ``chat`` of both personas, in each step from its beginning to
its end, as a list of ``[speaker, words]``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from ga_ooo.record.rows import Conversation, Row, Utterance, storable

Lines: TypeAlias = tuple[tuple[str, str], ...]
"""Speaker and words of each line."""


@dataclass
class _Running:
    """A conversation that goes on."""

    row: Conversation
    lines: Lines


class ConversationTracker:
    """Follows the movement files of a simulation, step by step.

    Args:
        names: of the personas, in their order.
        running: conversations that go on at the first step.
        first_number: of the next conversation.
    """

    def __init__(
        self,
        names: Sequence[str],
        running: Iterable[tuple[Conversation, Lines]] = (),
        first_number: int = 0,
    ) -> None:
        self._names = tuple(names)
        self._index = {name: index for index, name in enumerate(names)}
        self._running = [_Running(row, lines) for row, lines in running]
        self._next = first_number

    def step(self, step: int, moved: Mapping[str, Any]) -> Iterator[Row]:
        """Read the movements of the next step.

        Args:
            moved: by persona, as in the movement file (``persona``). Persons and lines that have
                another form are left out.

        Returns:
            new rows, and rows that have changed.
        """
        shown: list[_Running] = []
        for name in self._names:
            record = moved.get(name)
            chat = record.get("chat") if isinstance(record, Mapping) else None
            if not chat or not isinstance(record, Mapping):
                continue
            lines = lines_of(chat)
            if not lines:
                continue
            running = self._find(name, lines)
            if running is None:
                running = self._begin(step, self._index[name], record, lines)
                yield running.row
                yield from _utterances(running, 0)
            elif len(lines) > len(running.lines):
                # Some forks show each line when it is said.
                known, running.lines = len(running.lines), lines
                yield from _utterances(running, known)
            shown.append(running)
        if self._running:
            yield from self._end_others(step, shown)

    def _find(self, name: str, lines: Lines) -> _Running | None:
        for running in self._running:
            known = running.lines
            if lines == known:
                return running
            is_longer = lines[: len(known)] == known or known[: len(lines)] == lines
            if is_longer and any(speaker == name for speaker, _ in (*known, *lines)):
                return running
        return None

    def _begin(self, step: int, persona: int, record: Mapping[str, Any], lines: Lines) -> _Running:
        others = (self._index.get(speaker) for speaker, _ in lines)
        partner = next((i for i in others if i is not None and i != persona), None)
        x, y = tile_of(record)
        row = Conversation(
            self._next, persona, partner, step, None, x, y, address_of(record.get("description"))
        )
        self._next += 1
        running = _Running(row, lines)
        self._running.append(running)
        return running

    def _end_others(self, step: int, shown: Sequence[_Running]) -> Iterator[Row]:
        for running in list(self._running):
            if not any(running is other for other in shown):
                self._running.remove(running)
                row = running.row
                yield Conversation(
                    *(row.conversation, row.persona, row.partner, row.first_step, step - 1),
                    *(row.x, row.y, row.address),
                )


def lines_of(chat: Any) -> Lines:
    """Speakers and words of a ``chat``; lines of another form are left out."""
    if not isinstance(chat, list | tuple):
        return ()
    return tuple(
        (storable(str(line[0]), 1000), storable(str(line[1])))
        for line in chat
        if isinstance(line, list | tuple) and len(line) >= 2
    )


def tile_of(record: Mapping[str, Any]) -> tuple[int, int]:
    """Column and row of the tile that a persona moved to; (0, 0) if they are no numbers."""
    match record.get("movement"):
        case [int(x), int(y)] if x >= 0 and y >= 0:
            return x, y
    return 0, 0


def address_of(description: Any) -> str:
    """The address of a location that the description of an activity names, in the host's words."""
    text = str(description)
    return storable(text.rpartition(" @ ")[2]) if " @ " in text else ""


def _utterances(running: _Running, first: int) -> Iterator[Row]:
    for number, (speaker, words) in enumerate(running.lines[first:], first):
        yield Utterance(running.row.conversation, number, speaker, words)
