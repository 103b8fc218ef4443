"""Forks as they are: each runs equal to its own loop, or is refused with the reason.

The other tests run the hosts of ``RECIPES`` in many ways. Each of ``FORKS`` is compared over one
short stretch, twice: by ``ga-ooo verify``, and as a run that rehearses without limit.
"""

from __future__ import annotations

from collections.abc import Iterable
from importlib.util import find_spec
from pathlib import Path

import pytest

from compat_tests.recipes import FORKS, Fork
from compat_tests.town import FRONTEND, ga_ooo, run_arguments
from ga_ooo.lab.verify.compare import compare
from tests.hosts import copy_host, find_hosts

RUNNING = [fork for fork in FORKS if not fork.absent and not fork.own_error]
FAILING = [fork for fork in FORKS if fork.own_error]
REFUSED = [fork for fork in FORKS if fork.absent]


@pytest.fixture(scope="module")
def host(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the fork, with the files that a user writes."""
    fork: Fork = request.param
    source = find_hosts().get(fork.name)
    if source is None:
        pytest.skip(f"{fork.name} is not laid out: {fork.special}")
    root = copy_host(source, tmp_path_factory.mktemp(fork.name) / "host", fork.scenario)
    for name, content in fork.files:
        (root / name).write_text(content)
    return root


def each(forks: Iterable[Fork]) -> pytest.MarkDecorator:
    """Run a test once for each fork, on the same copy."""
    pairs = [pytest.param(fork, fork, id=fork.name) for fork in forks]
    return pytest.mark.parametrize(("fork", "host"), pairs, indirect=["host"], scope="module")


def stretch(fork: Fork) -> tuple[str, ...]:
    return ("--fork", fork.scenario, "--steps", str(fork.steps), *fork.options)


@each(RUNNING)
def test_verify_reports_equality(fork: Fork, host: Path) -> None:
    assert "equal: " in ga_ooo("verify", host, *stretch(fork)).expect().output


@each(RUNNING)
def test_the_engine_equals_its_own_loop(fork: Fork, host: Path) -> None:
    own = ("--sim", "own-loop", "--mode", "lockstep", "--seed", "1")
    ga_ooo("run", host, *stretch(fork), *own).expect()
    without_limit = ("--runahead", "64", "--runahead-budget", "inf")
    ga_ooo(
        "run", host, *stretch(fork), "--sim", "engine", *run_arguments(1, 2), *without_limit
    ).expect()
    storage = host / FRONTEND / "storage"
    outcome = compare(storage / "own-loop", storage / "engine")
    assert outcome.equal, outcome.first and outcome.first.render()
    assert outcome.files > 2 * fork.steps


@each(FAILING)
def test_a_fork_whose_own_loop_fails_gets_no_verdict(fork: Fork, host: Path) -> None:
    done = ga_ooo("verify", host, *stretch(fork)).expect(5)
    assert "the reference run ended with an error of the host" in done.output
    for text in fork.own_error:
        assert text in done.output


@each(REFUSED)
def test_a_fork_that_cannot_run_is_refused(fork: Fork, host: Path) -> None:
    absent = [package for package in fork.absent if find_spec(package) is None]
    if not absent:
        pytest.skip(f"all packages of {fork.name} are installed")
    done = ga_ooo("doctor", host)
    assert done.code != 0
    for package in absent:
        assert f"imports '{package}', which is not installed" in done.output
