"""``action-end``: whether an action is over, by comparing numbers instead of texts.

Source: ``Scratch.act_check_finished``. Once a move, it formats two times of day and compares the
texts. The texts are equal exactly if hour, minute and second are.
"""

from __future__ import annotations

import datetime
from typing import Any

from ga_ooo.host.imported.modules import HostModules


def install(modules: HostModules) -> None:
    """Replace ``Scratch.act_check_finished``."""
    scratch = modules.all["persona.memory_structures.scratch"]
    scratch.Scratch.act_check_finished = is_finished


def is_finished(scratch: Any) -> bool:
    """Replaces ``Scratch.act_check_finished``."""
    return is_over(scratch, scratch.curr_time)


def is_over(scratch: Any, now: datetime.datetime) -> bool:
    """The result of ``act_check_finished`` at a given time."""
    if not scratch.act_address:
        return True
    if scratch.chatting_with:
        end = scratch.chatting_end_time
    else:
        end = scratch.act_start_time
        if end.second != 0:
            # The host rounds the start of an action up to a full minute.
            end = end.replace(second=0) + datetime.timedelta(minutes=1)
        end += datetime.timedelta(minutes=scratch.act_duration)
    return bool(end.second == now.second and end.minute == now.minute and end.hour == now.hour)
