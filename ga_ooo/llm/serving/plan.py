"""From options to vLLM command lines: which servers, on which GPUs or cores, on which ports.

Flags are those of vLLM 0.11 and later.
"""

from __future__ import annotations

import asyncio
import json
import os
import socket
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ga_ooo.errors import ModelError, UsageError
from ga_ooo.llm.serving.options import ServeOptions
from ga_ooo.llm.serving.server import ServerSpec

Plan = tuple[tuple[ServerSpec, ...], ...]
"""Waves of servers: those of one start together, each wave when the one before is ready."""

_PROBE: Final = """
import importlib.util, json
if importlib.util.find_spec("vllm") is None:
    print(json.dumps(None))
else:
    import torch
    print(json.dumps(torch.cuda.device_count()))
"""

_SHARED_GPU_UTILIZATION: Final = 0.9


@dataclass(frozen=True)
class Machine:
    """What servers can run on.

    Attributes:
        gpus: the usable GPUs as CUDA_VISIBLE_DEVICES names them; empty on a machine without,
            and with vLLM's CPU build.
        cores: processor cores that this process may use.
    """

    gpus: tuple[str, ...]
    cores: tuple[int, ...]


async def plan_vllm(options: ServeOptions) -> Plan:
    """Look at this machine and plan its vLLM servers.

    Raises:
        ModelError: vLLM is not installed in that Python, or no port is free.
        UsageError: more replicas are asked for than the GPUs hold.
    """
    return plan_servers(options, await probe_machine(options.python), free_ports(options.port))


