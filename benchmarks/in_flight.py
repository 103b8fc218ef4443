"""The cost of many calls in flight, and whether one of them waits too long.

``python -m benchmarks.in_flight [--in-flight N] [--servers N] [--rounds N] [--seconds S]``

This number of personas ask one question after another through all layers between host code and
servers (stand-in for ``openai``, gateway, journal, router). Each server answers any number of calls
at the same time, each after the same number of seconds. So the rest of the wait of a call is in
this process, and the longest wait divided by the median shows whether a call starves.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import resource
import statistics
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

from benchmarks.instant_server import MODEL
from benchmarks.model_side import ask_as_host, instant_server
from ga_ooo.journal.client import JournalClient
from ga_ooo.journal.records import JournalMode, RunIdentity
from ga_ooo.journal.store import Journal
from ga_ooo.model.client.model_names import ModelNames
from ga_ooo.model.client.openai_client import OpenAIClient
from ga_ooo.model.endpoints import EndpointConfig
from ga_ooo.model.routing.router import Router


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--in-flight", type=int, default=500)
    parser.add_argument("--servers", type=int, default=3)
    parser.add_argument(
        "--rounds", type=int, default=10, help="calls of each persona, one after another"
    )
    parser.add_argument("--seconds", type=float, default=2.0, help="seconds of each answer")
    options = parser.parse_args()
    with ExitStack() as stack:
        urls = [
            stack.enter_context(instant_server(options.seconds)) for _ in range(options.servers)
        ]
        folder = stack.enter_context(tempfile.TemporaryDirectory())
        journal = Path(folder) / "journal.sqlite"
        asyncio.run(measure(urls, journal, options.in_flight, options.rounds))


async def measure(urls: Sequence[str], journal_file: Path, in_flight: int, rounds: int) -> None:
    """Print the waits of the calls and the cost of this process."""
    names = ModelNames.single(MODEL)
    # Room for all calls at each server, so that no call waits for a free place.
    endpoints = [EndpointConfig(url, limit=in_flight) for url in urls]
    router = Router(endpoints, lambda config: OpenAIClient(config, names))
    await router.start()
    identity = RunIdentity(0, "none", "none", MODEL)
    journal = JournalClient(router, Journal(journal_file, identity, JournalMode.RECORD))
    ask = ask_as_host(journal, itertools.count())
    waits: list[float] = []

    async def persona(number: int) -> None:
        for _ in range(rounds):
            began = time.perf_counter()
            await ask(number)
            waits.append(time.perf_counter() - began)

    before, cpu, began = resident(), time.process_time(), time.perf_counter()
    await asyncio.gather(*map(persona, range(in_flight)))
    took, used = time.perf_counter() - began, time.process_time() - cpu
    found = router.statistics()
    peaks = [endpoint.peak for endpoint in found.endpoints.values()]
    await journal.close()
    median, longest = statistics.median(waits), max(waits)
    print(f"{in_flight} calls in flight at {len(urls)} servers, {len(waits)} calls")
    print(f"{len(waits) / took:.0f} calls per second, {len(waits) / used:.0f} per second and core")
    print(f"wait: median {median:.2f} s, longest {longest:.2f} s ({longest / median:.2f} times)")
    print(f"most in flight at a server: {', '.join(map(str, peaks))}")
    print(f"memory: {before:.0f} MiB before, {resident():.0f} MiB at most")
    print(f"lost: {found.lost}, asked twice: {found.asked_twice}, retries: {found.retries}")


def resident() -> float:
    """Peak memory of this process so far, in MiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    main()
