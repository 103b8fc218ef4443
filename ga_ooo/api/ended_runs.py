"""The counts and times of a run that has ended, for a caller who wants to resume it."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

from ga_ooo.api.results import RunResult
from ga_ooo.errors import UsageError
from ga_ooo.record import RecordReader, record_file


def result_of_ended(simulation: Path, step: int) -> RunResult:
    """The result of a run that has ended, from its record.

    Where the record is missing or damaged, all figures are 0, and ``answered_by`` says so. A record
    does not hold the counters of servers, of fail-safes and of the journal.

    Args:
        simulation: its folder.
        step: at which it has ended.
    """
    ended = f"the run has ended at step {step}; nothing was run"
    try:
        with RecordReader(record_file(simulation)) as reader:
            return _recorded(reader, simulation, ended)
    except UsageError as error:
        notes = (ended, f"its figures are not known: {error.problem}")
        return RunResult(simulation, notes, "wall", 0.0, 0, 0, 0, 0, 0.0, 0.0, 0.0)


def _recorded(reader: RecordReader, simulation: Path, ended: str) -> RunResult:
    failures = {(move.step, move.persona): move.failures for move in reader.moves()}
    waits: dict[tuple[int, int], float] = defaultdict(float)
    calls, models, used = 0, set(), set()
    for call in reader.calls():
        # Calls of attempts that failed do not count, as in the result of a run.
        if call.attempt == failures.get((call.step, call.persona)):
            calls += 1
            waits[call.step, call.persona] += call.answered_at - call.asked_at
        models.add(call.model)
        used.add(call.early)
    early = {each.call: each.tokens_in + each.tokens_out for each in reader.early_calls()}
    longest: dict[int, float] = defaultdict(float)
    for (step, _), seconds in waits.items():
        longest[step] = max(longest[step], seconds)
    needed = sum(call.tokens_in + call.tokens_out for call in reader.calls())
    seconds, serial = reader.last_time(), sum(waits.values())
    return RunResult(
        simulation=simulation,
        answered_by=(ended, f"model of its calls: {', '.join(sorted(models)) or 'none'}"),
        clock=reader.facts.clock,
        seconds=seconds,
        persona_steps=len(failures),
        persona_steps_with_calls=len(waits),
        calls=calls,
        retried=sum(failures.values()),
        calls_in_flight=serial / seconds if seconds else 0.0,
        serial_seconds=serial,
        parallel_sync_seconds=sum(longest.values()),
        prefetched=len(early),
        prefetches_used=len(early.keys() & used),
        wasted_tokens=_share(sum(early[call] for call in early.keys() - used), needed),
    )


def _share(part: int, whole: int) -> float:
    return part / whole if whole else 0.0
