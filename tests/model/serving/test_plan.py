"""vLLM commands from options: GPUs, cores, ports, flags; and errors if vLLM is missing."""

from __future__ import annotations

import itertools
import socket
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from ga_ooo.errors import ModelError, UsageError
from ga_ooo.model.serving._plan import Machine, Plan, free_ports, plan_servers, probe_machine
from ga_ooo.model.serving._server import ServerSpec
from ga_ooo.options import ServeOptions


def plan(
    gpus: int = 0, cores: int = 4, environment: Mapping[str, str] | None = None, **wanted: Any
) -> Plan:
    options = ServeOptions(model="org/chat", **wanted)
    machine = Machine(tuple(map(str, range(gpus))), tuple(range(cores)))
    return plan_servers(options, machine, itertools.count(8000), environment or {})


def servers(plan: Plan) -> list[ServerSpec]:
    return [spec for wave in plan for spec in wave]


def flag(spec: ServerSpec, name: str) -> str | None:
    if name not in spec.command:
        return None
    return spec.command[spec.command.index(name) + 1]


def test_one_replica_a_gpu() -> None:
    (wave,) = plan(gpus=3)
    assert [spec.environment["CUDA_VISIBLE_DEVICES"] for spec in wave] == ["0", "1", "2"]
    assert [spec.port for spec in wave] == [8000, 8001, 8002]
    assert all(flag(spec, "--port") == str(spec.port) for spec in wave)
    assert all(flag(spec, "--scheduling-policy") == "priority" for spec in wave)
    assert all("--enable-prefix-caching" in spec.command for spec in wave)
    assert all(flag(spec, "--gpu-memory-utilization") is None for spec in wave)


def test_a_replica_may_be_spread_over_gpus() -> None:
    (wave,) = plan(gpus=5, gpus_per_replica=2)
    assert [spec.environment["CUDA_VISIBLE_DEVICES"] for spec in wave] == ["0,1", "2,3"]
    assert all(flag(spec, "--tensor-parallel-size") == "2" for spec in wave)


def test_the_embedding_server_takes_a_spare_gpu() -> None:
    (wave,) = plan(gpus=3, replicas=2, embedding_model="org/embed")
    assert wave[0].kind == "embedding"
    assert [spec.environment["CUDA_VISIBLE_DEVICES"] for spec in wave] == ["2", "0", "1"]
    assert flag(wave[1], "--gpu-memory-utilization") is None


def test_an_embedding_server_that_shares_a_gpu_starts_first() -> None:
    first, then = plan(gpus=2, embedding_model="org/embed", gpu_memory_utilization=0.8)
    assert [(spec.kind, spec.environment["CUDA_VISIBLE_DEVICES"]) for spec in first] == [
        ("embedding", "1")
    ]
    assert flag(first[0], "--runner") == "pooling"
    assert flag(first[0], "--gpu-memory-utilization") == "0.1"
    assert [flag(spec, "--gpu-memory-utilization") for spec in then] == ["0.8", "0.7"]


@pytest.mark.parametrize(
    "wanted", [{"replicas": 3}, {"replicas": 2, "gpus_per_replica": 2}, {"gpus_per_replica": 3}]
)
def test_more_than_the_gpus_hold_is_refused(wanted: dict[str, Any]) -> None:
    with pytest.raises(UsageError, match="there are 2"):
        plan(gpus=2, **wanted)


def test_without_gpus_servers_share_the_cores() -> None:
    (wave,) = plan(cores=4, embedding_model="org/embed")
    assert [spec.kind for spec in wave] == ["generative", "embedding"]
    binds = [spec.environment["VLLM_CPU_OMP_THREADS_BIND"] for spec in wave]
    assert binds == ["0,1", "2,3"]
    assert all(spec.environment["VLLM_CPU_KVCACHE_SPACE"] == "2" for spec in wave)
    whole = ["--no-enable-chunked-prefill" in spec.command for spec in wave]
    assert whole == [True, False]


def test_more_servers_than_cores_share_cores() -> None:
    binds = [
        spec.environment["VLLM_CPU_OMP_THREADS_BIND"] for spec in servers(plan(cores=2, replicas=3))
    ]
    assert sorted(set(binds)) == ["0", "1"]


