"""Compares each accelerator with the function that it replaces, on one host.

Run as ``python -m tests.host.accelerators.equivalence FOLDER``.
"""

from __future__ import annotations

import datetime
import struct
import sys
import tempfile
from pathlib import Path
from random import Random
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ga_ooo.host.accelerators import ACCELERATORS
from ga_ooo.host.accelerators.action_end import is_finished
from ga_ooo.host.accelerators.idle import HostIdleMoves
from ga_ooo.host.accelerators.path import PathFinder
from ga_ooo.host.accelerators.perceive import PerceiveNews
from ga_ooo.host.accelerators.recognition import unrecognised_live
from ga_ooo.host.accelerators.retrieval.replacement import MatrixRelevance, Retrieval
from ga_ooo.host.accelerators.retrieval.shortlist import Similarities
from ga_ooo.host.accelerators.retrieval.vectors import VectorStore
from ga_ooo.host.accelerators.save import FastJson
from ga_ooo.host.accelerators.templates import TemplateCache
from ga_ooo.host.imported.prints import redirect_prints
from ga_ooo.host.world.snapshot import put_back, take_copy
from tests.host.accelerators.loading import MORNING, LoadedHost, load_host
from tests.host.world.test_snapshot import freeze

quick = settings(
    deadline=None, max_examples=60, database=None, suppress_health_check=list(HealthCheck)
)
few = settings(quick, max_examples=12)

numbers = st.floats(-2, 2, width=32) | st.sampled_from([0.0, 1.0, -1.0, 0.1])
vectors = st.lists(numbers, min_size=3, max_size=3) | st.just([0, 0, 0]) | st.just([1, 2, 2])
memories = st.lists(
    st.tuples(vectors, st.integers(1, 10) | st.just(2.5), st.integers(0, 3), st.booleans()),
    max_size=12,
)


def paths(host: LoadedHost) -> None:
    """On small random maps, and on the map of the host."""
    original = host.modules.path_finder.path_finder
    blocked = host.modules.utils.collision_block_id

    @quick
    @given(st.data())
    def small(data: st.DataObject) -> None:
        width, height = data.draw(st.integers(1, 7)), data.draw(st.integers(1, 7))
        cells = st.sampled_from(["0", "0", "0", blocked])
        rows = data.draw(st.lists(st.lists(cells, min_size=width, max_size=width),
                                  min_size=height, max_size=height))  # fmt: skip
        accelerated = PathFinder(original)
        for _ in range(3):
            x, y = st.integers(0, width - 1), st.integers(0, height - 1)
            start, end = data.draw(st.tuples(x, y)), data.draw(st.tuples(x, y))
            expected = original(rows, start, end, blocked)
            assert accelerated(rows, start, end, blocked) == expected
            assert accelerated(rows, list(start), list(end), blocked) == expected

    def corridor() -> None:
        """Beyond the last wave, no path is found."""
        accelerated, rows = PathFinder(original), [["0"] * 160]
        for end in (150, 151, 152, 153, 159):
            expected = original(rows, (0, 0), (end, 0), blocked)
            assert len(expected) == (end + 1 if end <= 151 else 1)
            assert accelerated(rows, (0, 0), (end, 0), blocked) == expected

    def on_the_map() -> None:
        rows, rng = host.maze.collision_maze, Random(0)
        accelerated = PathFinder(original)
        free = [
            (x, y) for y, row in enumerate(rows) for x, cell in enumerate(row) if cell != blocked
        ]
        for _ in range(12):
            start, end = rng.choice(free), rng.choice(free)
            assert accelerated(rows, start, end, blocked) == original(rows, start, end, blocked)

    small()
    corridor()
    on_the_map()


