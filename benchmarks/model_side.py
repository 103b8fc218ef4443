"""The cost of the model side: calls per second and core, bare, through the router and so on.

``python -m benchmarks.model_side [--calls N] [--repeats N] [--in-flight N ...]``

All variants ask the same instant server (its own process) in the same run and alternate, so that
other work of the machine affects all of them:

- *bare*: ``AsyncOpenAI.chat.completions.create``, as a user would write it;
- *aiohttp*: the HTTP library below our client alone, without the openai client;
- *router*: router, retry and client;
- *journal*: the same, with each answer on the disk before it is passed on;
- *host*: the same, asked by synchronous code in its own fiber through the stand-in for ``openai``,
  as a persona asks.

Each cell: calls per second of CPU time of the asking process, as the median of the repeats (minimum
to maximum), and the ratio to the bare median. So the cell says how many calls one core makes per
second, whatever else the machine does.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import aiohttp
import openai

from benchmarks.instant_server import MODEL
from ga_ooo.engine.loop.fibers import Await, Fiber, Move
from ga_ooo.host.imported.gateway import Gateway
from ga_ooo.host.sdks.host_model import HostModel
from ga_ooo.host.sdks.openai import make_openai_module
from ga_ooo.journal.client import JournalClient
from ga_ooo.journal.memory import MemoryJournal
from ga_ooo.journal.records import JournalMode, RunIdentity
from ga_ooo.journal.store import Journal
from ga_ooo.model.client.model_names import ModelNames
from ga_ooo.model.client.openai_client import OpenAIClient
from ga_ooo.model.endpoints import EndpointConfig
from ga_ooo.model.requests import CallKey, CallKind, ModelCall, ModelClient, ModelRequest
from ga_ooo.model.routing.router import Router

# As long as the median of the host's prompts.
PROMPT = "Maria Lopez is a student at Oak Hill College who lives to stream games. " * 25

Ask = Callable[[int], Awaitable[object]]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--calls", type=int, default=1000, help="calls per measurement")
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--in-flight", type=int, nargs="+", default=[1, 64, 500])
    options = parser.parse_args()
    with instant_server() as url, tempfile.TemporaryDirectory() as folder:
        journal = Path(folder) / "journal.sqlite"
        asyncio.run(measure(url, journal, options.calls, options.repeats, options.in_flight))


@contextmanager
def instant_server(seconds: float = 0) -> Iterator[str]:
    """The base URL of a server in its own process, which answers after a number of seconds."""
    process = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.instant_server", str(seconds)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdin and process.stdout
    try:
        yield f"http://127.0.0.1:{int(process.stdout.readline())}/v1"
    finally:
        process.stdin.close()
        process.wait(10)
        process.stdout.close()


async def measure(
    url: str, journal_file: Path, calls: int, repeats: int, in_flight: list[int]
) -> None:
    """Print one line for each number of calls in flight, then the size of the journal."""
    # With its own deadline of 5 s for a connection, it fails at 500 in flight on a busy machine.
    bare = openai.AsyncOpenAI(base_url=url, api_key="EMPTY", max_retries=0, timeout=600)
    names = ModelNames.single(MODEL)
    endpoint = EndpointConfig(url, limit=max(in_flight))
    router = Router([endpoint], lambda config: OpenAIClient(config, names))
    await router.start()
    identity = RunIdentity(0, "none", "none", MODEL)
    journal = JournalClient(router, Journal(journal_file, identity, JournalMode.RECORD))
    session = aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0))
    steps = itertools.count()
    asks = {
        "bare": ask_bare(bare),
        "aiohttp": ask_aiohttp(session, url),
        "router": ask_client(router, steps),
        "journal": ask_client(journal, steps),
        "host": ask_as_host(journal, steps),
    }
    print(f"{calls} calls per measurement, {repeats} repeats")
    print(f"{'in flight':>9}" + "".join(f"  {name:^27}" for name in asks))
    for at_once in in_flight:
        seen = {name: await repeat(ask, calls // 4, at_once) for name, ask in asks.items()}
        for name in asks:
            seen[name].clear()
        for _ in range(repeats):
            for name, ask in asks.items():
                seen[name] += await repeat(ask, calls, at_once)
        cells = (cell(sample, seen["bare"]) for sample in seen.values())
        print(f"{at_once:>9}" + "".join(f"  {text:>27}" for text in cells), flush=True)
    recorded = journal.statistics.recorded
    await journal.close()
    await bare.close()
    await session.close()
    size = journal_file.stat().st_size
    prompt = f"prompts of {len(PROMPT)} characters"
    print(f"journal: {size / recorded:.0f} bytes per call ({recorded} calls, {prompt})")


def cell(rates: list[float], bare: list[float]) -> str:
    """Calls per second and core, and their ratio to the bare client."""
    median = statistics.median(rates)
    spread = f"({min(rates):.0f} to {max(rates):.0f})"
    return f"{median:.0f} {spread} x{median / statistics.median(bare):.2f}"


def ask_bare(client: openai.AsyncOpenAI) -> Ask:
    """A call as a user of the library would write it."""

    async def ask(number: int) -> object:
        answer = await client.chat.completions.create(
            model=MODEL,
            messages=[{"role": "user", "content": f"{number} {PROMPT}"}],
            temperature=0,
            max_tokens=50,
            seed=number,
        )
        return answer.choices[0].message.content

    return ask


def ask_aiohttp(session: aiohttp.ClientSession, url: str) -> Ask:
    """The same request and answer without the openai client."""
    headers = {"Content-Type": "application/json", "Authorization": "Bearer EMPTY"}

    async def ask(number: int) -> object:
        body = {
            "model": MODEL,
            "messages": [{"role": "user", "content": f"{number} {PROMPT}"}],
            "temperature": 0,
            "max_tokens": 50,
            "seed": number,
        }
        data = json.dumps(body).encode()
        async with session.post(f"{url}/chat/completions", data=data, headers=headers) as response:
            answer = json.loads(await response.read())
        return answer["choices"][0]["message"]["content"]

    return ask


def ask_client(client: ModelClient, steps: Iterator[int]) -> Ask:
    """The same call as the engine makes it, each at its own step."""

    async def ask(number: int) -> object:
        request = ModelRequest(
            CallKind.CHAT,
            "gpt-3.5-turbo",
            messages=(("user", f"{number} {PROMPT}"),),
            parameters={"temperature": 0, "max_tokens": 50},
        )
        step = next(steps)
        key = CallKey(f"Persona {number % 25}", step, 0)
        return (await client.answer(ModelCall(request, key, seed=number, priority=step))).text

    return ask


def ask_as_host(client: ModelClient, steps: Iterator[int]) -> Ask:
    """The same call as the host's code makes it, each in its own move."""
    gateway = Gateway(MemoryJournal(client), 0, asyncio.get_running_loop())
    stand_in: Any = make_openai_module(HostModel(gateway.ask))

    def persona(number: int) -> str:
        answer = stand_in.ChatCompletion.create(
            model="gpt-3.5-turbo",
            messages=[{"role": "user", "content": f"{number} {PROMPT}"}],
            temperature=0,
            max_tokens=50,
        )
        return str(answer["choices"][0]["message"]["content"])

    async def ask(number: int) -> object:
        move = Move(0, number % 25, f"Persona {number % 25}", next(steps))
        fiber = Fiber(lambda: persona(number), move)
        request = fiber.switch()
        while isinstance(request, Await):
            request = fiber.switch(await request.coroutine)
        return request

    return ask


async def repeat(ask: Ask, calls: int, at_once: int) -> list[float]:
    """One measurement with ``at_once`` calls in flight: calls per second of CPU time.

    One call of each worker before it opens the connections, which a run opens once.
    """

    async def work(numbers: Iterator[int]) -> None:
        for number in numbers:
            await ask(number)

    await asyncio.gather(*(work(iter([number])) for number in range(at_once)))
    left = iter(range(calls))
    cpu = time.process_time()
    await asyncio.gather(*(work(left) for _ in range(at_once)))
    return [calls / (time.process_time() - cpu)]


if __name__ == "__main__":
    main()
