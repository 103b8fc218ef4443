"""Reads which processes are alive, and their children (Linux)."""

from __future__ import annotations

import time
from pathlib import Path


def is_alive(pid: int) -> bool:
    """Whether a process runs. A zombie does not."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8")
    except OSError:
        return False
    return stat.rpartition(")")[2].split()[0] != "Z"


def wait_gone(pids: list[int], within_s: float = 10) -> list[int]:
    """The processes that are still alive after a while."""
    until = time.monotonic() + within_s
    while (left := [pid for pid in pids if is_alive(pid)]) and time.monotonic() < until:
        time.sleep(0.05)
    return left


def children(pid: int) -> list[int]:
    """Process ids of the children of a process that are alive."""
    alive = [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()]
    return [child for child in alive if _parent(child) == pid and is_alive(child)]


def descendants(pid: int) -> list[int]:
    """Process ids of the children of a process, their children, and so on."""
    found = children(pid)
    return found + [further for child in found for further in descendants(child)]


def _parent(pid: int) -> int | None:
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8")
    except OSError:
        return None
    return int(stat.rpartition(")")[2].split()[1])
