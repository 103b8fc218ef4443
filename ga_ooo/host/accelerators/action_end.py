"""Whether an action is over: by numbers instead of texts.

Source: ``Scratch.act_check_finished``, which spells two times of day out and compares the texts,
once a move; hour, minute and second are equal just when those are.
"""

from __future__ import annotations

import datetime
from typing import Any

from ga_ooo.host.imported.modules import HostModules


def install(modules: HostModules) -> None:
    """Replace the method."""
    scratch = modules.all["persona.memory_structures.scratch"]
    scratch.Scratch.act_check_finished = is_finished


def is_finished(scratch: Any) -> bool:
    """Stands in for ``Scratch.act_check_finished``."""
    return is_over(scratch, scratch.curr_time)


def is_over(scratch: Any, now: datetime.datetime) -> bool:
    """What it would say at a time."""
    if not scratch.act_address:
        return True
    if scratch.chatting_with:
        end = scratch.chatting_end_time
    else:
        end = scratch.act_start_time
        if end.second != 0:
            # Actions begin on the minute.
            end = end.replace(second=0) + datetime.timedelta(minutes=1)
        end += datetime.timedelta(minutes=scratch.act_duration)
    return bool(end.second == now.second and end.minute == now.minute and end.hour == now.hour)
