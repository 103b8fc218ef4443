"""What a run measured: a few lines for people, JSON for programs."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

from ga_ooo.disk import DISK, naming_file, write_whole
from ga_ooo.engine.loop.measures import RunMeasures
from ga_ooo.errors import UsageError
from ga_ooo.journal.client import JournalClient
from ga_ooo.model.routing.counters import RouterStatistics
from ga_ooo.model.routing.router import Router
from ga_ooo.runahead.admission import Admission


def check_new_measures(path: Path) -> None:
    """Raise UsageError unless a new file can be written there."""
    if path.exists():
        raise UsageError(f"{path} is there already", "give --measures another name")
    if not path.parent.is_dir():
        raise UsageError(f"there is no folder {path.parent}", "make it, or name another")


def write_measures(path: Path, measures: RunMeasures, router: Router | None) -> None:
    """Write them; seconds are those of the run's clock.

    Raises:
        RunStoppedError: the file cannot be written; nothing is left of it.
    """
    servers = router.statistics().endpoints if router is not None else {}
    told = {
        "seconds": measures.makespan,
        "persona_steps": measures.moves,
        "calls": measures.calls,
        "retried": measures.retried,
        "servers": {url: asdict(endpoint) for url, endpoint in servers.items()},
    }
    remedy = "make room, or name another place with --measures"
    with naming_file(path, remedy, "the run is saved, but {} cannot be written"):
        write_whole(DISK, path, json.dumps(told, indent=2).encode())


def summary(measures: RunMeasures, clock: str, router: Router | None = None) -> str:
    """What a run did and how fast, in a few lines."""
    unit = "virtual seconds" if clock == "virtual" else "seconds"
    lines = [
        f"{measures.moves:,} persona steps, {measures.moves_with_calls:,} of them with calls",
        f"{measures.calls:,} model calls, {measures.retried:,} moves retried",
        f"{measures.makespan:,.1f} {unit}, {measures.calls_in_flight:.2f} calls in flight",
    ]
    if measures.model_seconds > 0 and measures.makespan > 0:
        serial, sync = measures.model_seconds, measures.parallel_sync_seconds
        lines.append(
            f"model time one call after another: {serial:,.1f} s ({serial / measures.makespan:.2f} "
            f"times as long); with a barrier each step: {sync:,.1f} s "
            f"({sync / measures.makespan:.2f} times)"
        )
    if router is not None:
        lines += _servers_summary(router.statistics())
    return "\n".join(lines)


def runahead_summary(admission: Admission) -> str:
    """What rehearsals brought and cost."""
    wasted = admission.prefetched_tokens - admission.used_tokens
    share = wasted / admission.real_tokens if admission.real_tokens else 0.0
    return (
        f"runahead: {admission.prefetched:,} calls prefetched, {admission.hits:,} of them used; "
        f"{share:.1%} more tokens than needed"
    )


def journal_summary(journal: JournalClient) -> str:
    """What the journal did."""
    found = journal.statistics
    return (
        f"journal: {found.recorded:,} answers written down, {found.replayed:,} taken from it "
        f"({journal.journal.path})"
    )


def _servers_summary(statistics: RouterStatistics) -> list[str]:
    """What the model servers did."""
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