def test_what_the_user_set_is_kept() -> None:
    (spec,) = servers(plan(environment={"VLLM_CPU_KVCACHE_SPACE": "40"}))
    assert spec.environment["VLLM_CPU_KVCACHE_SPACE"] == "40"
    bound = servers(plan(replicas=2, environment={"VLLM_CPU_OMP_THREADS_BIND": "0-63"}))
    assert all("VLLM_CPU_OMP_THREADS_BIND" not in spec.environment for spec in bound)


def test_reproducible_servers() -> None:
    embedding, generative = servers(plan(gpus=1, reproducible=True, embedding_model="org/embed"))
    assert "--no-enable-prefix-caching" in generative.command
    assert "--enable-prefix-caching" not in generative.command
    assert generative.environment["VLLM_BATCH_INVARIANT"] == "1"
    assert embedding.environment["VLLM_BATCH_INVARIANT"] == "1"


def test_reproducible_servers_need_a_gpu() -> None:
    with pytest.raises(UsageError, match="needs a GPU"):
        plan(reproducible=True)


def test_names_and_extra_arguments() -> None:
    generative, embedding = servers(
        plan(
            embedding_model="org/embed",
            served_model_name="chat",
            served_embedding_name="embed",
            max_num_seqs=64,
            extra_arguments=("--dtype", "float32"),
            extra_embedding_arguments=("--enforce-eager",),
        )
    )
    assert (generative.model, embedding.model) == ("chat", "embed")
    assert flag(generative, "--served-model-name") == "chat"
    assert flag(generative, "--max-num-seqs") == "64"
    assert generative.command[-2:] == ("--dtype", "float32")
    assert embedding.command[-1] == "--enforce-eager"


@pytest.mark.parametrize(
    ("works", "start"),
    [
        (True, ["vllm.entrypoints.cli.main", "serve", "org/chat"]),
        (False, ["vllm.entrypoints.openai.api_server", "--model", "org/chat"]),
    ],
)
def test_vllm_serve_is_used_where_it_works(works: bool, start: list[str]) -> None:
    machine = Machine((), (0,), has_command_line=works)
    (spec,) = servers(plan_servers(ServeOptions(model="org/chat"), machine, itertools.count(1)))
    assert list(spec.command[1:5]) == ["-m", *start]


def test_a_model_in_a_folder_needs_no_network(tmp_path: Path) -> None:
    (local,) = servers(
        plan_servers(ServeOptions(model=str(tmp_path)), Machine((), (0,)), itertools.count(8000))
    )
    assert local.environment["HF_HUB_OFFLINE"] == "1"
    assert "HF_HUB_OFFLINE" not in servers(plan())[0].environment


@pytest.mark.parametrize(
    ("wanted", "named"),
    [
        ({"replicas": 0}, "replicas"),
        ({"gpus_per_replica": 0}, "gpus_per_replica"),
        ({"max_num_seqs": 0}, "max_num_seqs"),
        ({"port": 0}, "port"),
        ({"port": 65536}, "port"),
        ({"gpu_memory_utilization": 1.1}, "gpu_memory_utilization"),
        ({"embedding_memory_utilization": 0.0}, "embedding_memory_utilization"),
        ({"gpu_memory_utilization": 0.1}, "--gpu-memory-utilization"),
    ],
)
def test_values_out_of_range_are_refused(wanted: dict[str, Any], named: str) -> None:
    with pytest.raises(UsageError, match=named):
        ServeOptions(model="org/chat", embedding_model="org/embed", **wanted)


def test_free_ports_skip_what_is_taken() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert next(free_ports(port)) > port


async def test_missing_vllm_is_explained() -> None:
    with pytest.raises(ModelError, match="vLLM is not installed") as caught:
        await probe_machine(Path(sys.executable))
    assert "pip install 'PATH/TO/CLONE[vllm]'" in caught.value.remedy
    assert "docs/vllm.md" in caught.value.remedy


async def test_a_missing_python_is_explained(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="cannot run") as caught:
        await probe_machine(tmp_path / "python")
    assert "--python" in caught.value.remedy
