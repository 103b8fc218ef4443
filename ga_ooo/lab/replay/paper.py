"""The results that AI Metropolis reports, to be printed beside ours.

AI Metropolis (Xie et al., 2024, arXiv:2411.03519), section 4: traces of 25 to 1,000 agents,
Llama-3-8B-Instruct on L4 GPUs under SGLang.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class PaperRow:
    """One case of the paper. A value that the paper does not report is None.

    Attributes:
        agents: personas.
        hours: ``day``, ``busy`` (12 to 13) or ``quiet`` (6 to 7).
        gpus: L4 GPUs.
        over_single: speed over single-thread.
        over_sync: speed over parallel-sync.
        of_oracle: speed as a share of the oracle's.
        in_flight: mean calls in flight.
        in_flight_sync: the same under parallel-sync.
    """

    agents: int
    hours: str
    gpus: int
    over_single: float | None = None
    over_sync: float | None = None
    of_oracle: float | None = None
    in_flight: float | None = None
    in_flight_sync: float | None = None


PAPER: Final = (
    PaperRow(25, "day", 1, 2.38, 1.44, 0.829),
    PaperRow(25, "day", 8, 3.25, 1.67, 0.747, 3.46, 1.94),
    PaperRow(25, "busy", 8, 3.37, 1.88, 0.531, 3.74, 1.89),
    PaperRow(25, "quiet", 8, None, 1.28, None, 2.80, 2.25),
    PaperRow(500, "busy", 8, 19.5, 4.15, None, 50.9),
    PaperRow(1000, "busy", 8, None, 3.94, 0.97),
)


def paper_row(agents: int, hours: str, serving: str, gpus: int) -> PaperRow | None:
    """The row of the paper for a case; None if it has none."""
    for row in PAPER:
        if serving == "l4" and (row.agents, row.hours, row.gpus) == (agents, hours, gpus):
            return row
    return None
