"""How far forecasts are from finished runs.

    python benchmarks/forecast_error.py RECORD [RECORD ...]

Each record (``SIM/ga_ooo/record.sqlite``) is of a finished run. The script forecasts the whole run
from its first third, half and three quarters, and prints forecast over actual, and whether the
actual value lies in the range.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from ga_ooo.options import ModelPrice, PriceOptions
from ga_ooo.record import RecordReader
from ga_ooo.views.forecasts import Estimate, Plan, forecast

PRICES = PriceOptions(models={"*": ModelPrice(input=0.15, output=0.60)})
SHARES = (1 / 3, 1 / 2, 3 / 4)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("records", nargs="+", type=Path)
    print("| run | actual cost, time | from | cost: forecast / actual | time: forecast / actual |")
    print("|---|---|---|---|---|")
    for path in parser.parse_args().records:
        with RecordReader(path) as reader:
            first, end = reader.facts.first_step, reader.next_step()
            actual = forecast(reader, Plan(end - first), PRICES)
            assert actual.cost is not None
            cost, seconds = actual.cost.middle, actual.seconds.middle
            name = f"{path.parents[1].name}, {len(reader.names)} people, {end - first:,} steps"
            for share in SHARES:
                until = first + int((end - first) * share)
                found = forecast(reader, Plan(end - first), PRICES, until)
                assert found.cost is not None
                print(
                    f"| {name} | {cost:.3f} USD, {seconds:,.0f} s | {share:.0%} "
                    f"| {against(found.cost, cost)} | {against(found.seconds, seconds)} |",
                    flush=True,
                )


def against(found: Estimate, actual: float) -> str:
    inside = "in" if found.low <= actual <= found.high else "outside"
    low, high = found.low / actual, found.high / actual
    return f"{found.middle / actual:.2f} ({low:.2f} to {high:.2f}: {inside})"


if __name__ == "__main__":
    main()
