"""Clean copies: a persona is restored exactly, after any change, any number of times."""

from __future__ import annotations

import datetime
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any, NoReturn

from hypothesis import given, settings
from hypothesis import strategies as st

from ga_ooo.host.world.snapshot import PersonaCopy, put_back, take_copy, with_accessed

REPOSITORY = Path(__file__).parents[3]
MORNING = datetime.datetime(2023, 2, 13, 6)


class Node:
    """A memory node with the attributes that matter here."""

    def __init__(self, count: int, text: str, created: datetime.datetime) -> None:
        self.node_id, self.node_count = f"node_{count}", count
        self.created = self.last_accessed = created
        self.description, self.keywords = text, {text}
        self.filling: list[str] = []


class Memory:
    """The host's ``AssociativeMemory``: newest first, one list per keyword."""

    def __init__(self) -> None:
        self.id_to_node: dict[str, Node] = {}
        self.seq_event: list[Node] = []
        self.kw_to_event: dict[str, list[Node]] = {}
        self.kw_strength_event: dict[str, int] = {}
        self.embeddings: dict[str, list[float]] = {}

    def add_event(self, text: str, created: datetime.datetime) -> None:
        """See the host's method of this name."""
        node = Node(len(self.id_to_node) + 1, text, created)
        self.seq_event[0:0] = [node]
        self.kw_to_event.setdefault(text, [])[0:0] = [node]
        self.id_to_node[node.node_id] = node
        self.kw_strength_event[text] = self.kw_strength_event.get(text, 0) + 1
        self.embeddings[text] = [0.1, 0.2, 0.3]


class Scratch:
    """Short-term memory: containers of all kinds, one of them inside another."""

    def __init__(self) -> None:
        self.name = "Ada"
        self.curr_time: datetime.datetime | None = None
        self.act_event = ("Ada", None, None)
        self.planned_path: list[Any] = []
        self.f_daily_schedule: list[list[Any]] = [["sleeping", 360], ["painting", 1080]]
        # As the host makes it: another list of the same pairs.
        self.f_daily_schedule_hourly_org = self.f_daily_schedule[:]
        self.chatting_with_buffer: dict[str, int] = {}
        self.chat: list[list[str]] | None = None
        self.daily_req: list[str] = []


class Tree:
    """Spatial memory."""

    def __init__(self) -> None:
        self.tree: dict[str, dict[str, list[str]]] = {}


class Persona:
    """The state of the host's ``Persona``."""

    def __init__(self) -> None:
        self.name = "Ada"
        self.s_mem = Tree()
        self.a_mem = Memory()
        self.scratch = Scratch()


def _remember(p: Any, rng: Random) -> None:
    p.a_mem.add_event(rng.choice("abc"), MORNING)


def _access(p: Any, rng: Random) -> None:
    for node in p.a_mem.id_to_node.values():
        if rng.random() < 0.5:
            node.last_accessed = MORNING + datetime.timedelta(seconds=rng.randrange(9))


def _see(p: Any, rng: Random) -> None:
    p.s_mem.tree.setdefault(rng.choice("xy"), {}).setdefault(rng.choice("xy"), []).append("bed")


def _forget_a_place(p: Any, rng: Random) -> None:
    """No host does this; but a fork could edit the tree in place without changing its size."""
    for sector in p.s_mem.tree.values():
        for things in sector.values():
            things[-1:] = ["desk"]


def _reschedule(p: Any, rng: Random) -> None:
    at = rng.randrange(len(p.scratch.f_daily_schedule) + 1)
    p.scratch.f_daily_schedule[at : at + 1] = [["reading", rng.choice((5, 5.0, True))], ["tea", 10]]


def _stretch_a_task(p: Any, rng: Random) -> None:
    """In place: it shows in both schedules as long as they share the pair."""
    if p.scratch.f_daily_schedule:
        rng.choice(p.scratch.f_daily_schedule)[1] += 1


