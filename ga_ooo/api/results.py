"""What a run reports: its progress, and its counts and times at the end."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ga_ooo.api.who_answers import who_answers
from ga_ooo.host.run.run import Run
from ga_ooo.model.routing.counters import RouterStatistics
from ga_ooo.observer import Observer
from ga_ooo.runahead.worker_counts import WorkerCounts


@dataclass(frozen=True)
class Progress:
    """A step of a run that all personas have taken, with its files written.

    Attributes:
        step: the number of the step.
        game_time: when it begins in the town, as the host writes it.
        done: steps that this call has taken so far.
        total: steps that it takes at most.
    """

    step: int
    game_time: str
    done: int
    total: int


@dataclass(frozen=True)
class RunResult:
    """Counts and times of a run. Seconds are those of the run's clock.

    Attributes:
        simulation: folder of the simulation.
        answered_by: lines that say which model answered the calls.
        clock: ``wall`` or ``virtual``.
        seconds: from the first step to the last.
        persona_steps: steps of single personas.
        persona_steps_with_calls: those of them that asked the model.
        calls: model calls that were answered.
        retried: moves that started again after a failure.
        calls_in_flight: mean number of calls under way.
        serial_seconds: time of all calls one after another, as in the host's own loop.
        parallel_sync_seconds: time of the same calls with a barrier after each step.
        asked_servers: model servers answered. Their calls slow each other, so both of these times
            are upper bounds.
        prefetched: calls that rehearsals asked early.
        prefetches_used: those of them whose answers were used.
        wasted_tokens: tokens of the others, as a share of the tokens that the run needed.
        allowed_tokens: the budget of runahead, as the same share; None for no limit.
        journal: the journal; None for none.
        answers_recorded: answers that the journal has recorded.
        answers_replayed: answers that came from the journal.
        servers: counters of the model servers; None for other models.
        workers: the processes that rehearsed in place of that of the run.
        cpu_seconds: CPU time of the thread that takes the moves, in this time.
        checked_requests: requests of the host's own loop (``--mode lockstep``) whose answers the
            host checks before it uses them.
        fail_safes: those of them for which the host accepted no answer and used its fail-safe.
    """

    simulation: Path | None
    answered_by: tuple[str, ...]
    clock: str
    seconds: float
    persona_steps: int
    persona_steps_with_calls: int
    calls: int
    retried: int
    calls_in_flight: float
    serial_seconds: float
    parallel_sync_seconds: float
    prefetched: int = 0
    prefetches_used: int = 0
    wasted_tokens: float = 0.0
    allowed_tokens: float | None = None
    journal: Path | None = None
    answers_recorded: int = 0
    answers_replayed: int = 0
    asked_servers: bool = False
    servers: RouterStatistics | None = None
    workers: tuple[WorkerCounts, ...] = ()
    cpu_seconds: float = 0.0
    checked_requests: int = 0
    fail_safes: int = 0

    def __str__(self) -> str:
        return "\n".join(self._lines())

    def _lines(self) -> list[str]:
        unit = "virtual seconds" if self.clock == "virtual" else "seconds"
        lines = [
            f"{self.persona_steps:,} persona steps, {self.persona_steps_with_calls:,} of them with "
            "calls",
            f"{self.calls:,} model calls, {self.retried:,} moves retried",
            f"{self.seconds:,.1f} {unit}, {self.calls_in_flight:.2f} calls in flight",
        ]
        if self.serial_seconds > self.seconds > 0:
            # Otherwise host code takes the time, and the model says nothing of the host's own loop.
            lines.append(self._other_loops_line())
        if self.servers is not None:
            lines += _lines_of_servers(self.servers)
        if self.prefetched:
            lines.append(self._runahead_line())
        lines += [_line_of_worker(worker) for worker in self.workers]
        if self.fail_safes:
            lines.append(
                f"the host used its fail-safe for {self.fail_safes:,} of {self.checked_requests:,} "
                "requests, because it accepted no answer"
            )
        if self.journal is not None:
            lines.append(self.journal_line())
        return lines

    def _other_loops_line(self) -> str:
        serial, sync = self.serial_seconds, self.parallel_sync_seconds
        bound, reason = "", ""
        if self.asked_servers:
            bound, reason = "at most ", ": a server answers one call alone sooner than many at once"
        return (
            f"the host's own loop would wait for the model for {bound}{serial:,.1f} s "
            f"({serial / self.seconds:.2f} times as long); with all personas of a step at once "
            f"{bound}{sync:,.1f} s ({sync / self.seconds:.2f} times){reason}"
        )

    def _runahead_line(self) -> str:
        allowed = self.allowed_tokens
        budget = "no budget" if allowed is None else f"the budget is {allowed:.0%}"
        return (
            f"runahead: {self.prefetched:,} calls prefetched, {self.prefetches_used:,} of them "
            f"used; {self.wasted_tokens:.1%} more tokens than needed ({budget})"
        )

    def journal_line(self) -> str:
        """What the journal did, in words."""
        return (
            f"journal: {self.answers_recorded:,} answers written down, "
            f"{self.answers_replayed:,} taken from it ({self.journal})"
        )


def _lines_of_servers(statistics: RouterStatistics) -> list[str]:
    lines = [
        f"model servers: {statistics.answered:,} calls answered, {statistics.retries:,} attempts "
        f"made again, {statistics.failed:,} failed for good, {statistics.pauses:,} pauses"
    ]
    for url, endpoint in statistics.endpoints.items():
        failures = ", ".join(f"{n:,} {kind}" for kind, n in endpoint.failures.items()) or "none"
        lines.append(
            f"  {url}: {endpoint.answers:,} answers, {endpoint.tokens_in:,} tokens in, "
            f"{endpoint.tokens_out:,} out, {endpoint.peak:,} calls at most at once, "
            f"failures: {failures}"
        )
    return lines


def _line_of_worker(worker: WorkerCounts) -> str:
    restarts = f", {worker.restarts:,} restarts" if worker.restarts else ""
    hits = "" if worker.hit_rate is None else f", {worker.hit_rate:.0%} of them used"
    return (
        f"  {worker.name} ({worker.where}): {worker.moves:,} moves rehearsed, {worker.asked:,} "
        f"calls found{hits}, {worker.cpu_seconds:,.1f} s of CPU, replicas "
        f"{worker.mean_lag * 1000:,.1f} ms old on average{restarts}"
    )


class ProgressObserver(Observer):
    """Calls a function after each step.

    Args:
        total: steps that are taken at most.
        report: the function.
    """

    def __init__(self, total: int, report: Callable[[Progress], None]) -> None:
        self._total = total
        self._done = 0
        self._report = report

    def retired(self, step: int, movements: dict[str, Any]) -> None:
        """Report a step."""
        self._done += 1
        game_time = str(movements["meta"]["curr_time"])
        self._report(Progress(step, game_time, self._done, self._total))


def result_of(run: Run, simulation: Path | None) -> RunResult:
    """The counts and times of a run so far."""
    measures, model = run.measures, run.model
    result = RunResult(
        simulation=simulation,
        answered_by=tuple(who_answers(model)),
        clock=run.options.clock,
        seconds=measures.makespan,
        cpu_seconds=measures.cpu_seconds,
        persona_steps=measures.moves,
        persona_steps_with_calls=measures.moves_with_calls,
        calls=measures.calls,
        retried=measures.retried,
        calls_in_flight=measures.calls_in_flight,
        serial_seconds=measures.model_seconds,
        parallel_sync_seconds=measures.parallel_sync_seconds,
        asked_servers=model.router is not None,
        servers=model.router.statistics() if model.router is not None else None,
        checked_requests=run.answer_checks.requests,
        fail_safes=run.answer_checks.fail_safes,
    )
    if model.prefetching is not None:
        admission = model.prefetching.admission
        wasted = admission.prefetched_tokens - admission.used_tokens
        needed = admission.real_tokens
        result = replace(
            result,
            prefetched=admission.prefetched,
            workers=tuple(replace(each) for each in model.prefetching.workers if each.node),
            prefetches_used=admission.hits,
            wasted_tokens=wasted / needed if needed else 0.0,
            allowed_tokens=admission.budget,
        )
    if model.journal is not None:
        counts = model.journal.statistics
        result = replace(
            result,
            journal=model.journal.journal.path,
            answers_recorded=counts.recorded,
            answers_replayed=counts.replayed,
        )
    return result
