"""How busy a server says it is: vLLM's Prometheus text, read for three gauges."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import Final

_GAUGE: Final = re.compile(
    r"^vllm:(num_requests_running|num_requests_waiting|kv_cache_usage_perc)(?:\{[^}]*\})?\s+(\S+)",
    re.MULTILINE,
)


@dataclass(frozen=True, slots=True)
class ServerLoad:
    """Load of one server, all of its engines together.

    Attributes:
        running: requests that are being generated.
        waiting: requests that wait inside the server.
        kv_cache_usage: share of the key-value cache in use, in [0, 1]; of several engines the
            fullest.
    """

    running: int = 0
    waiting: int = 0
    kv_cache_usage: float = 0.0


def read_load(text: str) -> ServerLoad | None:
    """Read ``vllm:num_requests_running``, ``..._waiting`` and ``vllm:kv_cache_usage_perc``.

    Returns:
        the load; None if the text has none of the three (another server's metrics).
    """
    values: dict[str, list[float]] = {}
    for name, number in _GAUGE.findall(text):
        try:
            value = float(number)
        except ValueError:
            continue
        if math.isfinite(value):
            values.setdefault(name, []).append(value)
    if not values:
        return None
    return ServerLoad(
        running=int(sum(values.get("num_requests_running", ()))),
        waiting=int(sum(values.get("num_requests_waiting", ()))),
        kv_cache_usage=max(values.get("kv_cache_usage_perc", (0.0,))),
    )