def _same_but_not_equal_in_json(p: Any, rng: Random) -> None:
    buffer = p.scratch.chatting_with_buffer
    if buffer and rng.random() < 0.5:
        name, count = next(iter(buffer.items()))
        del buffer[name]
        buffer[name] = count
    else:
        buffer[rng.choice(("Bo", "Cy"))] = rng.choice((1, 1.0, True))


def _chat(p: Any, rng: Random) -> None:
    p.scratch.chat = rng.choice((None, [["Ada", "Hi"]], [["Ada", "Hi"], ["Bo", "Hello"]]))
    p.scratch.chatting_with_buffer.update({"Bo": 800})


def _go(p: Any, rng: Random) -> None:
    p.scratch.planned_path = [(x, 0) for x in range(rng.randrange(4))]
    p.scratch.planned_path[:1] = []
    p.scratch.curr_time = MORNING + datetime.timedelta(seconds=rng.randrange(99))
    p.scratch.act_event = ("Ada", "is", rng.choice("ab"))


def _new_attribute(p: Any, rng: Random) -> None:
    p.scratch.attribute_of_a_fork = {"a": [1]}


CHANGES: tuple[Callable[[Any, Random], None], ...] = (
    _remember,
    _access,
    _see,
    _forget_a_place,
    _reschedule,
    _stretch_a_task,
    _same_but_not_equal_in_json,
    _chat,
    _go,
    _new_attribute,
)


def freeze(value: Any, known: dict[int, int] | None = None) -> Any:
    """Contents with their types and order, and which containers are identical."""
    known = {} if known is None else known
    if isinstance(value, (list, dict, set)) or hasattr(value, "__dict__"):
        if id(value) in known:
            return ("again", known[id(value)])
        known[id(value)] = len(known)
    kind = type(value).__name__
    if isinstance(value, (list, tuple)):
        return (kind, [freeze(item, known) for item in value])
    if isinstance(value, dict):
        return (kind, [(freeze(k, known), freeze(v, known)) for k, v in value.items()])
    if isinstance(value, set):
        return (kind, sorted(map(repr, value)))
    if hasattr(value, "__dict__"):
        return (kind, {name: freeze(v, known) for name, v in sorted(vars(value).items())})
    return (kind, repr(value))


def _copy(persona: Any, last: PersonaCopy | None = None) -> PersonaCopy:
    return with_accessed(take_copy(persona, last), persona)


changes = st.lists(
    st.tuples(st.sampled_from(range(len(CHANGES))), st.integers(0, 2**16)), max_size=8
)


def _change(persona: Any, what: list[tuple[int, int]]) -> None:
    for number, seed in what:
        CHANGES[number](persona, Random(seed))


@settings(deadline=None, max_examples=40)
@given(changes, changes)
def test_put_back(before: list[tuple[int, int]], after: list[tuple[int, int]]) -> None:
    """Exactly, and repeatedly: a copy is never changed."""
    persona = Persona()
    parts = dict(vars(persona))
    _change(persona, before)
    was = freeze(persona)
    clean = _copy(persona)
    assert freeze(persona) == was, "a copy changes nothing"
    for _ in range(3):
        _change(persona, after)
        put_back(persona, clean)
        assert freeze(persona) == was
    assert all(vars(persona)[name] is part for name, part in parts.items()), "identity is kept"


@settings(deadline=None, max_examples=40)
@given(st.lists(changes, min_size=2, max_size=6), st.data())
def test_copies_in_a_row(stories: list[list[tuple[int, int]]], data: st.DataObject) -> None:
    """Each copy shares memory with the one before, and no copy ever changes."""
    persona = Persona()
    clean: PersonaCopy | None = None
    kept = []
    for story in stories:
        _change(persona, story)
        clean = _copy(persona, clean)
        kept.append((freeze(persona), clean))
    for was, copy in data.draw(st.permutations(kept)):
        put_back(persona, copy)
        assert freeze(persona) == was
        _change(persona, data.draw(changes))


def test_a_memory_that_has_not_grown_is_shared() -> None:
    """The expensive part of a copy is made once."""
    persona = Persona()
    _remember(persona, Random(0))
    first = take_copy(persona)
    _reschedule(persona, Random(0))
    second = take_copy(persona, first)
    assert second.memory is first.memory
    _remember(persona, Random(1))
    assert take_copy(persona, second).memory is not first.memory


