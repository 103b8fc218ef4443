"""``idle``: moves in which nothing new is in sight and nothing ends.

Source: ``Persona.move`` and the functions that it calls. Most moves perceive nothing new and
continue an action: they set the clock, clear the rest of a chat, count down and take the next tile
of a path. They make no plan and no memory, draw no random number and call no model. Whether a move
is idle follows from the state that the host's move would read. If anything else would happen,
nothing is written and the host's own move runs.
"""

from __future__ import annotations

import datetime
from typing import Any, Final

from ga_ooo.host.accelerators.action_end import is_over
from ga_ooo.host.accelerators.perceive import PerceiveNews
from ga_ooo.host.imported.modules import HostModules
from ga_ooo.host.imported.prints import prints_are_dropped

_LAST_STEP: Final = datetime.timedelta(seconds=10)
"""The host reflects on a chat so long before its end."""


def install(modules: HostModules) -> None:
    """Replaces nothing in the host: the engine calls :class:`HostIdleMoves` itself, when it knows
    that nothing in sight is new."""


class HostIdleMoves:
    """Replaces ``Persona.move`` of a persona that would perceive nothing new.

    It implements :class:`ga_ooo.host.world.news.IdleMoves`.

    Args:
        modules: the modules of the host.
    """

    def __init__(self, modules: HostModules) -> None:
        self._modules = modules
        self._reflect: Any = modules.all["persona.cognitive_modules.reflect"]
        self._perceive: Any = modules.all["persona.cognitive_modules.perceive"]

    def perception_state(self, persona: Any) -> tuple[Any, ...]:
        """All state of the persona that decides which events in sight are new to it.

        Known places are not part of it: a persona that has perceived once from a tile knows all
        places around that tile.
        """
        events, scratch = persona.a_mem.seq_event, persona.scratch
        return (
            len(events),
            events[0] if events else None,
            scratch.vision_r,
            scratch.att_bandwidth,
            scratch.retention,
        )

    def finds_nothing(self, persona: Any, maze: Any, tile: Any) -> bool:
        """Whether the persona perceives nothing new from a tile.

        Args:
            persona: the host's persona.
            maze: the host's maze.
            tile: ``(x, y)`` of the persona.

        Returns:
            False also if only the host's own function can say it.
        """
        perceive = self._perceive.perceive
        return isinstance(perceive, PerceiveNews) and perceive.finds_nothing(persona, maze, tile)

    def take(self, persona: Any, tile: Any, time: datetime.datetime) -> tuple[Any, Any, str] | None:
        """Take the move, if it is idle.

        Args:
            persona: the host's persona.
            tile: ``(x, y)`` of the persona.
            time: the game time of the step.

        Returns:
            the result of ``Persona.move``; None if the move is not idle, and nothing was written.
        """
        scratch = persona.scratch
        try:
            if not _is_idle(scratch, time):
                return None
        except Exception:
            # The host's move would raise as well, and the engine handles its errors.
            return None
        if not prints_are_dropped(self._modules):
            # Prints how far the persona is from a reflection; no other part of the move prints.
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


def _is_idle(scratch: Any, time: datetime.datetime) -> bool:
    """Whether no day, action, path or chat ends at ``time``, and no reflection is due."""
    return bool(
        scratch.curr_time
        and scratch.curr_time.date() == time.date()
        and not is_over(scratch, time)
        and scratch.act_path_set
        and scratch.importance_trigger_curr > 0
        and (scratch.planned_path or "<random>" not in scratch.act_address)
        and (scratch.act_event[1] != "chat with" or scratch.chatting_end_time != time + _LAST_STEP)
    )
