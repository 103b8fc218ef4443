"""Work of its own that a fork does in its loop, between steps.

The school fork answers interview and control requests at the top of each round of its loop.
Such methods must find everybody at one step, so the engine brings them there first; and since
that costs time, it asks before whether anything is to be done.
"""

from __future__ import annotations

from pathlib import Path


def requests_pending(simulation: Path) -> bool:
    """Whether an unanswered ``*_request.json`` lies in a folder of requests of the simulation.

    The forks known so far exchange requests with their frontend in this way (school:
    ``interview/`` and ``control/``).
    """
    for folder in (simulation / "interview", simulation / "control"):
        # Asked at every turn of the engine: cheap where there is no such folder, as a rule.
        if folder.is_dir():
            for request in folder.glob("*_request.json"):
                answer = request.name.replace("_request.json", "_response.json")
                if not request.with_name(answer).exists():
                    return True
    return False