def test_without_access_times_nodes_keep_theirs() -> None:
    """A move without retrieval cannot have changed them, so they are not restored."""
    persona = Persona()
    _remember(persona, Random(0))
    clean = take_copy(persona)
    assert not clean.accessed
    node = persona.a_mem.id_to_node["node_1"]
    node.last_accessed = MORNING + datetime.timedelta(hours=1)
    put_back(persona, clean)
    assert node.last_accessed == MORNING + datetime.timedelta(hours=1)


def test_containers_with_objects_of_a_fork() -> None:
    """Dates and sets in a container are copied too, but more slowly."""
    persona = Persona()
    diary: Any = {"when": [MORNING], "what": {"a"}}
    vars(persona.scratch)["diary"] = diary
    was = freeze(persona)
    clean = _copy(persona)
    diary["when"].append(None)
    diary["what"].clear()
    for _ in range(2):
        put_back(persona, clean)
        assert freeze(persona) == was
        vars(persona.scratch)["diary"]["when"].clear()


# --- on the real classes --------------------------------------------------------------------------


def _no_model(request: object) -> NoReturn:
    raise AssertionError("this test makes no model call")


def _real_story(root: str) -> None:
    """Runs in its own process, with the persona class of the host."""
    from ga_ooo.host.checkout.locate import locate
    from ga_ooo.host.imported.modules import import_host
    from ga_ooo.host.sdks.host_model import HostModel
    from ga_ooo.host.sdks.openai import make_openai_module

    checkout = locate(Path(root))
    modules = import_host(checkout, {"openai": make_openai_module(HostModel(_no_model))})
    scenario = next(
        folder
        for folder in sorted(checkout.storage.glob("base_*"))
        if any((folder / "personas").iterdir())
    )
    folder = min((scenario / "personas").iterdir())
    persona = modules.persona.Persona(folder.name, str(folder))
    memory, scratch = persona.a_mem, persona.scratch
    scratch.curr_time = MORNING

    def live(words: str) -> None:
        pair = (words, [0.5, 0.25])
        memory.add_event(MORNING, None, "Ada", "is", words, words, {"ada", words}, 3, pair, [])
        memory.add_thought(MORNING, None, "Ada", "plan", words, words, {"ada"}, 5, pair, None)
        memory.add_chat(
            MORNING, None, "Ada", "chat with", "Bo", words, {"bo"}, 2, pair, [["Ada", "Hi"]]
        )
        for node in memory.seq_event:
            node.last_accessed = MORNING + datetime.timedelta(minutes=len(words))
        persona.s_mem.tree.setdefault("world", {}).setdefault(words, {})
        scratch.f_daily_schedule += [[words, 60]]
        event = ("Ada", "is", words)
        scratch.add_new_action(
            *("w:s:a:bed", 60, words, "🛏", event, "Bo", [["Ada", "Hi"]], {"Bo": 800}),
            *(MORNING, words, "🛏", event),
        )
        scratch.planned_path = [(1, 2), (1, 3)]

    live("first")
    clean = _copy(persona)
    was = freeze(persona)
    for words in ("second", "third", "first"):
        live(words)
        assert freeze(persona) != was
        put_back(persona, clean)
        assert freeze(persona) == was
    live("fourth")
    grown, grown_clean = freeze(persona), _copy(persona, clean)
    put_back(persona, clean)
    assert freeze(persona) == was
    put_back(persona, grown_clean)
    assert freeze(persona) == grown


def test_real_classes(real_host: Path) -> None:
    """Memories of the host's classes, grown by the host's methods."""
    done = subprocess.run(
        [
            *(sys.executable, "-c"),
            "import sys; from tests.host.world.test_snapshot import _real_story; "
            "_real_story(sys.argv[1])",
            str(real_host),
        ],
        env=os.environ | {"PYTHONPATH": str(REPOSITORY), "PYTHONDONTWRITEBYTECODE": "1"},
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
