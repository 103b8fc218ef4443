"""Variables that moves share: found in the source, changed in order, untouched by rehearsals."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ga_ooo.engine.loop.fibers import Fiber, Move, suspend
from ga_ooo.host.isolation.commit_order import CommitPoint
from ga_ooo.host.isolation.memory.call_graph import functions_of, reachable
from ga_ooo.host.isolation.memory.shared_state import find_shared_state
from tests.host.isolation.moves import Body, isolated

FORK = """
import json
import random
import re
from collections import Counter, defaultdict, deque

import numpy as np

counter = 0
log = []
totals = {"moves": 0}
seen = defaultdict(set)
recent = deque(maxlen=3)
words = Counter()
chance = random.Random(7)
pattern = re.compile("x")
TABLE = {"a": 1}


class Costs:
  def __init__(self):
    self.__total = 0.0
    self.calls = []

  def add(self, value):
    self.__total += value / 3
    self._note(value)

  def _note(self, value):
    self.calls.append(value)

  def total(self):
    return self.__total


class Town:
  number = 0
  members = []
  names = ["fixed"]

  def __init__(self):
    self.own = []

  def join(self, value):
    Town.number += 1
    self.members.append((Town.number, value))
    self.own.append(value)
    return len(self.members)


class Mode:
  kind = "default"


costs = Costs()
mode = Mode()
town = Town()


def count(value):
  global counter
  counter += value
  return counter


def note(value):
  log.append([value, len(log)])
  return log[-1]


def add_up(value):
  totals["moves"] += value
  return totals["moves"]


def gather(value):
  seen[value % 3].add(value)
  recent.append(value)
  words.update([str(value % 2)])
  return sorted(seen[value % 3]), list(recent), sorted(words.items())


def pay(value):
  costs.add(value)
  return costs.total()


def join(value):
  return town.join(value)


def switch(value):
  before = mode.kind
  mode.kind = f"mode {value}"
  return before


def remember(value, memory=[]):
  memory.append(value)
  return list(memory)


def number_calls(value):
  number_calls.calls = getattr(number_calls, "calls", 0) + 1
  return number_calls.calls


def draw(value):
  return chance.random()


def draw_from_numpy(value):
  return float(np.random.random())


def clean(value):
  own = []
  own.append(value)
  found = pattern.search(str(value)), TABLE["a"], json.dumps(own), Town.names[0]
  for counter in range(3):
    own.append(counter)
  return len(own), str(found)


DEFAULTS = remember.__defaults__
WAYS = [count, note, add_up, gather, pay, join, switch, remember, number_calls, draw,
        draw_from_numpy, clean]


def state():
  return repr((counter, log, totals, sorted(seen.items()), recent, words, chance.getstate(),
               vars(costs), Town.number, Town.members, vars(mode), DEFAULTS,
               getattr(number_calls, "calls", None), np.random.get_state()))
