"""The cost of the journal: calls per second through it, and bytes per call.

``python -m benchmarks.journal [--seconds S] [--repeats N] [--in-flight N ...] [--folder F]``

The client below answers at once, so only asyncio and the journal are measured. For each number of
calls in flight the three variants (no journal, NORMAL, FULL) alternate, so that other work of the
machine affects all of them; medians are shown. *A commit* is the wall time between two commits,
with the asyncio work of its group; *CPU a call* is that of the whole loop, with FULL. The file is
in ``--folder`` (default: the current folder), since a temporary folder may be in memory.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ga_ooo.journal.client import JournalClient
from ga_ooo.journal.records import Durability, JournalMode, RunIdentity
from ga_ooo.journal.store import Journal
from ga_ooo.model.requests import (
    CallKey,
    CallKind,
    ModelAnswer,
    ModelCall,
    ModelClient,
    ModelRequest,
)

# As long as the median of the host's prompts and answers.
PROMPT = "Maria Lopez is a student at Oak Hill College who lives to stream games. " * 25
ANSWER = ModelAnswer("Maria is working on her physics homework at the library table. " * 2, (), "")
IDENTITY = RunIdentity(0, "benchmark", "none", "instant")


@dataclass(frozen=True)
class Measured:
    """Calls per second, seconds per group of calls in flight, and CPU seconds per call."""

    rate: float
    group_s: float
    cpu_s: float


class Instant:
    """Answers at once."""

    def __init__(self, embedding: ModelAnswer | None = None) -> None:
        self._embedding = embedding

    async def answer(self, call: ModelCall) -> ModelAnswer:
        """The same answer to all calls, in the next iteration of the loop, as from a socket."""
        await asyncio.sleep(0)
        if call.request.kind is CallKind.EMBEDDING and self._embedding is not None:
            return self._embedding
        return ANSWER

    async def close(self) -> None:
        """Nothing to release."""


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=1.0, help="for each measurement")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--in-flight", type=int, nargs="+", default=[1, 4, 16, 64, 256])
    parser.add_argument("--folder", type=Path, default=Path())
    options = parser.parse_args()
    columns = ("in flight", "no journal", "NORMAL", "FULL", "FULL: a commit", "CPU a call")
    print("{:>9}  {:>10}  {:>24}  {:>24}  {}  {}".format(*columns))
    for in_flight in options.in_flight:
        report_speed(options.folder, options.seconds, options.repeats, in_flight)
    report_recall(options.folder)
    print("\nbytes of the closed file for each call (prompt and answer in it: ", end="")
    print(f"{len(PROMPT) + len(ANSWER.text):,})")
    for width in (64, 1536):
        for precision in (np.float32, np.float64):
            report_size(options.folder, width, precision)


def report_speed(folder: Path, seconds: float, repeats: int, in_flight: int) -> None:
    """Print a line of calls per second."""
    variants = (None, Durability.NORMAL, Durability.FULL)
    rates: dict[Durability | None, list[Measured]] = {variant: [] for variant in variants}
    for _ in range(repeats):
        for variant in variants:
            rates[variant].append(asyncio.run(measure(folder, variant, seconds, in_flight)))
    bare, normal, full = (
        statistics.median(measured.rate for measured in rates[variant]) for variant in variants
    )
    group = statistics.median(measured.group_s for measured in rates[Durability.FULL])
    cpu = statistics.median(measured.cpu_s for measured in rates[Durability.FULL])
    print(
        f"{in_flight:>9}  {bare:>8,.0f}/s  {normal:>8,.0f}/s ({normal / bare:.3f} of bare)"
        f"  {full:>8,.0f}/s ({full / bare:.3f} of bare)  {group * 1000:>8.1f} ms"
        f"  {cpu * 1e6:>7.0f} µs"
    )


async def measure(
    folder: Path, durability: Durability | None, seconds: float, in_flight: int
) -> Measured:
    """Keep a number of chats in flight for some seconds."""
    with client(folder, durability) as asked:
        ends = time.perf_counter() + seconds
        counts = [0] * in_flight

        async def persona(number: int) -> None:
            while time.perf_counter() < ends:
                await asked.answer(chat(number, counts[number]))
                counts[number] += 1

        began, cpu_began = time.perf_counter(), time.process_time()
        await asyncio.gather(*map(persona, range(in_flight)))
        spent, cpu_spent = time.perf_counter() - began, time.process_time() - cpu_began
        await asked.close()
    return Measured(sum(counts) / spent, spent / max(counts), cpu_spent / sum(counts))


def report_recall(folder: Path) -> None:
    """Print the rate of recorded answers."""

    async def both() -> tuple[float, float]:
        with tempfile.TemporaryDirectory(dir=folder) as temporary:
            path = Path(temporary) / "journal.sqlite"
            rates = []
            for mode in (JournalMode.RECORD, JournalMode.REPLAY):
                journal = Journal(path, IDENTITY, mode, Durability.NORMAL)
                replaying = JournalClient(Instant(), journal)
                began = time.perf_counter()
                for start in range(0, 5000, 50):
                    calls = (chat(0, number) for number in range(start, start + 50))
                    await asyncio.gather(*map(replaying.answer, calls))
                rates.append(5000 / (time.perf_counter() - began))
                await replaying.close()
            return rates[0], rates[1]

    recorded, replayed = asyncio.run(both())
    print(f"\nreplay: {replayed:,.0f}/s (recorded by fifties, NORMAL: {recorded:,.0f}/s)")


def report_size(folder: Path, width: int, precision: type[np.floating]) -> None:
    """Print the bytes of a chat, and of an embedding of a new text."""
    vector = np.random.default_rng(0).standard_normal(width).astype(precision)
    embedding = ModelAnswer(embedding=tuple(vector.astype(np.float64).tolist()))

    async def fill(path: Path, calls: Iterator[ModelCall]) -> float:
        journal = Journal(path, IDENTITY, JournalMode.RECORD, Durability.NORMAL)
        recording = JournalClient(Instant(embedding), journal)
        empty = path.stat().st_size
        await asyncio.gather(*map(recording.answer, itertools.islice(calls, 2000)))
        await recording.close()
        return (path.stat().st_size - empty) / 2000

    with tempfile.TemporaryDirectory(dir=folder) as temporary:
        chats = (chat(0, number) for number in itertools.count())
        embeddings = (embed(number) for number in itertools.count())
        chat_bytes = asyncio.run(fill(Path(temporary) / "chats", chats))
        bytes_each = asyncio.run(fill(Path(temporary) / "embeddings", embeddings))
    print(
        f"  a chat {chat_bytes:,.0f}; a new embedding of {width:,} numbers of "
        f"{8 * vector.itemsize} bits {bytes_each:,.0f} ({bytes_each / vector.nbytes:.2f} of them)"
    )


@contextmanager
def client(folder: Path, durability: Durability | None) -> Iterator[ModelClient]:
    """The instant client, with or without a journal."""
    if durability is None:
        yield Instant()
        return
    with tempfile.TemporaryDirectory(dir=folder) as temporary:
        path = Path(temporary) / "journal.sqlite"
        yield JournalClient(Instant(), Journal(path, IDENTITY, JournalMode.RECORD, durability))


def chat(persona: int, number: int) -> ModelCall:
    """A chat of the usual length."""
    key = CallKey(f"Persona {persona}", number, 0)
    text = f"{number} {PROMPT}"
    return ModelCall(ModelRequest(CallKind.CHAT, "gpt-3.5-turbo", (("user", text),)), key)


def embed(number: int) -> ModelCall:
    """An embedding of a new text as long as a memory."""
    text = f"Maria Lopez is having lunch at the cafe, time {number}"
    return ModelCall(
        ModelRequest(CallKind.EMBEDDING, "ada", prompt=text), CallKey("Maria Lopez", number, 0)
    )


if __name__ == "__main__":
    main()
