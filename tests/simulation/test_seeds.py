"""A bounded number of simulated runs; ``python -m tests.simulation --seeds A..B`` runs more."""

from __future__ import annotations

import os
from collections import Counter

from tests.simulation.lives import Report, Simulation

SEEDS = int(os.environ.get("GA_OOO_SEEDS", "120"))


def simulate(seed: int) -> Report:
    """Run one seed; name it if it fails."""
    try:
        return Simulation(seed).run()
    except BaseException as error:
        error.add_note(f"again: python -m tests.simulation --seeds {seed}")
        raise


def test_every_run_comes_to_its_end_whatever_went_wrong() -> None:
    seen: Counter[str] = Counter()
    for seed in range(SEEDS):
        seen += simulate(seed).seen
    for kind in ("kill", "power", "full", "readonly", "io"):
        assert any(what.startswith(f"{kind} at") for what in seen), f"{kind} never happened"


def test_a_seed_is_the_same_again() -> None:
    assert simulate(7) == simulate(7)
