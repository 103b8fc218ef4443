"""Reads the load of a server from the Prometheus text that vLLM publishes under ``/metrics``."""

from __future__ import annotations

import re
from typing import Final

from ga_ooo.model.endpoints import ServerLoad

_GAUGE: Final = re.compile(
    r"^vllm:(num_requests_running|num_requests_waiting|kv_cache_usage_perc)(?:\{[^}]*\})?\s+(\S+)",
    re.MULTILINE,
)

_MAX_GAUGE: Final = 1e9
"""Larger numbers, and NaN, are errors of the server."""


def read_load(text: str) -> ServerLoad | None:
    """Read ``vllm:num_requests_running``, ``..._waiting`` and ``vllm:kv_cache_usage_perc``.

    Returns:
        the load; None if the text has none of the three gauges (metrics of another server).
    """
    values: dict[str, list[float]] = {}
    for name, number in _GAUGE.findall(text):
        try:
            value = float(number)
        except ValueError:
            continue
        if 0.0 <= value <= _MAX_GAUGE:
            values.setdefault(name, []).append(value)
    if not values:
        return None
    return ServerLoad(
        running=int(sum(values.get("num_requests_running", ()))),
        waiting=int(sum(values.get("num_requests_waiting", ()))),
        kv_cache_usage=max(values.get("kv_cache_usage_perc", (0.0,))),
    )
