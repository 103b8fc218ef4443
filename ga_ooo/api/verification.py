"""Compares a run of the engine with a run of the host's own loop."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Final

from ga_ooo.errors import UsageError
from ga_ooo.host.accelerators import accelerator_names
from ga_ooo.host.checkout.checkout import Checkout
from ga_ooo.host.checkout.later_steps import later_steps_notice
from ga_ooo.host.checkout.locate import check_scenario
from ga_ooo.host.run.headless import HeadlessRun
from ga_ooo.lab.verify.copies import SIMULATION
from ga_ooo.lab.verify.verification import Comparing, Verification, Watch, verify_by_journal
from ga_ooo.lab.verify.verification import verify as verify_at_once
from ga_ooo.options import ModelOptions, RunOptions
from ga_ooo.options.settings import flags_for
from ga_ooo.plugin import Plugins

_LATENCY: Final = (0.05, 0.02, 0.0001)


def check_verification(
    checkout: Checkout, fork: str, steps: tuple[int, ...], run: RunOptions
) -> None:
    """Check what is to be compared.

    Raises:
        GaOooError: something is wrong; nothing was written.
    """
    Plugins(run.plugins).check_rule(run.rule)
    accelerator_names(run.accelerators)
    HeadlessRun(fork, SIMULATION, steps)
    if fork == SIMULATION:
        raise UsageError(
            f"the scenario is called {fork!r}, as the simulation that a comparison makes",
            "rename the folder of the scenario",
        )
    check_scenario(checkout, fork)


def _report_later_steps(checkout: Checkout, fork: str, report: Callable[[str], None]) -> None:
    """Notify the user of step files that neither side gets."""
    scenario = check_scenario(checkout, fork)
    if scenario.later:
        report(later_steps_notice(fork, scenario.step, scenario.later))


def verify_sides(
    checkout: Checkout,
    fork: str,
    steps: tuple[int, ...],
    run: RunOptions,
    model: ModelOptions,
    keep: Path | None,
    report: Callable[[str], None],
    watch: Watch = lambda name, figures: None,
    *,
    by_journal: bool = True,
) -> Verification:
    """Run the host's own loop and the engine, each in a process of its own; compare every byte.

    Without model servers, the scripted model answers both. With servers, they answer the host's
    own loop, and the engine gets the recorded answers (docs/journal.md).

    Args:
        run: options of the engine. The seed is that of both sides.
        keep: folder to leave both copies of the checkout in; None for none.
        report: called with a line of text at each stage.
        watch: called with the name of each process that starts, and the file of its figures.
        by_journal: give the engine the recorded answers. False: the servers answer both sides,
            and must give equal answers to equal requests.

    Raises:
        UsageError: ``keep`` holds something already.
        VerifyRunError: a side did not finish.
    """
    _report_later_steps(checkout, fork, report)
    scripted = ModelOptions(embedding_width=model.embedding_width)
    both = ["--steps", "+".join(map(str, steps)), "--seed", str(run.seed), *flags_for(scripted)]
    if run.whispers is not None:
        both.append(f"--whispers={run.whispers.absolute()}")
    # The latencies decide in which order the engine's calls complete.
    latency = ModelOptions(latency=_LATENCY, latency_seed=model.latency_seed or 0)
    virtual = ["--clock", "virtual"]
    of_the_engine = replace(run, seed=0, mode="ooo", clock="wall", checkpoints=True, whispers=None)
    engine = [*flags_for(of_the_engine), *flags_for(latency), *virtual]
    comparing = Comparing(checkout, fork, keep and keep.absolute(), report, watch)
    if model.servers:
        flags = flags_for(replace(model, latency_seed=None))
        if not by_journal:
            return verify_at_once(comparing, [*both, *flags], flags_for(of_the_engine))
        return verify_by_journal(comparing, both, flags, engine)
    return verify_at_once(comparing, [*both, *virtual], engine)
