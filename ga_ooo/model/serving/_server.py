"""One server process: start, wait until it is ready, restart when it dies, stop."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import httpx

from ga_ooo.errors import ModelError
from ga_ooo.model.serving._diagnosis import explain_failure

Report = Callable[[str], None]
"""Called with one-line messages about the servers."""

_GUARD = Path(__file__).with_name("_guard.py")


@dataclass(frozen=True)
class ServerSpec:
    """The command of one server, and its address.

    Attributes:
        kind: whether it generates text or computes embeddings.
        command: program and arguments.
        port: port on this machine.
        model: the model name that it lists when it is ready.
        environment: variables in addition to those of this process.
    """

    kind: Literal["generative", "embedding"]
    command: tuple[str, ...]
    port: int
    model: str
    environment: Mapping[str, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """Name of the server in messages and of its log file, unique on this machine."""
        return f"{self.kind}-{self.port}"

    @property
    def url(self) -> str:
        """Base URL for OpenAI clients."""
        return f"http://127.0.0.1:{self.port}/v1"


@dataclass(frozen=True)
class Timing:
    """Time limits and intervals of the supervision, in seconds.

    Attributes:
        start_timeout_s: maximum duration of a start, which may include a download.
        poll_s: interval between two checks of a starting server.
        progress_s: interval between two messages about a starting server.
        backoff_s: back-off before the first restart; it doubles with each further death.
        longest_backoff_s: maximum back-off.
        stable_s: after running this long, a server is restarted with the first back-off again.
        stop_grace_s: time from SIGTERM to SIGKILL.
    """

    start_timeout_s: float = 3600.0
    poll_s: float = 0.5
    progress_s: float = 15.0
    backoff_s: float = 1.0
    longest_backoff_s: float = 60.0
    stable_s: float = 300.0
    stop_grace_s: float = 15.0


class Server:
    """A server, run by its guard.

    The guard (``_guard.py``) is the child process of this one. It ends all processes of the server
    when this process ends for any reason.

    Attributes:
        spec: command and address.
        log: the server's log file.
        restarts: number of restarts so far.
    """

    def __init__(
        self, spec: ServerSpec, log: Path, report: Report, timing: Timing | None = None
    ) -> None:
        self.spec = spec
        self.log = log
        self.restarts = 0
        self._report = report
        self._timing = timing or Timing()
        self._guard: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        """Start the server and wait until it answers.

        Raises:
            ModelError: it exited or did not answer in time; none of its processes is left.
        """
        try:
            self._guard = await self._launch()
            await self._wait_ready(self._guard)
        except BaseException:
            await self.stop()
            raise

    async def supervise(self) -> None:
        """Restart the server after a back-off whenever it dies. Runs until cancelled."""
        loop = asyncio.get_running_loop()
        backoff = self._timing.backoff_s
        while self._guard is not None:
            ready_at = loop.time()
            code = await self._guard.wait()
            await self.stop()
            if loop.time() - ready_at > self._timing.stable_s:
                backoff = self._timing.backoff_s
            self._report(f"{self.spec.name} died (exit code {code}); log: {self.log}")
            backoff = await self._restart(backoff)

    async def stop(self) -> None:
        """Stop the server and wait until its processes are gone. A second call does nothing."""
        guard, self._guard = self._guard, None
        if guard is not None:
            assert guard.stdin is not None
            guard.stdin.close()
            await guard.wait()

    async def _restart(self, backoff: float) -> float:
        """Restart until the server is ready; returns the back-off after its next death."""
        while True:
            self._report(f"{self.spec.name} restarts in {backoff:.0f} s")
            await asyncio.sleep(backoff)
            backoff = min(2 * backoff, self._timing.longest_backoff_s)
            self.restarts += 1
            try:
                await self.start()
            except ModelError as error:
                self._report(str(error))
            else:
                return backoff

    async def _launch(self) -> asyncio.subprocess.Process:
        guard = (sys.executable, "-I", str(_GUARD), str(self._timing.stop_grace_s))
        log = _open_log(self.log, keep=self.restarts > 0)
        try:
            return await asyncio.create_subprocess_exec(
                *guard,
                *self.spec.command,
                stdin=asyncio.subprocess.PIPE,
                stdout=log,
                stderr=log,
                env={**os.environ, **self.spec.environment},
                # Ctrl-C in the terminal must reach only the program that runs the servers.
                start_new_session=True,
            )
        finally:
            os.close(log)

    async def _wait_ready(self, guard: asyncio.subprocess.Process) -> None:
        timing = self._timing
        loop = asyncio.get_running_loop()
        began = loop.time()
        next_line = began + timing.progress_s
        # Proxies of the environment are for other machines, not for ports of this one.
        async with httpx.AsyncClient(trust_env=False, timeout=5.0) as client:
            while not await self._answers(client):
                if guard.returncode is not None:
                    raise self._failure(f"exited with code {guard.returncode} before it was ready")
                now = loop.time()
                if now - began > timing.start_timeout_s:
                    raise self._failure(f"did not answer in {timing.start_timeout_s:.0f} s")
                if now >= next_line:
                    next_line = now + timing.progress_s
                    self._report(f"{self.spec.name} is starting ({now - began:.0f} s)")
                await asyncio.sleep(timing.poll_s)
        self._report(f"{self.spec.name} is ready ({loop.time() - began:.0f} s)")

    async def _answers(self, client: httpx.AsyncClient) -> bool:
        """Whether this server, and not another one on its port, accepts requests."""
        try:
            health = await client.get(self.spec.url.removesuffix("/v1") + "/health")
            if health.status_code != 200:
                return False
            models = await client.get(self.spec.url + "/models")
            return self.spec.model in {entry["id"] for entry in models.json()["data"]}
        except (httpx.HTTPError, ValueError, KeyError, TypeError):
            return False

    def _failure(self, event: str) -> ModelError:
        lines, remedy = explain_failure(self.log)
        return ModelError(f"{self.spec.name} {event}; its log {self.log} ends:\n{lines}", remedy)


def _open_log(path: Path, *, keep: bool) -> int:
    """Open a log for appending, readable by its owner only.

    Raises:
        ModelError: the folder or the file cannot be written.
    """
    flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | (0 if keep else os.O_TRUNC)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        log = os.open(path, flags, 0o600)
    except OSError as error:
        raise ModelError(
            f"cannot write the server log {path}: {error.strerror}",
            "give another folder with --log-folder",
        ) from error
    os.fchmod(log, 0o600)
    return log