async def probe_machine(python: Path) -> Machine:
    """Ask the Python that vLLM is installed in what it can use.

    Raises:
        ModelError: that Python cannot be run, or has no vLLM.
    """
    try:
        probe = await asyncio.create_subprocess_exec(
            python,
            "-c",
            _PROBE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
    except OSError as error:
        raise ModelError(
            f"cannot run {python}: {error.strerror}", "give vLLM's Python with --python"
        ) from error
    output, errors = await probe.communicate()
    if probe.returncode != 0:
        last = errors.decode(errors="replace").strip().splitlines()[-1:]
        raise ModelError(f"vLLM in {python} is broken: {''.join(last)}", "install it afresh")
    gpu_count = json.loads(output)
    if gpu_count is None:
        raise ModelError(
            f"vLLM is not installed in {python}",
            'pip install "ga-ooo[vllm]" (NVIDIA GPUs), or see docs/vllm.md for machines without '
            "a GPU and for any other OpenAI-compatible server",
        )
    return Machine(_gpu_names(gpu_count), _usable_cores())


def _usable_cores() -> tuple[int, ...]:
    try:
        return tuple(sorted(os.sched_getaffinity(0)))
    except AttributeError:  # macOS
        return tuple(range(os.cpu_count() or 1))


def _gpu_names(count: int) -> tuple[str, ...]:
    chosen = os.environ.get("CUDA_VISIBLE_DEVICES", "")
    names = [name.strip() for name in chosen.split(",") if name.strip()]
    return tuple((names or [str(index) for index in range(count)])[:count])


def free_ports(base: int) -> Iterator[int]:
    """Free ports of this machine, upwards from a base.

    Raises:
        ModelError: there is none left.
    """
    for port in range(base, 65536):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        yield port
    raise ModelError(f"no free port from {base}", "give a lower --port")


def plan_servers(
    options: ServeOptions,
    machine: Machine,
    ports: Iterator[int],
    environment: Mapping[str, str] = os.environ,
) -> Plan:
    """Plan vLLM servers for a machine.

    Args:
        options: what is wanted.
        machine: what there is.
        ports: where they may listen, in order.
        environment: variables that servers inherit; what the user set there is kept.

    Raises:
        UsageError: more replicas are asked for than the GPUs hold.
    """
    if machine.gpus:
        return _plan_on_gpus(options, machine.gpus, ports)
    return _plan_on_cores(options, machine.cores, ports, environment)


def _plan_on_gpus(options: ServeOptions, gpus: tuple[str, ...], ports: Iterator[int]) -> Plan:
    width = options.gpus_per_replica
    room = len(gpus) // width
    count = room if options.replicas == "auto" else options.replicas
    if not 0 < count <= room:
        wanted = max(count, 1)
        raise UsageError(
            f"{wanted} replica(s) of {width} GPU(s) need {wanted * width} GPUs; "
            f"there are {len(gpus)}",
            "lower --replicas or --gpus-per-replica",
        )
    groups = [gpus[index * width : (index + 1) * width] for index in range(count)]
    spare = gpus[count * width :]
    share = options.gpu_memory_utilization
    shared_share = (share or _SHARED_GPU_UTILIZATION) - options.embedding_memory_utilization
    replicas = []
    for index, group in enumerate(groups):
        shares_gpu = options.embedding_model is not None and not spare and index == count - 1
        replicas.append(
            _generative(
                options,
                next(ports),
                shared_share if shares_gpu else share,
                {"CUDA_VISIBLE_DEVICES": ",".join(group)},
            )
        )
    if options.embedding_model is None:
        return (tuple(replicas),)
    home = spare[0] if spare else groups[-1][-1]
    embedding = _embedding(
        options,
        next(ports),
        options.embedding_memory_utilization,
        {"CUDA_VISIBLE_DEVICES": home},
    )
    # vLLM measures free memory while it starts and miscounts if another server grows meanwhile.
    return ((embedding, *replicas),) if spare else ((embedding,), tuple(replicas))


def _plan_on_cores(
    options: ServeOptions,
    cores: tuple[int, ...],
    ports: Iterator[int],
    environment: Mapping[str, str],
) -> Plan:
    replicas = 1 if options.replicas == "auto" else options.replicas
    count = replicas + (options.embedding_model is not None)
    servers = []
    for index in range(count):
        added = {"VLLM_CPU_KVCACHE_SPACE": environment.get("VLLM_CPU_KVCACHE_SPACE", "2")}
        # Each vLLM server takes all cores unless told otherwise, and waits for them spinning.
        if count > 1 and "VLLM_CPU_OMP_THREADS_BIND" not in environment:
            added["VLLM_CPU_OMP_THREADS_BIND"] = _share_of_cores(cores, index, count)
        make = _generative if index < replicas else _embedding
        servers.append(make(options, next(ports), options.gpu_memory_utilization, added))
    return (tuple(servers),)


def _share_of_cores(cores: tuple[int, ...], index: int, count: int) -> str:
    """The index-th of count equal parts of the cores; a single core if they are too few."""
    part = cores[index * len(cores) // count : (index + 1) * len(cores) // count]
    return ",".join(str(core) for core in part or (cores[index % len(cores)],))


def _generative(
    options: ServeOptions, port: int, memory_share: float | None, environment: Mapping[str, str]
) -> ServerSpec:
    caching = "--no-enable-prefix-caching" if options.reproducible else "--enable-prefix-caching"
    flags = ["--scheduling-policy", "priority", caching]
    if options.gpus_per_replica > 1:
        flags += ["--tensor-parallel-size", str(options.gpus_per_replica)]
    if options.max_num_seqs is not None:
        flags += ["--max-num-seqs", str(options.max_num_seqs)]
    flags += _memory_flags(memory_share)
    return ServerSpec(
        kind="generative",
        command=(
            *_base_command(options, options.model, options.generative_name, port),
            *flags,
            *options.extra_arguments,
        ),
        port=port,
        model=options.generative_name,
        environment={**_base_environment(options, options.model), **environment},
    )


def _embedding(
    options: ServeOptions, port: int, memory_share: float | None, environment: Mapping[str, str]
) -> ServerSpec:
    model, name = options.embedding_model, options.embedding_name
    assert model is not None
    assert name is not None
    return ServerSpec(
        kind="embedding",
        command=(
            *_base_command(options, model, name, port),
            "--runner",
            "pooling",
            *_memory_flags(memory_share),
            *options.extra_embedding_arguments,
        ),
        port=port,
        model=name,
        environment={**_base_environment(options, model), **environment},
    )


def _memory_flags(share: float | None) -> list[str]:
    return [] if share is None else ["--gpu-memory-utilization", f"{share:.3g}"]


def _base_command(options: ServeOptions, model: str, name: str, port: int) -> tuple[str, ...]:
    return (
        str(options.python),
        "-m",
        "vllm.entrypoints.cli.main",
        "serve",
        model,
        "--served-model-name",
        name,
        "--host",
        "127.0.0.1",
        "--port",
        str(port),
        # No prompt text in the logs, and no line for each of a day's 57,000 calls.
        "--no-enable-log-requests",
        "--disable-uvicorn-access-log",
    )


def _base_environment(options: ServeOptions, model: str) -> dict[str, str]:
    environment = {"VLLM_NO_USAGE_STATS": "1"}
    if options.reproducible:
        environment["VLLM_BATCH_INVARIANT"] = "1"
    if Path(model).is_dir():
        environment["HF_HUB_OFFLINE"] = "1"
    return environment
