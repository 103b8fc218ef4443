"""Requests that the frontend of a fork leaves for the loop of the fork.

The school fork answers interview and control requests at the top of each turn of its loop. Such
methods must find all personas at one step, so the engine brings them there first. Since that costs
time, the engine first checks whether a request exists.
"""

from __future__ import annotations

from pathlib import Path

from ga_ooo.host.checkout.foreign_files import is_foreign


def requests_pending(simulation: Path) -> bool:
    """Whether the folder of a simulation contains a request without an answer.

    The known forks exchange files with their frontend: ``interview/X_request.json`` and
    ``control/X_request.json``, answered by ``X_response.json`` beside them.
    """
    for folder in (simulation / "interview", simulation / "control"):
        # Called in every turn of the engine. Most simulations have no such folder.
        if folder.is_dir():
            for request in folder.glob("*_request.json"):
                answer = request.name.replace("_request.json", "_response.json")
                if not is_foreign(request.name) and not request.with_name(answer).exists():
                    return True
    return False
