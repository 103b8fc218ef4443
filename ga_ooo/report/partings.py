"""Where and why two runs part: for each persona, the first step in which they differ."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from itertools import zip_longest
from typing import TypeAlias

from ga_ooo.errors import UsageError
from ga_ooo.record import RecordReader
from ga_ooo.record.rows import Activity, Call, Move, Prompt

_Asked: TypeAlias = tuple[int, int]
"""Step and ordinal of a call."""


@dataclass(frozen=True)
class Parting:
    """The first difference of one persona.

    Attributes:
        persona: its name.
        step: the first step in which it differs; None if it never does.
        why: in words.
    """

    persona: str
    step: int | None
    why: str


def partings(one: RecordReader, other: RecordReader) -> list[Parting]:
    """The first difference of each persona, the earliest first. Only steps of both runs count.

    Raises:
        UsageError: the runs have other personas, or begin at other steps.
    """
    if one.names != other.names or one.facts.first_step != other.facts.first_step:
        raise UsageError(
            "the two runs have other personas, or begin at another step",
            "compare runs of one scenario",
        )
    until = min(one.next_step(), other.next_step())
    sides = [_Side(reader, until) for reader in (one, other)]
    found = [_of_persona(index, name, sides) for index, name in enumerate(one.names)]
    return sorted(found, key=lambda each: (each.step is None, each.step or 0))


class _Side:
    """What each persona of one run asked, did and where it stood."""

    def __init__(self, reader: RecordReader, until: int) -> None:
        self.reader = reader
        self.has_prompts = next(reader.all_rows(Prompt), None) is not None
        self.calls: defaultdict[int, dict[_Asked, Call]] = defaultdict(dict)
        self.moves: defaultdict[int, list[Move]] = defaultdict(list)
        self.activities: defaultdict[int, list[Activity]] = defaultdict(list)
        for call in reader.calls():
            if call.step < until:
                # Of several attempts at a move, the last one counts.
                self.calls[call.persona][call.step, call.ordinal] = call
        for move in reader.moves():
            if move.step < until:
                self.moves[move.persona].append(move)
        for activity in reader.activities():
            if activity.step < until:
                self.activities[activity.persona].append(activity)


def _of_persona(index: int, name: str, sides: list[_Side]) -> Parting:
    found = [
        each
        for each in (_of_calls(index, sides), _of_moves(index, sides), _of_activities(index, sides))
        if each is not None
    ]
    if not found:
        return Parting(name, None, "no difference")
    # Of one step, its calls come first: they are the reason of the rest.
    step, why = min(found, key=lambda each: each[0])
    return Parting(name, step, why)


def _of_calls(index: int, sides: list[_Side]) -> tuple[int, str] | None:
    one, other = (side.calls[index] for side in sides)
    for asked in sorted(one.keys() | other.keys()):
        here, there = one.get(asked), other.get(asked)
        if here is None or there is None:
            call, side = (here, "first") if here is not None else (there, "second")
            assert call is not None
            return asked[0], f"only the {side} run asks here ({call.kind})"
        why = _difference(here, there, sides)
        if why:
            return asked[0], f"call {asked[1] + 1} of the step: {why}"
    return None


def _difference(here: Call, there: Call, sides: list[_Side]) -> str:
    if here.kind != there.kind:
        return f"the runs ask for different things ({here.kind}; {there.kind})"
    first, second = (
        side.reader.prompt(call.call) if side.has_prompts else None
        for side, call in zip(sides, (here, there), strict=True)
    )
    if first is not None and second is not None:
        if first.prompt != second.prompt:
            return f"another prompt for {here.kind}: the persona knows or sees something else"
        if first.answer != second.answer:
            return f"the model answers {here.kind} differently: {first.answer!r}; {second.answer!r}"
    if here.tokens_in != there.tokens_in:
        return f"another prompt for {here.kind}: the persona knows or sees something else"
    if here.tokens_out != there.tokens_out:
        return f"the model answers {here.kind} differently, to a prompt of the same length"
    return ""


def _of_moves(index: int, sides: list[_Side]) -> tuple[int, str] | None:
    one, other = (side.moves[index] for side in sides)
    for here, there in zip(one, other, strict=False):
        if (here.x, here.y) != (there.x, there.y):
            tiles = f"({here.x}, {here.y}); ({there.x}, {there.y})"
            return here.step, f"the persona is on another tile: {tiles}"
    return None


def _of_activities(index: int, sides: list[_Side]) -> tuple[int, str] | None:
    one, other = (side.activities[index] for side in sides)
    for here, there in zip_longest(one, other):
        if here is None or there is None:
            return (here or there).step, "the persona does something else"
        if (here.step, here.description, here.pronunciatio) != (
            *(there.step, there.description),
            there.pronunciatio,
        ):
            step = min(here.step, there.step)
            return (
                step,
                f"the persona does something else: {here.description!r}; {there.description!r}",
            )
    return None
