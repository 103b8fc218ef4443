"""How long the properties search: ``ci`` by default, ``deep`` with ``GA_OOO_DEEP=1``.

``GA_OOO_DEEP=20`` searches twenty times as long as ``GA_OOO_DEEP=1``.
"""

from __future__ import annotations

import os

from hypothesis import HealthCheck, Phase, settings

_ALWAYS = settings(
    deadline=None,
    # Making a whole town is expensive, and has to be.
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    # Failures that are found become their own tests; a database would make runs differ.
    database=None,
    phases=[Phase.explicit, Phase.generate, Phase.target, Phase.shrink],
    print_blob=True,
)
settings.register_profile("ci", _ALWAYS, max_examples=40, derandomize=True)
settings.register_profile(
    "deep", _ALWAYS, max_examples=1000 * max(1, int(os.environ.get("GA_OOO_DEEP") or 1))
)
settings.load_profile("deep" if os.environ.get("GA_OOO_DEEP") else "ci")
