"""Numbers of a live view in words."""

from __future__ import annotations

import datetime
from typing import Final

from ga_ooo.live.figures import Figures, Held, TimeLeft, Worker
from ga_ooo.texts import money, shown

_MINUTE: Final = 60
_HOUR: Final = 3600


def duration(seconds: float) -> str:
    """Such as ``42 s``, ``31 min`` or ``3 h 20 min``."""
    if seconds < 1.5 * _MINUTE:
        return f"{seconds:.0f} s"
    if seconds < 1.5 * _HOUR:
        return f"{seconds / _MINUTE:.0f} min"
    minutes = round(seconds / _MINUTE)
    return f"{minutes // 60:,} h {minutes % 60:02} min"


def time_left(left: TimeLeft) -> str:
    """Such as ``about 31 min left (22 min to 45 min)``."""
    spread = f"{duration(left.low)} to {duration(left.high)}"
    return f"about {duration(left.middle)} left ({spread})"


def count(number: int, one: str, many: str = "") -> str:
    """Such as ``1 call`` or ``1,204 calls``."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def tokens(number: int) -> str:
    """Such as ``812``, ``8.1k`` or ``12.3M``."""
    for limit, unit in ((1_000_000, "M"), (1_000, "k")):
        if number >= limit:
            return f"{number / limit:.1f}{unit}"
    return str(number)


def moment(time: datetime.datetime | None, since: datetime.datetime | None = None) -> str:
    """The time of day; with its date where ``since`` is of another day."""
    if time is None:
        return ""
    if since is not None and time.date() == since.date():
        return f"{time:%H:%M:%S}"
    return f"{time:%b %d %H:%M:%S}"


def held(groups: tuple[Held, ...], personas: int) -> list[str]:
    """Such as ``14 of 25 wait``, ``9 for Isabella Rodriguez``, ``5 at the window``."""
    if not groups:
        return []
    total = sum(group.count for group in groups)
    names = [f"for {shown(group.by)}" if group.by else "at the window" for group in groups]
    parts = [f"{group.count} {name}" for group, name in zip(groups, names, strict=True)]
    return [f"{total} of {personas} wait", *parts]


def behind(figures: Figures, before_time: str) -> list[str]:
    """Who is furthest behind, at what, and for how long, such as ``Klaus Mueller waits for 12 s``.

    Args:
        before_time: stands between the words and the time.
    """
    straggler = figures.straggler
    if straggler is None:
        return []
    waited = f"{before_time}{duration(straggler.seconds)}" if straggler.seconds >= 1 else ""
    return [f"{shown(straggler.persona)} {shown(straggler.doing)}{waited}"]


def cost(figures: Figures) -> list[str]:
    """What the run has cost, and its budget."""
    given = figures.cost
    if given is None:
        return []
    budget = "" if given.budget is None else f" of {money(given.budget, given.currency)}"
    return [f"{money(given.amount, given.currency)}{budget}"]


def location_of(worker: Worker) -> str:
    """Such as ``1 on gpu-node-17``."""
    number = worker.name.rpartition(" ")[2]
    return f"{number} on {worker.node}" if worker.node else number


def work_of(worker: Worker) -> list[str]:
    """What a rehearsal worker has done, and how old its replicas are."""
    hits = "" if worker.hit_rate is None else f"{worker.hit_rate:.0%} hits"
    return [
        f"{worker.moves:,} moves",
        f"{worker.asked:,} calls found",
        hits,
        f"{worker.lag * 1000:,.0f} ms behind" if worker.lag else "",
        f"{worker.cpu_seconds:,.0f} s of CPU",
        f"{count(worker.restarts, 'restart')}" if worker.restarts else "",
    ]


def speed(figures: Figures) -> list[str]:
    """How fast the run is, and over the host's loop."""
    parts = []
    if figures.steps_per_second:
        rate = figures.steps_per_second
        parts.append(f"{rate:,.1f} steps/s" if rate >= 0.1 else f"{rate * _MINUTE:,.1f} steps/min")
    if figures.speedup is not None:
        # The calls of a server slow each other: in the host's loop they would take less time.
        bound = "at most " if figures.servers else ""
        parts.append(f"{bound}{figures.speedup:.1f} times the host's loop")
    return parts