def perceive(host: LoadedHost) -> None:
    """Places known or not, events remembered or not, near and far, behind walls."""
    original = host.modules.all["persona.cognitive_modules.perceive"].perceive
    accelerated = PerceiveNews(original)
    persona, maze = host.persona, host.maze
    tiles = [
        (x, y)
        for y, row in enumerate(maze.tiles)
        for x, tile in enumerate(row)
        if tile["game_object"]
    ]
    seen = {"news": 0, "nothing": 0}

    # One example in ten has news; with 60 examples, only five had news once.
    @settings(quick, max_examples=200)
    @given(st.integers(0, len(tiles) - 1), st.integers(0, 2**16), st.booleans(), st.booleans())
    def anywhere(where: int, seed: int, knows_places: bool, remembers: bool) -> None:
        rng = Random(seed)
        persona.scratch.curr_tile = rng.choice((tuple, list))(tiles[where])
        persona.scratch.vision_r = rng.choice((2, 4, 8))
        persona.scratch.att_bandwidth = rng.choice((0, 3, 8))
        persona.scratch.retention = rng.choice((3, 8))
        for tile in maze.get_nearby_tiles(persona.scratch.curr_tile, persona.scratch.vision_r):
            if rng.random() < 0.1:
                name = rng.choice((persona.name, "Ada", "Bo"))
                what = rng.choice(("reading", "tea (green)"))
                maze.access_tile(tile)["events"].add((name, "is", what, what))
        for _ in range(2):
            before = len(persona.a_mem.id_to_node)
            original(persona, maze)
            if not remembers or len(persona.a_mem.id_to_node) == before:
                break
        if not knows_places:
            persona.s_mem.tree.clear()
        looks_new = not accelerated.finds_nothing(persona, maze, persona.scratch.curr_tile)
        found = host.same(
            lambda: original(persona, maze),
            lambda: accelerated(persona, maze),
            lambda nodes: [(node.node_id, node.description) for node in nodes],
        )
        assert looks_new or not found
        seen["news" if found else "nothing"] += 1

    anywhere()
    assert min(seen.values()) > 5, seen


def retrieval(host: LoadedHost) -> None:
    """Equal scores, equal access times, vectors of length 0, NaN."""
    module: Any = host.modules.all["persona.cognitive_modules.retrieve"]
    persona = host.persona
    given_vectors: dict[str, Any] = {}
    module.get_embedding = given_vectors.__getitem__
    original, counted = module.new_retrieve, persona.a_mem

    @quick
    @given(memories, st.lists(vectors, min_size=1, max_size=3), st.integers(1, 8))
    def best(memory: list[Any], focal: list[Any], count: int) -> None:
        for sequence in (counted.seq_event, counted.seq_thought):
            sequence.clear()
        counted.id_to_node.clear()
        counted.embeddings.clear()
        for index, (vector, poignancy, minutes, thought) in enumerate(memory):
            add = counted.add_thought if thought else counted.add_event
            text = "the bed is idle" if index == 5 else f"memory {index}"
            node = add(MORNING, None, "a", "is", "b", text, {"a"}, poignancy, (text, vector), None)
            node.last_accessed = MORNING + datetime.timedelta(minutes=minutes)
        points = [f"focal {index}" for index in range(len(focal))]
        given_vectors.update(zip(points, focal, strict=True))
        if hasattr(module, "_relevance"):
            relevance = module._relevance

            def accelerated() -> Any:
                module._relevance = MatrixRelevance(module)
                try:
                    return original(persona, points, count)
                finally:
                    module._relevance = relevance
        else:
            replacement = Retrieval(host.modules)
            _same_bits(module, persona, points)

            def accelerated() -> Any:
                return replacement(persona, points, count)

        for prints in (True, False):
            host.same(
                lambda: original(persona, points, count),
                accelerated,
                lambda found: {point: [node.node_id for node in nodes]
                               for point, nodes in found.items()},
                prints=prints,
            )  # fmt: skip

    best()


