"""Names that a user gives at the prompts of a host, and errors of the user's commands there."""

from __future__ import annotations

import shutil
import traceback
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from ga_ooo.errors import RunStoppedError, UsageError
from ga_ooo.host.checkout.locate import locate
from ga_ooo.host.checkout.shipped import data_folder
from ga_ooo.host.run.own_prompts.interactive import _check_answers, _Tracebacks
from ga_ooo.host.run.run import Run

FORK = "demo_minitown_n5"


@pytest.fixture
def storage(tmp_path: Path) -> Path:
    """Simulations: one scenario, and one that exists."""
    scenario = locate(data_folder("minitown")).storage / FORK
    for name in (FORK, "taken"):
        shutil.copytree(scenario, tmp_path / name)
    return tmp_path


@pytest.fixture
def construct(storage: Path) -> Callable[..., Any]:
    """The constructor of a host, with checked names."""

    class ReverieServer:
        def __init__(self, fork_sim_code: str, sim_code: str) -> None:
            (storage / sim_code).mkdir()
            if sim_code == "broken":
                raise ZeroDivisionError

    modules = SimpleNamespace(reverie=SimpleNamespace(ReverieServer=ReverieServer))
    host = SimpleNamespace(
        checkout=locate(data_folder("minitown")), storage=storage, modules=modules
    )
    _check_answers(cast(Run, SimpleNamespace(host=host)))
    return ReverieServer


@pytest.mark.parametrize(
    ("scenario", "simulation", "message"),
    [
        ("demo_minitown_n6", "new", "there is no scenario 'demo_minitown_n6'"),
        ("", "new", "'' cannot name a simulation"),
        (FORK, "taken", "'taken' already exists"),
        (FORK, "a/b", "'a/b' cannot name"),
        (FORK, "", "'' cannot name"),
        (FORK, "two words", "could not replay it"),
        (FORK, "v1.5", "could not replay it"),
    ],
)
def test_names_are_refused_as_on_the_command_line(
    scenario: str, simulation: str, message: str, construct: Callable[..., Any], storage: Path
) -> None:
    before = sorted(storage.iterdir())
    with pytest.raises(UsageError, match=message):
        construct(scenario, simulation)
    assert sorted(storage.iterdir()) == before


def test_a_constructor_that_fails_leaves_no_folder(
    construct: Callable[..., Any], storage: Path
) -> None:
    with pytest.raises(ZeroDivisionError):
        construct(FORK, sim_code="broken")
    assert not (storage / "broken").exists()
    construct(FORK, "new")


def test_errors_of_commands_are_short(capsys: pytest.CaptureFixture[str]) -> None:
    """The host prints the traceback of a command that fails."""
    module = _Tracebacks("traceback")
    assert module.format_exc is traceback.format_exc
    try:
        raise RunStoppedError("the run was interrupted", "resume it")
    except RunStoppedError:
        module.print_exc()
    assert capsys.readouterr().err == "ga-ooo: the run was interrupted\n  remedy: resume it\n"
    try:
        raise ValueError("of the host")
    except ValueError:
        module.print_exc()
    assert "Traceback" in capsys.readouterr().err
