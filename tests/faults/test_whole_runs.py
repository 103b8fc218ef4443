"""A run whose servers fail in every way ends with the same bytes as a run without failures.

``python -m pytest tests/faults/test_whole_runs.py -s`` prints the table of docs/measurements.md.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import pytest

from ga_ooo.lab.verify.compare import compare
from ga_ooo.scripted.server import ServerThread
from tests.faults.proxy import Fault, FaultPlan, FaultProxy
from tests.faults.test_fault_matrix import free_port, until, until_listening
from tests.faults.whole_runs import MODEL, ROOT, SCENARIO, Figures, Run, figures, run_against

OUTAGE_S = 20
# Far above the time of an answer on a busy machine, so that no attempt expires without a fault.
DEADLINE_S = 10
CASES: dict[str, dict[Fault, float]] = {
    "20 % HTTP 500": {Fault.HTTP_500: 0.2},
    "10 % HTTP 429, `Retry-After: 1`": {Fault.HTTP_429: 0.1},
    "20 % connections reset, before or in the answer": {
        Fault.RESET_BEFORE: 0.1,
        Fault.RESET_MIDWAY: 0.1,
    },
    "2 % stalls past the deadline": {Fault.STALL: 0.02},
    "20 % bodies cut short or no JSON": {Fault.TRUNCATED: 0.1, Fault.MALFORMED: 0.1},
    "20 % answers of 1 MiB": {Fault.HUGE: 0.2},
}


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """URL of a server without faults."""
    with ServerThread([MODEL]) as running:
        yield running.url


@pytest.fixture(scope="module")
def whole(server: str, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """The run without faults."""
    run = asyncio.run(run_against([server], tmp_path_factory.mktemp("whole") / "run"))
    assert run.code == 0, run.errors
    assert run.journal().answers > 300
    return run


@asynccontextmanager
async def proxies(plan: FaultPlan, upstreams: Sequence[str]) -> AsyncIterator[list[FaultProxy]]:
    async with AsyncExitStack() as stack:
        yield [await stack.enter_async_context(FaultProxy(url, plan)) for url in upstreams]


def urls(fronts: Sequence[FaultProxy]) -> list[str]:
    return [front.url for front in fronts]


def hold(run: Run, whole: Run, found: Figures) -> None:
    """Equal bytes, no answer lost or paid for twice, and no persona sees a failure."""
    assert run.code == 0, run.errors
    compared = compare(whole.folder, run.folder)
    assert compared.equal, compared.first and compared.first.render()
    print(found.row())
    assert (found.lost, found.asked_twice) == (0, 0)
    assert run.figure("moves retried") == 0
    assert run.figure("failed for good") == 0
    assert run.figure("attempts made again") == found.again


@pytest.mark.parametrize("case", CASES)
async def test_faults(case: str, server: str, whole: Run, tmp_path: Path) -> None:
    plan = FaultPlan(CASES[case], seed=5)
    plan.active = True
    async with proxies(plan, [server] * 3) as fronts:
        stalls = Fault.STALL in CASES[case]
        deadline_s = DEADLINE_S if stalls else 120
        run = await run_against(urls(fronts), tmp_path / "run", deadline_s=deadline_s)
    found = figures(case, run, whole, plan, plan.injected.total())
    hold(run, whole, found)
    assert all(plan.injected[fault] > 2 for fault in CASES[case])
    # Some faults hit probes, which are no calls.
    assert found.faults >= found.again >= 0.9 * found.faults - 5
    assert found.pauses == 0


class Server:
    """The scripted model in a process that can be killed, always on the same port."""

    def __init__(self) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}/v1"
        self._process: asyncio.subprocess.Process | None = None

    async def __aenter__(self) -> Server:
        await self.start()
        return self

    async def start(self) -> None:
        # Answers take time, so that some are outstanding when the server is killed.
        flags = ("--port", str(self.port), "--model-name", MODEL, "--latency", "0.02")
        self._process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "ga_ooo", "scripted-model", *flags),
            cwd=ROOT,
            stdout=asyncio.subprocess.DEVNULL,
        )
        await until_listening(self.port)

    async def __aexit__(self, *exc_info: object) -> None:
        await self.kill()

    async def kill(self) -> None:
        assert self._process is not None
        if self._process.returncode is None:
            self._process.kill()
        await self._process.wait()


@asynccontextmanager
async def under_way(
    plan: FaultPlan, folder: Path
) -> AsyncIterator[tuple[list[Server], asyncio.Task[Run]]]:
    """Three servers, and a run that has received answers from each of them."""
    async with AsyncExitStack() as stack:
        servers = [await stack.enter_async_context(Server()) for _ in "abc"]
        fronts = await stack.enter_async_context(proxies(plan, [s.url for s in servers]))
        running = asyncio.create_task(run_against(urls(fronts), folder))
        await until(lambda: len(plan.passed) >= 120 or running.done())
        yield servers, running


async def test_two_of_three_servers_killed(whole: Run, tmp_path: Path) -> None:
    plan = FaultPlan({})
    async with under_way(plan, tmp_path / "run") as (servers, running):
        await asyncio.gather(*(server.kill() for server in servers[:2]))
        assert not running.done()
        run = await running
    found = figures("two of three servers killed", run, whole, plan, 2)
    hold(run, whole, found)
    assert found.pauses == 0


async def test_all_servers_killed_and_started_again(whole: Run, tmp_path: Path) -> None:
    plan = FaultPlan({})
    async with under_way(plan, tmp_path / "run") as (servers, running):
        await asyncio.gather(*(server.kill() for server in servers))
        await asyncio.sleep(OUTAGE_S)
        assert not running.done()
        errors = (tmp_path / "run" / "errors.txt").read_text()
        assert "paused: no endpoint answers" in errors and "resumed" not in errors
        for server in servers:
            await server.start()
        run = await running
    found = figures(f"all servers killed, started again after {OUTAGE_S} s", run, whole, plan, 3)
    hold(run, whole, found)
    assert found.pauses == 1
    assert run.errors.count("paused: ") == run.errors.count("resumed") == 1


async def test_a_model_that_is_not_served(server: str, tmp_path: Path) -> None:
    plan = FaultPlan({})
    async with proxies(plan, [server]) as [front]:
        run = await run_against([front.url], tmp_path / "run", name="gpt-9")
    assert run.code == 4
    assert "gpt-9" in run.errors and MODEL in run.errors and "remedy: " in run.errors
    assert [path.name for path in run.folder.parent.iterdir()] == [SCENARIO]
    assert not plan.passed