def _same_bits(module: Any, persona: Any, points: list[str]) -> None:
    nodes, vectors = persona.a_mem.seq_event + persona.a_mem.seq_thought, VectorStore()
    embeddings = [persona.a_mem.embeddings[node.embedding_key] for node in nodes]
    for point in points:
        expected = [float(x) for x in module.extract_relevance(persona, nodes, point).values()]
        found = Similarities(vectors, embeddings, module.get_embedding(point)).exact()
        assert [struct.pack("d", x) for x in found] == [struct.pack("d", x) for x in expected]


def wide_embeddings(host: LoadedHost) -> None:
    """As wide as OpenAI's: for sums of many terms, the order of addition shows in the last bits."""
    module: Any = host.modules.all["persona.cognitive_modules.retrieve"]
    if hasattr(module, "_relevance"):
        return
    rng, replacement, memory = Random(0), Retrieval(host.modules), host.persona.a_mem
    vectors = {str(i): [rng.gauss(0, 1) for _ in range(1536)] for i in range(60)}
    module.get_embedding = vectors.__getitem__
    for text, vector in vectors.items():
        memory.add_event(MORNING, None, "a", "is", "b", text, {"a"}, 3, (text, vector), None)
    old = [node.embedding_key for node in memory.seq_event + memory.seq_thought]
    for width in (1536, 1535, 7):
        for text in vectors:
            vectors[text] = vectors[text][:width]
        for text in old:
            memory.embeddings[text] = vectors.get(text, vectors["0"])
        _same_bits(module, host.persona, list(vectors)[:5])
        host.same(
            lambda: module.new_retrieve(host.persona, list(vectors)[:5], 9),
            lambda: replacement(host.persona, list(vectors)[:5], 9),
            lambda found: [[node.node_id for node in nodes] for nodes in found.values()],
            prints=False,
        )


def action_end(host: LoadedHost) -> None:
    """Times around the end of an action and of the day, with and without a chat."""
    scratch = host.persona.scratch
    original = type(scratch).act_check_finished

    @quick
    @given(st.integers(0, 86400 * 2), st.integers(0, 300), st.integers(-70, 70), st.booleans(),
           st.sampled_from(["", "w:s:a:bed"]))  # fmt: skip
    def ends(start: int, minutes: int, off: int, chats: bool, address: str) -> None:
        scratch.act_address = address
        scratch.act_start_time = MORNING + datetime.timedelta(seconds=start)
        scratch.act_duration = minutes
        end = scratch.act_start_time + datetime.timedelta(minutes=minutes)
        scratch.chatting_with = "Ada" if chats else None
        scratch.chatting_end_time = end if chats else None
        scratch.curr_time = end + datetime.timedelta(seconds=off)
        assert is_finished(scratch) == original(scratch)

    ends()


