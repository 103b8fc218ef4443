"""A run with a budget stops before it is exceeded, and the command that it prints resumes it."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import sys
from pathlib import Path

from ga_ooo.costs.spent import Spent, read_spent
from tests.cli.conftest import STORAGE, make_host
from tests.cli.test_run_command import run

PRICES = """\
[prices]
currency = "EUR"

[prices.models.scripted]
input = 1.0
output = 4.0

[journal]
keep = true
"""
FLAGS = ("--fork", "base_minitown_n5", "--steps", "30", "--latency", "0.001", "--clock", "virtual")


def spent(host: Path, sim: str) -> Spent:
    found = read_spent(host / STORAGE / sim)
    assert found is not None and found.uncertain == 0
    return found


def test_a_budget_stops_the_run_and_the_printed_command_resumes_it(tmp_path: Path) -> None:
    host = make_host(tmp_path)
    (host / "ga-ooo.toml").write_text(PRICES)
    flags = (*FLAGS, "--budget", "0.05", "--runahead", "0")
    stopped = run(host, *flags, "--sim", "day")
    assert stopped.returncode == 5, stopped.stderr
    assert "the budget of 0.05 EUR is reached" in stopped.stderr
    before = spent(host, "day")
    assert 0.02 < before.amount < 0.05
    assert f"cost: {before.amount:.2g} EUR of 0.05 EUR\n" in stopped.stdout
    (command,) = re.findall(r"continue this run:\n    ga-ooo (.*)\n", stopped.stdout)
    assert command.endswith("--budget 0.1")
    arguments = [sys.executable, "-m", "ga_ooo", *shlex.split(command), "--json"]
    resumed = subprocess.run(arguments, capture_output=True, text=True, timeout=120, check=True)
    last = json.loads(resumed.stdout.splitlines()[-1])
    after = spent(host, "day")
    assert last["state"] == "ended"
    assert last["figures"]["cost"]["amount"] == after.amount > before.amount
    assert last["figures"]["cost"]["budget"] == 0.1
    # The calls of each process are part of the sum; what the journal holds is paid for once.
    assert after.calls > before.calls
    assert after.calls <= last["figures"]["calls"]
    assert abs(after.amount - (after.tokens_in + 4 * after.tokens_out) / 1e6) < 1e-9


def test_a_budget_without_prices(tmp_path: Path) -> None:
    host = make_host(tmp_path)
    refused = run(host, *FLAGS, "--sim", "day", "--budget", "1")
    assert refused.returncode == 2
    assert "a budget without prices" in refused.stderr
    assert not (host / STORAGE / "day").exists()
