"""Explains one step of one persona in words: what it waited for, what it asked, when it ended."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from ga_ooo.record import RecordReader
from ga_ooo.record.reader import Range
from ga_ooo.record.rows import Call, Held, Latest, Move
from ga_ooo.texts import shown
from ga_ooo.views.texts import duration, moment, times

HAZARDS: Final = {
    "lag": "{blocker} was behind, and could have come into sight by this step",
    "order": "{blocker} was in sight, comes first in the order of personas, and had not taken this "
    "step",
    "commit": "{blocker} was in sight and had not taken this step, so it could still begin a "
    "conversation",
    "pin": "a move of {blocker} was using this persona, and could still change it",
    "read": "the move was reading a part of the town that {blocker} could still change",
    "window": "the persona was as far ahead of {blocker} as the option --window allows",
}
"""Reasons for holds, in words."""

_TRANSITIONS: Final = {
    "issue": "the step could not begin",
    "continue": "the move could not continue",
    "commit": "the step could not be committed",
}


def explain(reader: RecordReader, persona: int, step: int) -> list[str]:
    """What happened in one step of a persona, a line for each event.

    Args:
        persona: its index.
    """
    of = Range(persona, step, step + 1)
    name = shown(reader.name(persona))
    lines = [f"{name}, step {step:,}: {moment(reader.game_time(step))} in the town", ""]
    move = next(reader.moves(of), None)
    if move is None:
        return [*lines, *_not_taken(reader, persona, step)]
    events = [*_of_move(reader, move), *(_of_hold(reader, hold) for hold in reader.holds(of))]
    events += [event for call in reader.calls(of) for event in _of_call(reader, call)]
    retired = next(reader.steps(of), None)
    if retired is not None:
        events.append((retired.retired_at, 9, "Everybody had committed the step: it retired."))
    begin = move.reached_at
    for at, _, text in sorted(events):
        lines.append(f"{'+' + duration(at - begin):>12}  {text}")
    lines += ["", f"The times count from {duration(begin)} after the begin of the run."]
    return lines


_Event = tuple[float, int, str]
"""Time, order among events of one moment, words."""


def _of_move(reader: RecordReader, move: Move) -> Iterator[_Event]:
    yield move.reached_at, 0, "The persona reached the step: its step before was committed."
    waited = move.issued_at - move.reached_at
    held = f", after {duration(waited)}" if waited > 0 else ""
    yield move.issued_at, 2, f"Ready{held}: nothing held the step, and it was issued."
    again = f" It had failed {times(move.failures)} before." if move.failures else ""
    took = duration(move.completed_at - move.issued_at)
    yield move.completed_at, 5, f"Completed: the move returned, {took} after it was issued.{again}"
    where = f"on tile ({move.x}, {move.y})"
    activity = None
    for row in reader.activities(Range(move.persona, 0, move.step + 1)):
        activity = row
    doing = f": {shown(activity.description)}" if activity is not None else ""
    yield move.committed_at, 7, f"Committed, {where}{doing}"


def _of_hold(reader: RecordReader, hold: Held) -> _Event:
    blocker = shown(reader.name(hold.blocker))
    why = HAZARDS.get(hold.hazard, "of a reason that this version does not know")
    order = {"issue": 1, "continue": 4, "commit": 6}[hold.before]
    text = (
        f"Held for {duration(hold.ended_at - hold.began_at)} by {blocker} ({shown(hold.hazard)}), "
        f"so {_TRANSITIONS[hold.before]}: {why.format(blocker=blocker)}."
    )
    return hold.began_at, order, text


def _of_call(reader: RecordReader, call: Call) -> Iterator[_Event]:
    stage = f" in {shown(call.stage)}" if call.stage else ""
    tokens = f"{call.tokens_in:,} tokens in, {call.tokens_out:,} out"
    waited = duration(call.answered_at - call.asked_at)
    text = f"Asked “{shown(call.kind)}”{stage}: answered after {waited}, {tokens}"
    yield call.asked_at, 3, f"{text}; {_source(reader, call)}."


def _source(reader: RecordReader, call: Call) -> str:
    match call.source:
        case "model":
            again = f" at the attempt {call.attempts}" if call.attempts > 1 else ""
            return f"by {shown(call.server or call.model)}{again}"
        case "shared":
            return "another move had asked the same"
        case "journal":
            return "from the journal"
    early = None if call.early is None else reader.early_call(call.early)
    if early is None:
        return "a rehearsal had asked it early"
    before, took = call.asked_at - early.asked_at, early.answered_at - early.asked_at
    return (
        f"a rehearsal had asked it {duration(before)} before, and the answer took {duration(took)}"
    )


def _not_taken(reader: RecordReader, persona: int, step: int) -> Iterator[str]:
    state = next((row for row in reader.latest() if row.persona == persona), None)
    reached = reader.next_step() if state is None else state.step
    if step < reader.facts.first_step:
        yield f"The run began at step {reader.facts.first_step:,}."
    elif step < reached:
        yield "The record has no row for this step: it was not written while the step was taken."
    elif state is None or step > reached:
        yield f"Not taken yet: the persona is at step {reached:,}."
    else:
        yield f"Not committed yet: {state_in_words(reader, state)}."


def state_in_words(reader: RecordReader, state: Latest) -> str:
    """What a persona did when the run wrote to the record for the last time."""
    if state.blocker is not None and state.hazard is not None and state.held_since is not None:
        blocker = shown(reader.name(state.blocker))
        held = (
            f"held by {blocker} ({shown(state.hazard)}) for {duration(state.at - state.held_since)}"
        )
        if state.phase == "completed":
            return f"its move has returned, and its commit is {held}"
        return held if state.phase == "held" else f"its move is {held}"
    if state.kind is not None and state.asked_at is not None:
        waited = duration(state.at - state.asked_at)
        return f"has waited {waited} for an answer to “{shown(state.kind)}”"
    return {
        "held": "at the end of the steps, or about to be issued",
        "running": "its move is running",
        "completed": "its move has returned",
    }[state.phase]


def is_idle(state: Latest) -> bool:
    """Whether a persona neither moves nor waits for anything."""
    return state.phase == "held" and state.hazard is None
