"""Many model servers as one client: balancing, retries, health checks, ejection.

From outside, import :class:`Router` and the types in ``__all__``; modules that begin with an
underscore belong to this package alone.
"""

from ga_ooo.model.routing._balance import PauseHooks
from ga_ooo.model.routing.breaker import BreakerState
from ga_ooo.model.routing.counters import EndpointStatistics, RouterStatistics
from ga_ooo.model.routing.endpoint import Endpoint
from ga_ooo.model.routing.router import Router

__all__ = [
    "BreakerState",
    "Endpoint",
    "EndpointStatistics",
    "PauseHooks",
    "Router",
    "RouterStatistics",
]
