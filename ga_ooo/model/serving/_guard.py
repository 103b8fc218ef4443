"""Runs one server, and ends all of its processes when the process that started it ends.

vLLM's engine is a child process of its API server. It continues to run, and keeps its GPU memory,
if only the API server is killed. So each server runs in its own process group under this guard::

    python -I _guard.py GRACE_SECONDS COMMAND [ARGUMENT ...]

The guard ends the whole group when its standard input closes (which happens however its parent
ends, even by ``kill -9``), when it gets a stop signal, and when the server itself has exited. It
sends SIGTERM first, and SIGKILL after GRACE_SECONDS. It waits until all processes of the group are
gone, and exits with the server's exit code, or 128 plus the number of the signal that ended it.

This file imports nothing from this package, so that it starts fast and stays small.
"""

from __future__ import annotations

import ctypes
import os
import select
import signal
import sys
import time

_STOP_SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
_PR_SET_PDEATHSIG = 1
_PR_SET_CHILD_SUBREAPER = 36
_KILL_WAIT_S = 10.0
"""How long to wait for a killed process: one that hangs in a driver never disappears."""


def _prctl(option: int, value: int) -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(option, value, 0, 0, 0)


def _start(command: list[str]) -> int:
    """Start the server as leader of a new process group; returns its process id."""
    guard = os.getpid()
    pid = os.fork()
    if pid:
        return pid
    try:
        os.setsid()
        # If the guard itself is killed, the server gets this signal.
        _prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != guard:
            os._exit(1)
        null = os.open(os.devnull, os.O_RDONLY)
        os.dup2(null, 0)
        os.execvp(command[0], command)
    except OSError as error:
        os.write(2, f"cannot start {command[0]}: {error}\n".encode())
    os._exit(127)


class _Family:
    """The processes of the server's group."""

    def __init__(self, server: int, wake: int) -> None:
        self.exit_code: int | None = None
        self._server = server
        self._wake = wake

    def wait(self, until: float | None, *, also: int | None = None) -> set[int]:
        """Wait for signals, the monotonic time ``until``, or ``also`` to be readable.

        Returns:
            The signals that arrived, and 0 if ``also`` is readable.
        """
        timeout = None if until is None else max(0.0, until - time.monotonic())
        watched = [self._wake] if also is None else [self._wake, also]
        readable, _, _ = select.select(watched, [], [], timeout)
        seen = {0} if also in readable else set()
        return seen.union(os.read(self._wake, 4096)) if self._wake in readable else seen

    def gone(self) -> bool:
        """Reap the processes that have exited; True if none is left."""
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return True
            if pid == 0:
                return False
            if pid == self._server:
                code = os.waitstatus_to_exitcode(status)
                self.exit_code = code if code >= 0 else 128 - code

    def end(self, how: signal.Signals, within_s: float) -> None:
        """Signal the group and wait until no process is left, at most ``within_s`` seconds."""
        try:
            os.killpg(self._server, how)
        except ProcessLookupError:
            return
        until = time.monotonic() + within_s
        while not self.gone() and time.monotonic() < until:
            self.wait(until)


def main() -> int:
    grace_s, command = float(sys.argv[1]), sys.argv[2:]
    # Orphaned grandchildren become children of the guard, so that it can wait for them too.
    _prctl(_PR_SET_CHILD_SUBREAPER, 1)
    wake, wake_end = os.pipe()
    os.set_blocking(wake_end, False)
    signal.set_wakeup_fd(wake_end, warn_on_full_buffer=False)
    for number in (signal.SIGCHLD, *_STOP_SIGNALS):
        signal.signal(number, lambda *_: None)
    family = _Family(_start(command), wake)
    stdin = sys.stdin.fileno()
    while family.exit_code is None:
        seen = family.wait(None, also=stdin)
        if 0 in seen or seen.intersection(_STOP_SIGNALS):
            break
        family.gone()
    family.end(signal.SIGTERM, grace_s)
    family.end(signal.SIGKILL, _KILL_WAIT_S)
    family.gone()
    return 1 if family.exit_code is None else family.exit_code


if __name__ == "__main__":
    sys.exit(main())
