"""Idle moves: where nothing new is in sight and nothing ends, only what the host would then do.

Source: ``Persona.move`` and what it calls. Most moves perceive nothing and go on with an action:
they set the clock, clear what is left of a chat, count down and take the next tile of a path. No
plan is made, no memory, no draw and no call. Whether a move may be idle is asked of what it would
look at; if anything else would happen, nothing is written, and the host's own move runs.
"""

from __future__ import annotations

import datetime
from typing import Any, Final

from ga_ooo.host.accelerators.action_end import is_over
from ga_ooo.host.imported.modules import HostModules
from ga_ooo.host.imported.prints import prints_are_dropped

_LAST_STEP: Final = datetime.timedelta(seconds=10)
"""How long before the end of a chat it is reflected on."""


def install(modules: HostModules) -> None:
    """Nothing of the host is replaced: the engine knows that nothing is new in sight, and asks."""


class HostIdleMoves:
    """Stands in for ``Persona.move`` of those who would perceive nothing new.

    Args:
        modules: the host's.
    """

    def __init__(self, modules: HostModules) -> None:
        self._modules = modules
        self._reflect: Any = modules.all["persona.cognitive_modules.reflect"]

    def perception_state(self, persona: Any) -> tuple[Any, ...]:
        """All of the persona that decides which events in sight are news to it.

        Places are not among it: whoever has once perceived from a tile knows all around it.
        """
        events, scratch = persona.a_mem.seq_event, persona.scratch
        return (
            len(events),
            events[0] if events else None,
            scratch.vision_r,
            scratch.att_bandwidth,
            scratch.retention,
        )

    def take(self, persona: Any, tile: Any, time: datetime.datetime) -> tuple[Any, Any, str] | None:
        """Move, if nothing happens.

        Args:
            tile: where the persona stands.
            time: the game time of the step.

        Returns:
            None if more than that would happen; then nothing has been written.
        """
        scratch = persona.scratch
        try:
            if not _goes_on(scratch, time):
                return None
        except Exception:
            # It would raise in the host's move as well; there it is known what to do then.
            return None
        if not prints_are_dropped(self._modules):
            # It says how far from a reflection the persona is; nothing else here prints.
            self._reflect.reflection_trigger(persona)
        scratch.curr_tile, scratch.curr_time = tile, time
        if scratch.act_event[1] != "chat with":
            scratch.chatting_with = scratch.chat = scratch.chatting_end_time = None
        for name in scratch.chatting_with_buffer:
            if name != scratch.chatting_with:
                scratch.chatting_with_buffer[name] -= 1
        next_tile = tile
        if scratch.planned_path:
            next_tile, *scratch.planned_path = scratch.planned_path
        description = f"{scratch.act_description} @ {scratch.act_address}"
        return next_tile, scratch.act_pronunciatio, description


def _goes_on(scratch: Any, time: datetime.datetime) -> bool:
    """Whether neither day, action, path nor chat ends, and nothing is to be reflected on."""
    return bool(
        scratch.curr_time
        and scratch.curr_time.date() == time.date()
        and not is_over(scratch, time)
        and scratch.act_path_set
        and scratch.importance_trigger_curr > 0
        and (scratch.planned_path or "<random>" not in scratch.act_address)
        and (scratch.act_event[1] != "chat with" or scratch.chatting_end_time != time + _LAST_STEP)
    )
