"""Simulate for as long as there are seeds: ``python -m tests.simulation --seeds 0..100000``."""

from __future__ import annotations

import argparse
import sys
import time
import traceback
from collections import Counter

from tests.simulation.lives import Simulation


def main() -> int:
    """Run the seeds; return 1 if one of them failed, and name it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", required=True, help="one seed, or A..B (without B)")
    parser.add_argument("--keep-going", action="store_true", help="after a seed that failed")
    arguments = parser.parse_args()
    first, _, end = arguments.seeds.partition("..")
    seeds = range(int(first), int(end) if end else int(first) + 1)
    seen: Counter[str] = Counter()
    lives, failed, started = 0, [], time.monotonic()
    for seed in seeds:
        try:
            report = Simulation(seed).run()
        except Exception:
            traceback.print_exc()
            print(f"seed {seed} failed; again: python -m tests.simulation --seeds {seed}")
            failed.append(seed)
            if not arguments.keep_going:
                break
        else:
            seen += report.seen
            lives += report.lives
    seconds = time.monotonic() - started
    print(f"{len(seeds)} seeds, {lives} processes, {seconds:.1f} s; failed: {failed or 'none'}")
    for what, number in sorted(seen.items()):
        print(f"  {number:8,} {what}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
