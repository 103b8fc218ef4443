"""A synthetic host: small, deterministic, and as sensitive to order as a host can be.

Its interfaces and its loop are those of the real host. Each persona keeps a digest of everything
that it has ever seen, and decides by it. So a persona that sees anything else than in the host's
own order behaves differently from then on, and the difference spreads.
"""

from __future__ import annotations

import datetime
import json
from collections.abc import Callable, Iterator
from typing import Any

from ga_ooo.host.imported.determinism import OrderedEvents
from ga_ooo.town.events import Event
from tests.properties.maps import Layout, Tile
from tests.properties.maze import Maze
from tests.properties.persona import Persona, Temper


class Server:
    """The host's ``ReverieServer``; ``start_server`` is its own loop, and so the oracle."""

    def __init__(self, layout: Layout, starts: list[Tile], temper: Temper, seed: int) -> None:
        self.maze = Maze(layout)
        self.step = 0
        self.curr_time = datetime.datetime(2023, 2, 13)
        self.sec_per_step = 10
        self.sim_code = "run"
        self.server_sleep = 0.0
        self.personas = {
            name: Persona(name, tile, temper, temper.vision[i % len(temper.vision)], seed)
            for i, (name, tile) in enumerate(zip(names(), starts, strict=False))
        }
        self.positions = dict(zip(self.personas, starts, strict=True))
        self.personas_tile = dict(self.positions)
        for name, persona in self.personas.items():
            event = persona.scratch.get_curr_event_and_desc()
            self.maze.events(self.personas_tile[name]).add(event)

    def start_server(self, steps: int, on_step: Callable[[int, dict[str, Any]], None]) -> None:
        """Run steps one after another, with personas in order."""
        cleanup: dict[Event, Tile] = {}
        for _ in range(steps):
            for event, tile in cleanup.items():
                self.maze.turn_event_from_tile_idle(event, tile)
            cleanup = {}
            for name, persona in self.personas.items():
                self._place(name, persona, cleanup)
            moved = {name: self._move(name, p) for name, p in self.personas.items()}
            self.positions = {name: record["movement"] for name, record in moved.items()}
            time = self.curr_time.strftime("%B %d, %Y, %H:%M:%S")
            on_step(self.step, json_copy({"persona": moved, "meta": {"curr_time": time}}))
            self.step += 1
            self.curr_time += datetime.timedelta(seconds=self.sec_per_step)

    def _place(self, name: str, persona: Persona, cleanup: dict[Event, Tile]) -> None:
        before, now = self.personas_tile[name], self.positions[name]
        self.personas_tile[name] = now
        self.maze.remove_subject_events_from_tile(name, before)
        self.maze.events(now).add(persona.scratch.get_curr_event_and_desc())
        if not persona.scratch.planned_path:
            event = persona.scratch.get_curr_obj_event_and_desc()
            cleanup[event] = now
            self.maze.events(now).add(event)
            self.maze.events(now).discard((event[0], None, None, None))

    def _move(self, name: str, persona: Persona) -> dict[str, Any]:
        tile, sign, text = persona.move(
            self.maze, self.personas, self.personas_tile[name], self.curr_time
        )
        chat = persona.scratch.chat
        return {"movement": tile, "pronunciatio": sign, "description": text, "chat": chat}


def names() -> Iterator[str]:
    """An endless sequence of persona names, not in alphabetical order."""
    number = 0
    while True:
        yield f"{'BADCFEHG'[number % 8]}{number}"
        number += 1


def json_copy(value: Any) -> Any:
    """A copy of the value as a movement file would hold it."""
    return json.loads(json.dumps(value))


def state(server: Server) -> dict[str, Any]:
    """Everything that a run leaves behind, in a form that is easy to compare and to read."""
    return {
        "step": server.step,
        "time": str(server.curr_time),
        "tiles": dict(server.personas_tile),
        "personas": {name: _persona_state(p) for name, p in server.personas.items()},
        "events": {
            tile: list(OrderedEvents(server.maze.events(tile)))
            for tile in server.maze.layout.tiles()
            if len(server.maze.events(tile))
        },
    }


def _persona_state(persona: Persona) -> dict[str, Any]:
    nodes = persona.a_mem.id_to_node.values()
    return {
        **{name: json.dumps(v, default=str) for name, v in vars(persona.scratch).items()},
        "nodes": [(n.node_count, n.text, str(n.last_accessed)) for n in nodes],
        "keywords": {k: [n.node_count for n in v] for k, v in persona.a_mem.kw_to_event.items()},
        "tree": json.dumps(persona.s_mem.tree),
    }