def idle(host: LoadedHost) -> None:
    """Waiting, walking, chatting; times around the end of an action, of a chat and of the day."""
    persona, maze = host.persona, host.maze
    scratch, idle_moves = persona.scratch, HostIdleMoves(host.modules)
    at = next((x, y) for y, row in enumerate(maze.tiles) for x, tile in enumerate(row)
              if tile["game_object"])  # fmt: skip
    address = maze.get_tile_path(at, "game_object")
    fresh = take_copy(persona)
    scratch.curr_tile, scratch.retention, scratch.att_bandwidth = at, 20, 20
    persona.perceive(maze)
    assert persona.perceive(maze) == []
    taken: dict[bool, int] = {True: 0, False: 0}

    @settings(quick, max_examples=200)
    @given(st.integers(0, 2**32))
    def moves(seed: int) -> None:
        rng = Random(seed)
        time = MORNING.replace(hour=0, minute=0) + datetime.timedelta(seconds=rng.randrange(86400))
        end = time + datetime.timedelta(seconds=10 * rng.choice((-1, 0, 1, 2, 60, 70, 80)))
        last = rng.choice((None, -86400, *([-10] * 6)))
        scratch.curr_time = last and time + datetime.timedelta(seconds=last)
        scratch.act_address = rng.choice(
            (address, address, address, "", f"{address}:<random>", "<persona> Ada")
        )
        scratch.act_description = "waiting"
        scratch.act_start_time = end - datetime.timedelta(minutes=30)
        scratch.act_duration = 30
        chat = rng.choice((None, "chat with", "is"))
        scratch.act_event = (persona.name, chat, "Ada")
        scratch.chatting_with = "Ada" if chat == "chat with" else None
        scratch.chatting_end_time = end if chat else None
        scratch.chat = [["Ada", "hello"]] if chat else None
        scratch.chatting_with_buffer = {name: rng.randint(-3, 800) for name in ("Ada", "Bo")}
        scratch.planned_path = [(1, 2), (1, 3)][: rng.randrange(3)]
        scratch.act_path_set = rng.random() < 0.8
        scratch.importance_trigger_curr = rng.choice((0, 1, 150, 150))
        clean, before, printed = take_copy(persona), freeze(persona), list[str]()
        with redirect_prints(host.modules, printed.append):
            takes = idle_moves.take(persona, at, time) is not None
        taken[takes] += 1
        if not takes:
            assert (freeze(persona), printed) == (before, [])
            return
        put_back(persona, clean)
        host.same(
            lambda: persona.move(maze, {}, at, time),
            lambda: idle_moves.take(persona, at, time),
            lambda executed: executed,
        )

    moves()
    put_back(persona, fresh)
    assert min(taken.values()) > 20, taken


def templates(host: LoadedHost) -> None:
    """Each template of the host, twice; files that are written, and missing files."""
    module: Any = host.modules.all["persona.prompt_template.gpt_structure"]
    opened: list[str] = []

    def counting(file: str, *args: Any) -> Any:
        opened.append(file)
        return open(file, *args)  # noqa: PTH123 - as the host does

    kept = TemplateCache(counting)
    folder = Path(module.__file__).parent
    files = sorted(str(file) for file in folder.rglob("*.txt"))
    for file in files * 2:
        expected = module.generate_prompt(["one", "two"], file)
        module.open = kept
        assert module.generate_prompt(["one", "two"], file) == expected
        del module.open
    assert opened == files
    assert files
    with tempfile.TemporaryDirectory() as temporary:
        new = f"{temporary}/new.txt"
        for _ in range(2):
            try:
                kept(new)
            except FileNotFoundError:
                continue
            raise AssertionError("the file is missing")
        with kept(new, "w") as writing:
            writing.write("text")
        assert kept(new).read() == "text"


def save(host: LoadedHost) -> None:
    """Memories with special characters and numbers."""
    memory = host.persona.a_mem
    module: Any = host.modules.associative_memory
    original = module.json
    numbers = [0.1, 1e-300, 1e22, float("nan"), -0.0, 3, 1 / 3]
    for text in ("ascii", 'quo"te', "snö 🛏", "line\nfeed"):
        memory.add_event(MORNING, None, "a", "is", "b", text, {"a"}, 3, (text, numbers), None)
    saved = []
    for json in (original, FastJson()):
        module.json = json
        with tempfile.TemporaryDirectory() as folder:
            memory.save(folder)
            saved.append({file.name: file.read_bytes() for file in Path(folder).iterdir()})
    module.json = original
    assert saved[0] == saved[1]
    assert len(saved[0]) == 3


COMPARISONS = {
    "path": (paths,),
    "idle": (idle,),
    "perceive": (perceive,),
    "action-end": (action_end,),
    "templates": (templates,),
    "save": (save, wide_embeddings),
    "retrieval": (retrieval,),
}


def main(root: str) -> None:
    """Compare all accelerators."""
    assert COMPARISONS.keys() == ACCELERATORS.keys(), "an accelerator has no comparison"
    host = load_host(root)
    for name in ACCELERATORS:
        assert unrecognised_live(host.modules, name) == [], name
    for comparisons in COMPARISONS.values():
        for compare in comparisons:
            compare(host)


if __name__ == "__main__":
    main(sys.argv[1])
