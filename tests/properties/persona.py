"""The people of the synthetic host (:mod:`tests.properties.host`)."""

from __future__ import annotations

import datetime
import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from typing import Any

from ga_ooo.town.events import Event
from tests.properties.maps import Tile
from tests.properties.maze import Maze

NO_OBJECT_EVENT = (None, None, None)


def digest_of(*things: object) -> str:
    """A short hash of the values."""
    return hashlib.blake2b(repr(things).encode(), digest_size=8).hexdigest()


@dataclass(frozen=True)
class Temper:
    """How often personas do each thing, as chances per move.

    Attributes:
        vision: sight radius in tiles, of each persona.
        act: starts a new action.
        talk: talks to somebody perceived.
        look: looks at far tiles.
        ask_where: asks for the tile of a persona anywhere on the map.
        think: asks the model.
        path_limit: the longest path that the path finder finds, in moves.
    """

    vision: tuple[int, ...]
    act: float = 0.3
    talk: float = 0.3
    look: float = 0.2
    ask_where: float = 0.1
    think: float = 0.3
    path_limit: int = 151


@dataclass(eq=False)
class Node:
    """A memory node; only its access time ever changes."""

    node_count: int
    text: str
    last_accessed: datetime.datetime


class Memory:
    """Associative memory, which only grows."""

    def __init__(self) -> None:
        self.id_to_node: dict[str, Node] = {}
        self.kw_to_event: dict[str, list[Node]] = {}

    def add(self, text: str, time: datetime.datetime) -> None:
        """Add a text to the memory."""
        node = Node(len(self.id_to_node) + 1, text, time)
        self.id_to_node[f"node_{node.node_count}"] = node
        self.kw_to_event.setdefault(text[0], [node])[0:0] = [node]

    def recall(self, time: datetime.datetime) -> list[tuple[str, str]]:
        """The least recently accessed nodes; they are accessed now."""
        nodes = sorted(self.id_to_node.values(), key=lambda n: (n.last_accessed, n.node_count))
        told = [(node.text, str(node.last_accessed)) for node in nodes[:2]]
        for node in nodes[:2]:
            node.last_accessed = time
        return told


class Tree:
    """Spatial memory, which only grows."""

    def __init__(self) -> None:
        self.tree: dict[str, dict[str, list[str]]] = {}


class Scratch:
    """Short-term memory, with the names of the host."""

    def __init__(self, name: str, tile: Tile, vision: int, seed: int) -> None:
        self.name = name
        self.vision_r = vision
        self.curr_tile: Tile | list[int] = list(tile)
        self.curr_time: datetime.datetime | None = None
        self.digest = digest_of(seed, name)
        self.act_address: str | None = None
        self.act_event: tuple[str | None, str | None, str | None] = (name, None, None)
        self.act_description: str | None = None
        self.act_obj_event: tuple[str | None, str | None, str | None] = NO_OBJECT_EVENT
        self.act_obj_description: str | None = None
        self.act_path_set = False
        self.planned_path: list[Tile] = []
        self.chatting_with: str | None = None
        self.chatting_with_buffer: dict[str, int] = {}
        self.chat: list[list[str]] | None = None

    def get_curr_event_and_desc(self) -> Event:
        """See the host's method of this name."""
        if not self.act_address:
            return (self.name, None, None, None)
        return (*self.act_event, self.act_description)

    def get_curr_obj_event_and_desc(self) -> Event:
        """See the host's method of this name."""
        if not self.act_address:
            return ("", None, None, None)
        return (self.act_address, *self.act_obj_event[1:], self.act_obj_description)

    def see(self, *things: object) -> None:
        """Add something to the digest."""
        self.digest = digest_of(self.digest, *things)

    def act(
        self,
        address: str,
        event: tuple[str, str, str],
        chatting_with: str | None,
        chat: list[list[str]] | None,
        obj: str | None,
    ) -> None:
        """Start an action (host: ``add_new_action``)."""
        self.act_address, self.act_event, self.act_description = address, event, event[2]
        self.chatting_with, self.chat = chatting_with, chat
        if chatting_with:
            self.chatting_with_buffer.update({chatting_with: 3})
        self.act_obj_event = NO_OBJECT_EVENT if obj is None else (address, "is", obj)
        self.act_obj_description = obj
        self.act_path_set = False


