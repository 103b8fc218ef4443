"""Accelerators give the results of the host, and are off where they do not know its functions."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from ga_ooo.errors import UsageError
from ga_ooo.host.accelerators import (
    ACCELERATORS,
    accelerator_names,
    install_accelerators,
    unrecognised,
)
from ga_ooo.host.checkout.shipped import data_folder
from tests.host.accelerators.loading import load_host, run_on_host
from tests.hosts import copy_host

PATH_FINDER = "reverie/backend_server/path_finder.py"
PERSONA = "reverie/backend_server/persona/persona.py"


def test_the_same_results(real_host: Path) -> None:
    """Each accelerator is compared with the function of the host that it replaces."""
    run_on_host("tests.host.accelerators.equivalence", real_host)


def test_known_hosts_are_recognised(real_host: Path) -> None:
    """After a change of minitown, its accelerators must be checked and its fingerprints updated."""
    backend = real_host / "reverie/backend_server"
    assert not any(unrecognised(backend, name) for name in ACCELERATORS)


@pytest.fixture
def fork(tmp_path: Path) -> Path:
    """A copy of minitown that the test changes."""
    return copy_host(data_folder("minitown"), tmp_path / "fork")


def test_a_changed_function(fork: Path) -> None:
    """It keeps its accelerator off. Comments count; line endings and trailing blanks do not."""
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

def _forgetful(self, retention):
    return set()

AssociativeMemory.get_summarized_latest_events = _forgetful
"""


def test_a_function_replaced_at_run_time(fork: Path) -> None:
    """The files are known, but the name is bound to another function."""
    (fork / PERSONA).write_text((fork / PERSONA).read_text() + MONKEY)
    run_on_host("tests.host.accelerators.test_accelerators", fork)


def _replaced_at_run_time(root: str) -> None:
    found = install_accelerators(load_host(root).modules, "all")
    off = {name: functions for name, functions in found.items() if functions}
    method = "AssociativeMemory.get_summarized_latest_events"
    replaced = [f"persona/memory_structures/associative_memory.py:{method}"]
    assert off == {"perceive": replaced, "idle": replaced}
    assert set(found) == set(ACCELERATORS)


def test_choices() -> None:
    """All, none, or some by name."""
    assert accelerator_names("all") == tuple(ACCELERATORS)
    assert accelerator_names("none") == accelerator_names("") == ()
    assert accelerator_names("retrieval, path,path") == ("retrieval", "path")
    with pytest.raises(UsageError, match="no accelerator 'speed'"):
        accelerator_names("path,speed")


if __name__ == "__main__":
    _replaced_at_run_time(sys.argv[1])
