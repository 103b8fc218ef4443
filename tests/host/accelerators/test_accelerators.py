"""Accelerators do what the host does, and are off where the host is not the one they know."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from ga_ooo.errors import UsageError
from ga_ooo.host.accelerators import ACCELERATORS, accelerate, chosen, unrecognised
from ga_ooo.host.checkout.shipped import data_folder
from tests.host.accelerators.stories import open_stage, tell
from tests.hosts import copy_host

PATH_FINDER = "reverie/backend_server/path_finder.py"
PERSONA = "reverie/backend_server/persona/persona.py"


def test_the_same_results(real_host: Path) -> None:
    """Each beside the function of the host that it stands in for."""
    tell("tests.host.accelerators.equivalence", real_host)


def test_known_hosts_are_recognised(real_host: Path) -> None:
    """A change of minitown's functions wants another look at their accelerators."""
    backend = real_host / "reverie/backend_server"
    assert not any(unrecognised(backend, name) for name in ACCELERATORS)


@pytest.fixture
def fork(tmp_path: Path) -> Path:
    """A copy of minitown to be changed."""
    return copy_host(data_folder("minitown"), tmp_path / "fork")


def test_a_function_of_a_forks_own(fork: Path) -> None:
    """Off by name; comments count, what an editor does unasked does not."""
    backend = fork / "reverie/backend_server"
    source = (fork / PATH_FINDER).read_text()
    (fork / PATH_FINDER).write_bytes(source.replace("\n", "  \r\n").encode())
    assert unrecognised(backend, "path") == []
    (fork / PATH_FINDER).write_text(source.replace("MAX_WAVES = 151", "MAX_WAVES = 99"))
    assert unrecognised(backend, "path") == ["path_finder.py:"]
    assert unrecognised(backend, "perceive") == []
    (fork / PATH_FINDER).write_text("def path_finder(:")
    assert unrecognised(backend, "path") == ["path_finder.py:"]
    (fork / PATH_FINDER).unlink()
    assert unrecognised(backend, "path") == ["path_finder.py:"]


MONKEY = """
import maze

def _deaf(self, retention):
    return set()

AssociativeMemory.get_summarized_latest_events = _deaf
"""


def test_a_function_replaced_at_run_time(fork: Path) -> None:
    """The files are the known ones; what is bound there is not."""
    (fork / PERSONA).write_text((fork / PERSONA).read_text() + MONKEY)
    tell("tests.host.accelerators.test_accelerators", fork)


def _replaced_at_run_time(root: str) -> None:
    found = accelerate(open_stage(root).modules, "all")
    strange = {name: functions for name, functions in found.items() if functions}
    deaf = "AssociativeMemory.get_summarized_latest_events"
    replaced = [f"persona/memory_structures/associative_memory.py:{deaf}"]
    assert strange == {"perceive": replaced, "idle": replaced}
    assert set(found) == set(ACCELERATORS)


def test_spellings() -> None:
    """All, none, or some by name."""
    assert chosen("all") == tuple(ACCELERATORS)
    assert chosen("none") == chosen("") == ()
    assert chosen("retrieval, path,path") == ("retrieval", "path")
    with pytest.raises(UsageError, match="no accelerator 'speed'"):
        chosen("path,speed")


if __name__ == "__main__":
    _replaced_at_run_time(sys.argv[1])