@dataclass
class Outside:
    """What moves use besides the town: a model, and mishaps.

    Attributes:
        ask: asks the model; as in the host, every exception is swallowed.
        trip: called in the middle of moves; may raise.
        note: writes something down that outlives the move, such as a line in a file.
    """

    ask: Callable[[str], str] = field(default=lambda prompt: digest_of("answer", prompt))
    trip: Callable[[], None] = field(default=lambda: None)
    note: Callable[[str], None] = field(default=lambda text: None)


class Persona:
    """One persona. ``move`` has the stages of the host's own."""

    outside = Outside()
    """Set for a run; a class attribute, so that copies of personas do not contain it."""

    def __init__(self, name: str, tile: Tile, temper: Temper, vision: int, seed: int) -> None:
        self.name = name
        self.scratch = Scratch(name, tile, vision, seed)
        self.a_mem = Memory()
        self.s_mem = Tree()
        self._temper = (temper,)

    def move(
        self, maze: Maze, personas: Any, curr_tile: Tile, curr_time: datetime.datetime
    ) -> tuple[Tile, str, str]:
        """Perceive, think, react, act, walk."""
        scratch, temper = self.scratch, self._temper[0]
        scratch.curr_tile, scratch.curr_time = curr_tile, curr_time
        met = self._perceive(maze, curr_tile)
        rng = Random(scratch.digest)
        if rng.random() < temper.think:
            self._think(rng)
        if rng.random() < temper.look:
            self._look(maze, rng)
        if rng.random() < temper.ask_where:
            name = rng.choice(list(personas))
            scratch.see(name, tuple(personas[name].scratch.curr_tile))
        if rng.random() < temper.act:
            self._act(maze, rng)
        met = [name for name in met if name in personas and name != self.name]
        if met and not scratch.chatting_with and rng.random() < temper.talk:
            self._react(personas[rng.choice(met)], rng)
        self.outside.trip()
        if scratch.act_event[1] != "chat with":
            scratch.chatting_with = scratch.chat = None
        for name in scratch.chatting_with_buffer:
            scratch.chatting_with_buffer[name] -= 1
        tile = self._execute(maze, personas, rng)
        self.outside.note(f"{self.name} {scratch.digest}")
        return tile, scratch.digest[:2], f"{scratch.act_description} {scratch.digest}"

    def _perceive(self, maze: Maze, here: Tile) -> list[str]:
        scratch, layout = self.scratch, maze.layout
        radius = scratch.vision_r
        met = []
        for x in range(max(0, here[0] - radius), min(layout.width, here[0] + radius + 1)):
            for y in range(max(0, here[1] - radius), min(layout.height, here[1] + radius + 1)):
                # In the order of the host: are there events, in my arena, and which ones?
                if not maze.events((x, y)) or maze.arena((x, y)) != maze.arena(here):
                    continue
                for event in maze.events((x, y)):
                    scratch.see((x, y), event)
                    met.append(str(event[0]))
        sector, arena = maze.arena(here)
        self.s_mem.tree.setdefault(sector, {}).setdefault(arena, [])
        thing = maze.layout.objects[here[1]][here[0]]
        if thing and thing not in self.s_mem.tree[sector][arena]:
            self.s_mem.tree[sector][arena] += [thing]
        return met

    def _think(self, rng: Random) -> None:
        scratch = self.scratch
        assert scratch.curr_time is not None
        for _ in range(rng.choice((1, 1, 2, 3))):
            answer = self._ask(f"{self.name} thinks", scratch.digest)
            self.outside.note(f"{self.name} {answer}")
            scratch.see(answer, *self.a_mem.recall(scratch.curr_time))
            self.a_mem.add(answer, scratch.curr_time)

    def _ask(self, *question: object) -> str:
        try:
            return self.outside.ask(repr(question))
        except:  # noqa: E722 - as in the host, which must never see a failure
            return "ChatGPT ERROR"

    def _look(self, maze: Maze, rng: Random) -> None:
        for tile in rng.sample(maze.layout.tiles(), min(3, len(maze.layout.tiles()))):
            self.scratch.see(tile, *maze.events(tile))

    def _act(self, maze: Maze, rng: Random) -> None:
        address = rng.choice(sorted(maze.address_tiles))
        if rng.random() < 0.3:
            address = ":".join(address.split(":")[:3]) + ":<random>"
        # Few words, so that several personas show the same object event; sometimes none at all.
        obj = rng.choice(("used", "used", "watched", None))
        self.scratch.act(address, (self.name, "is", rng.choice("abc")), None, None, obj)

    def _react(self, other: Persona, rng: Random) -> None:
        """Look at somebody, and perhaps talk; a talk reads and writes both."""
        mine, theirs = self.scratch, other.scratch
        mine.see(theirs.digest, theirs.act_address, theirs.curr_tile, theirs.planned_path)
        mine.see(str(theirs.curr_time), theirs.chatting_with, len(other.a_mem.id_to_node))
        if theirs.curr_time is None or theirs.chatting_with or rng.random() < 0.3:
            return
        chat: list[list[str]] = []
        for _ in range(rng.choice((0, 1, 2))):
            for speaker in (self, other):
                line = self._ask(self.name, other.name, speaker.scratch.digest, chat)
                assert speaker.scratch.curr_time is not None
                chat.append([line, *map(str, speaker.a_mem.recall(speaker.scratch.curr_time))])
            self.outside.trip()
        if rng.random() < 0.5:
            other.a_mem.add(digest_of(chat), theirs.curr_time)
        for one, partner in ((self, other), (other, self)):
            event = (one.name, "chat with", partner.name)
            one.scratch.see(*map(str, chat))
            one.scratch.act(f"<persona> {partner.name}", event, partner.name, chat, None)

    def _execute(self, maze: Maze, personas: Any, rng: Random) -> Tile:
        scratch = self.scratch
        here: Tile = (scratch.curr_tile[0], scratch.curr_tile[1])
        plan = scratch.act_address
        if plan is None:
            return here
        if "<random>" in plan and not scratch.planned_path:
            scratch.act_path_set = False
        if not scratch.act_path_set:
            targets = self._targets(maze, personas, plan, here, rng)
            limit = self._temper[0].path_limit
            paths = [maze.layout.path(here, target, limit) for target in targets]
            scratch.planned_path = min(paths, key=len)[1:]
            scratch.act_path_set = True
        if not scratch.planned_path:
            return here
        tile, scratch.planned_path = scratch.planned_path[0], scratch.planned_path[1:]
        return tile

    def _targets(self, maze: Maze, personas: Any, plan: str, here: Tile, rng: Random) -> list[Tile]:
        if plan.startswith("<persona>"):
            tile = personas[plan.split("<persona>")[-1].strip()].scratch.curr_tile
            self.scratch.see("met", tuple(tile))
            path = maze.layout.path(here, (tile[0], tile[1]), self._temper[0].path_limit)
            targets = [path[0] if len(path) <= 2 else path[len(path) // 2]]
        elif "<random>" in plan:
            targets = [rng.choice(sorted(maze.address_tiles[plan.rsplit(":", 1)[0]]))]
        else:
            targets = sorted(maze.address_tiles[plan])
        targets = rng.sample(targets, min(4, len(targets)))
        free = [t for t in targets if not any(e[0] in personas for e in maze.events(t))]
        return free or targets