"""

NUMBER_OF_WAYS = 12

Program = dict[CommitPoint, list[tuple[int, int]]]


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("fork") / "fork_of_variables.py"
    path.write_text(FORK)
    return path


def load(path: Path) -> Any:
    """A fresh import of the fork, its functions still its own."""
    name = path.stem
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None and spec.loader is not None
    module: Any = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    np.random.seed(1)
    return module


def test_what_moves_share_is_found(file: Path) -> None:
    module = load(file)
    shared = find_shared_state({module.__name__: module}, functions_of({"fork": module}))
    names = {variable.name.removeprefix("fork_of_variables.") for variable in shared.variables}
    assert names == {
        *("counter", "log", "totals", "seen", "recent", "words", "chance", "costs", "mode"),
        *("town", "Town.number", "Town.members", "remember(memory=...)", "number_calls.calls"),
        "numpy.random",
    }
    assert "clean" not in {function.name for function in shared.functions}
    assert all("fork_of_variables.py, line " in each.where for each in shared.variables)


def by_own_loop(file: Path, program: Program) -> tuple[dict[CommitPoint, list[str]], str]:
    """What the moves return, one after the other, and what they leave."""
    module = load(file)
    returned = {
        place: [repr(module.WAYS[way](value)) for way, value in program[place]]
        for place in sorted(program)
    }
    return returned, module.state()


programs = st.dictionaries(
    st.tuples(st.integers(0, 2), st.integers(0, 3)),
    st.lists(st.tuples(st.integers(0, NUMBER_OF_WAYS - 1), st.integers(0, 99)), max_size=4),
    min_size=1,
)
failures = st.sets(st.tuples(st.integers(0, 2), st.integers(0, 3)))


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(programs, failures, st.integers(0, 999))
def test_variables_are_those_of_the_own_loop(
    file: Path, program: Program, failing: set[CommitPoint], seed: int
) -> None:
    expected, left = by_own_loop(file, program)
    module = load(file)
    before = module.state()
    returned: dict[CommitPoint, list[str]] = {}
    to_fail = failing & set(program)

    def body(place: CommitPoint) -> None:
        # Through the module, as host code calls: what guards a function stands in its place.
        ways = {way.__name__: getattr(module, way.__name__) for way in module.WAYS}
        names = list(ways)
        returned[place] = [repr(ways[names[way]](value)) for way, value in program[place]]
        if place in to_fail:
            to_fail.discard(place)
            raise ZeroDivisionError

    bodies: dict[CommitPoint, Body] = {place: lambda place=place: body(place) for place in program}  # type: ignore[misc]  # a lambda with a default
    with isolated(module) as moves:
        for place in program:
            for _ in range(2):
                moves.rehearse(lambda place=place: rehearse(module, program[place]), *place)  # type: ignore[misc]  # a lambda with a default
        assert module.state() == before
        moves.run(bodies, Random(seed))
        assert returned == expected
        assert module.state() == left
        moves.order.roll_back()
        assert module.state() == before


def rehearse(module: Any, way_and_values: list[tuple[int, int]]) -> None:
    for way, value in way_and_values:
        getattr(module, module.WAYS[way].__name__)(value)


@pytest.fixture
def fork(file: Path) -> Iterator[Any]:
    yield load(file)


def test_a_thousand_rehearsals_change_nothing(fork: Any) -> None:
    with isolated(fork) as moves:
        before = fork.state()
        for value in range(1000):
            # Called at once.
            moves.rehearse(lambda: rehearse(fork, [(way, value) for way in range(12)]))  # noqa: B023
        assert fork.state() == before


def test_a_rehearsal_sees_its_own_changes(fork: Any) -> None:
    seen: list[Any] = []
    with isolated(fork) as moves:
        moves.start(lambda: fork.count(5))
        moves.resume((0, 0))
        moves.rehearse(lambda: seen.extend([fork.count(1), fork.count(1)]), step=1)
        assert seen == [6, 7]
        assert fork.counter == 5


def test_a_rehearsal_that_waits_has_its_copies_aside(fork: Any) -> None:
    """Between two calls of the model other code runs, and sees what is real."""
    seen: list[int] = []
    with isolated(fork):
        move = Move(0, 0, "0", 0)
        move.rehearsal = lambda call: suspend(call)

        def body() -> None:
            fork.count(1)
            move.effects.pause()
            suspend("a call")  # type: ignore[arg-type]  # any value may be yielded in a test
            move.effects.resume()
            seen.append(fork.count(1))
            move.effects.pause()

        fiber = Fiber(body, move)
        fiber.switch()
        assert fork.counter == 0
        fork.counter = 10
        fiber.switch()
    assert seen == [2]
    assert fork.counter == 10


def test_what_cannot_be_copied_is_a_problem_with_a_place(tmp_path: Path) -> None:
    path = tmp_path / "fork_of_streams.py"
    path.write_text("stream = iter([1])\nkept = []\n\n\ndef use():\n  kept.append(next(stream))\n")
    module = load(path)
    module.kept.append(value for value in [1])
    with isolated(module) as moves:
        ended = moves.rehearse(module.use)
    assert ended is not None and "it holds a builtins.generator" in ended


@pytest.mark.parametrize(
    ("body", "reached"),
    [("helper()", True), ("map(helper, [1])", True), ("self.other()", True), ("1 + 1", False)],
)
def test_only_what_moves_may_call_counts(tmp_path: Path, body: str, reached: bool) -> None:
    path = tmp_path / "fork_of_calls.py"
    path.write_text(
        f"class Persona:\n  def move(self):\n    {body}\n  def other(self):\n    helper()\n\n\n"
        "def helper():\n  pass\n"
    )
    names = [each.name for each in reachable(functions_of({"fork": load(path)}))]
    assert ("helper" in names) is reached
