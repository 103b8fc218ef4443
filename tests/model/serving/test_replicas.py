"""Replicas: servers start, answer, are restarted when they die, and leave no process."""

from __future__ import annotations

import asyncio
import os
import signal
import stat
from pathlib import Path

import httpx
import pytest

from ga_ooo.errors import ModelError
from ga_ooo.model.serving._server import Timing
from ga_ooo.model.serving.replicas import Replicas
from ga_ooo.options import ServeOptions
from tests.model.serving.fakes import QUICK, FakePlan
from tests.model.serving.processes import children, is_alive, wait_gone


@pytest.fixture
def plan(tmp_path: Path) -> FakePlan:
    return FakePlan(tmp_path / "pids")


def options(tmp_path: Path, replicas: int = 1, embedding: str | None = None) -> ServeOptions:
    return ServeOptions(
        model="some/model",
        replicas=replicas,
        embedding_model=embedding,
        port=18600,
        log_folder=tmp_path / "logs",
    )


async def served_models(url: str) -> list[str]:
    async with httpx.AsyncClient(trust_env=False) as client:
        answer = await client.get(f"{url}/models")
    return [entry["id"] for entry in answer.json()["data"]]


async def test_servers_answer_while_the_context_lasts(tmp_path: Path, plan: FakePlan) -> None:
    wanted = options(tmp_path, replicas=2, embedding="some/embedder")
    async with Replicas(wanted, plan=plan, timing=QUICK) as replicas:
        urls = replicas.urls
        assert len(set(urls.generative)) == 2
        for url in urls.generative:
            assert await served_models(url) == ["some/model"] == [urls.generative_model]
        assert [await served_models(url) for url in urls.embedding] == [["some/embedder"]]
        assert urls.embedding_model == "some/embedder"
    pids = [pid for pair in plan.started() for pid in pair]
    assert len(pids) == 6
    assert not [pid for pid in pids if is_alive(pid)]


async def test_logs_are_for_their_owner_only(tmp_path: Path, plan: FakePlan) -> None:
    stale = tmp_path / "logs"
    stale.mkdir()
    async with Replicas(options(tmp_path), plan=plan, timing=QUICK) as replicas:
        (server,) = replicas.servers
        assert stat.S_IMODE(server.log.stat().st_mode) == 0o600


async def test_a_port_in_use_is_skipped(tmp_path: Path, plan: FakePlan) -> None:
    async with Replicas(options(tmp_path), plan=plan, timing=QUICK) as first:
        other = FakePlan(tmp_path / "other")
        async with Replicas(options(tmp_path), plan=other, timing=QUICK) as second:
            assert first.urls.generative != second.urls.generative


async def test_a_server_that_dies_at_start_is_explained(tmp_path: Path, plan: FakePlan) -> None:
    plan.fail[1] = "loading\ntorch.OutOfMemoryError: CUDA out of memory. Tried to allocate 2 GiB"
    with pytest.raises(ModelError) as caught:
        await Replicas(options(tmp_path, replicas=2), plan=plan, timing=QUICK).start()
    assert "exited with code 3" in caught.value.problem
    assert "Tried to allocate 2 GiB" in caught.value.problem
    assert "lower --gpu-memory-utilization" in caught.value.remedy
    assert not [pid for pair in plan.started() for pid in pair if is_alive(pid)]


async def test_an_unwritable_log_folder_is_explained(tmp_path: Path, plan: FakePlan) -> None:
    (tmp_path / "logs").write_text("a file where the folder should be", encoding="utf-8")
    with pytest.raises(ModelError, match="cannot write the server log") as caught:
        await Replicas(options(tmp_path), plan=plan, timing=QUICK).start()
    assert "--log-folder" in caught.value.remedy


async def test_a_server_that_dies_later_is_restarted(tmp_path: Path, plan: FakePlan) -> None:
    lines: list[str] = []
    async with Replicas(
        options(tmp_path, replicas=2), plan=plan, timing=QUICK, report=lines.append
    ) as replicas:
        urls = replicas.urls
        for deaths in (1, 2):
            server, engine = plan.started()[-1]
            os.kill(server, signal.SIGKILL)
            async with asyncio.timeout(20):
                while sum("is ready" in line for line in lines) < 2 + deaths:
                    await asyncio.sleep(0.02)
            assert not is_alive(engine), "the engine outlived its server"
        assert replicas.urls == urls
        assert [await served_models(url) for url in urls.generative] == [["some/model"]] * 2
        assert sorted(server.restarts for server in replicas.servers) in ([0, 2], [1, 1])
    assert any("died (exit code 137)" in line for line in lines)
    assert len(plan.started()) == 4
    assert not [pid for pair in plan.started() for pid in pair if is_alive(pid)]


async def test_a_failed_restart_is_tried_again(tmp_path: Path, plan: FakePlan) -> None:
    lines: list[str] = []
    async with Replicas(
        options(tmp_path), plan=plan, timing=QUICK, report=lines.append
    ) as replicas:
        ((server, _),) = plan.started()
        plan.pids.unlink()
        plan.pids.mkdir()  # the server cannot write its process ids and dies at start
        os.kill(server, signal.SIGKILL)
        async with asyncio.timeout(20):
            while sum("exited with code 1" in line for line in lines) < 2:
                await asyncio.sleep(0.02)
        plan.pids.rmdir()
        async with asyncio.timeout(20):
            while sum("is ready" in line for line in lines) < 2:
                await asyncio.sleep(0.02)
        assert replicas.servers[0].restarts >= 3


async def test_a_server_does_not_outlive_its_guard(tmp_path: Path, plan: FakePlan) -> None:
    async with Replicas(options(tmp_path), plan=plan, timing=QUICK) as replicas:
        ((server, engine),) = plan.started()
        (guard,) = (pid for pid in children(os.getpid()) if server in children(pid))
        os.kill(guard, signal.SIGKILL)
        assert wait_gone([server]) == []
        async with asyncio.timeout(20):
            while len(plan.started()) < 2:
                await asyncio.sleep(0.02)
        assert replicas.servers[0].restarts
    os.kill(engine, signal.SIGKILL)  # a real server ends its engine when it is stopped


async def test_processes_that_ignore_sigterm_are_killed(tmp_path: Path, plan: FakePlan) -> None:
    plan.engine = "stubborn"
    impatient = Timing(poll_s=0.02, stop_grace_s=0.2)
    async with Replicas(options(tmp_path), plan=plan, timing=impatient):
        ((server, engine),) = plan.started()
        assert is_alive(engine)
    assert wait_gone([server, engine], within_s=0) == []


async def test_cancelled_start_leaves_nothing(tmp_path: Path, plan: FakePlan) -> None:
    replicas = Replicas(options(tmp_path), plan=plan, timing=QUICK)
    start = asyncio.create_task(replicas.start())
    while not plan.started():
        await asyncio.sleep(0.01)
    start.cancel()
    with pytest.raises(asyncio.CancelledError):
        await start
    assert not [pid for pair in plan.started() for pid in pair if is_alive(pid)]
    await replicas.stop()
