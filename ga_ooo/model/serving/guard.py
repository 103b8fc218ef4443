"""Runs one server and sees to it that nothing of it outlives whoever started it.

vLLM's engine is a child process of its API server and lives on, with its GPU memory, when the
API server alone is killed. So each server runs in a process group of its own under this guard::

    python -I guard.py GRACE_SECONDS COMMAND [ARGUMENT ...]

The guard ends the whole group when its standard input closes (which happens however its parent
ends, ``kill -9`` included), when it is told to stop by a signal, and when the server itself is
gone: SIGTERM first, SIGKILL after GRACE_SECONDS. It exits with the server's exit code, or 128
plus the number of the signal that ended it, and not before every process of the group is gone.

This file imports nothing of ours: it has to start at once and stay small.
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
"""How long a killed process may take to disappear: one that hangs in a driver never does."""


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
        # The last resort, should the guard itself be killed.
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
    """The server's process group, and what is left of it."""

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
        """Collect whoever has exited; True when no process is left."""
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
        """Signal the group and wait until nobody is left, but at most ``within_s`` seconds."""
        try:
            os.killpg(self._server, how)
        except ProcessLookupError:
            return
        until = time.monotonic() + within_s
        while not self.gone() and time.monotonic() < until:
            self.wait(until)


def main() -> int:
    grace_s, command = float(sys.argv[1]), sys.argv[2:]
    # Grandchildren that lose their parent come to the guard, which can then wait for them too.
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
