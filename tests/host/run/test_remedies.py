"""How to continue after an error: a run without checkpoints cannot be resumed."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from ga_ooo.engine.loop.attempts import InterruptedRunError
from ga_ooo.errors import GaOooError, HostError, ModelError
from ga_ooo.host.durable.keeper import CheckpointKeeper, Checkpoints
from ga_ooo.host.run.headless import saved_at_the_end
from ga_ooo.host.run.lockstep import StoppedLoopError

STOPPED = InterruptedRunError()
NO_MODEL = ModelError("the server is gone", "start it, then resume the run")


def remedy(error: GaOooError, checkpoints: type[Checkpoints], stopped: type[GaOooError]) -> str:
    """The remedy of an error that ends a run before its first step."""
    kept: Any = object.__new__(checkpoints)
    persona = SimpleNamespace(scratch=SimpleNamespace(curr_time=None))
    server = SimpleNamespace(personas={"Ada": persona}, sim_code="monday")
    run: Any = SimpleNamespace(checkpoints=kept)
    with pytest.raises(type(error)), saved_at_the_end(run, server, stopped):
        raise error
    return error.remedy


def test_a_run_with_checkpoints_is_resumed() -> None:
    assert remedy(InterruptedRunError(), CheckpointKeeper, GaOooError) == STOPPED.remedy


def test_a_run_without_checkpoints_is_forked() -> None:
    said = remedy(InterruptedRunError(), Checkpoints, GaOooError)
    assert said.startswith(STOPPED.remedy)
    assert "cannot be resumed" in said
    assert said.endswith("--fork monday")


def test_the_original_loop_saves_nothing_at_an_error_of_the_model() -> None:
    error = ModelError(NO_MODEL.problem, NO_MODEL.remedy)
    said = remedy(error, Checkpoints, StoppedLoopError)
    assert "--fork" not in said
    assert said.endswith("run it again as a new simulation")


def test_other_remedies_stay() -> None:
    error = HostError("no map", "restore it")
    assert remedy(error, Checkpoints, GaOooError) == "restore it"
