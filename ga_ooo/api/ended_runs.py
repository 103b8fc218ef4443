"""The counts and times of a run that has ended, for a caller who wants to resume it."""

from __future__ import annotations

from pathlib import Path

from ga_ooo.api.results import RunResult
from ga_ooo.errors import UsageError
from ga_ooo.record import RecordReader, record_file
from ga_ooo.record.other_loops import other_loops


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
    calls, early_calls = list(reader.calls()), list(reader.early_calls())
    # Calls of attempts that failed do not count, as in the result of a run.
    counted = [call for call in calls if call.attempt == failures.get((call.step, call.persona))]
    models, used = {call.model for call in calls}, {call.early for call in calls}
    early = {each.call: each.tokens_in + each.tokens_out for each in early_calls}
    needed = sum(call.tokens_in + call.tokens_out for call in calls)
    seconds = reader.last_time()
    serial, parallel_sync = other_loops(counted, early_calls)
    return RunResult(
        simulation=simulation,
        answered_by=(ended, f"model of its calls: {', '.join(sorted(models)) or 'none'}"),
        clock=reader.facts.clock,
        seconds=seconds,
        persona_steps=len(failures),
        persona_steps_with_calls=len({(call.step, call.persona) for call in counted}),
        calls=len(counted),
        retried=sum(failures.values()),
        calls_in_flight=serial / seconds if seconds else 0.0,
        serial_seconds=serial,
        parallel_sync_seconds=parallel_sync,
        asked_servers=any(call.attempts for call in calls),
        prefetched=len(early),
        prefetches_used=len(early.keys() & used),
        wasted_tokens=_share(sum(early[call] for call in early.keys() - used), needed),
    )


def _share(part: int, whole: int) -> float:
    return part / whole if whole else 0.0
