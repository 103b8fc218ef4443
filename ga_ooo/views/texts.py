"""Times, durations and numbers in words."""

from __future__ import annotations

import datetime


def moment(time: datetime.datetime) -> str:
    """A game time, as the host writes it: ``February 13, 2023, 12:10:00``."""
    return time.strftime("%B %d, %Y, %H:%M:%S")


def duration(seconds: float) -> str:
    """Such as ``0.004 s``, ``3.2 s``, ``2 min 05 s``, ``1 h 02 min``."""
    if seconds < 0.1:
        return f"{seconds:.3f} s"
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest:02d} s"
    return f"{minutes // 60} h {minutes % 60:02d} min"


def size(count: int) -> str:
    """Such as ``850 kB`` or ``1.2 GB``."""
    value = count / 1000
    for unit in ("kB", "MB"):
        if value < 1000:
            return f"{value:.0f} {unit}" if value >= 10 else f"{value:.1f} {unit}"
        value /= 1000
    return f"{value:.1f} GB"


def times(count: int) -> str:
    """Such as ``1 time`` or ``3 times``."""
    return f"{count:,} time" if count == 1 else f"{count:,} times"
