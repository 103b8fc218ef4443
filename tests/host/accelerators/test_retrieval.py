"""Retrieval by bounds, used where prints are dropped, equals retrieval by all exact scores."""

from __future__ import annotations

import datetime
import math
import warnings
import weakref
from random import Random
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ga_ooo.host.accelerators.retrieval import cache, replacement, shortlist
from ga_ooo.host.accelerators.retrieval.replacement import Retrieval
from ga_ooo.host.accelerators.retrieval.vectors import (
    Vector,
    VectorStore,
    as_vector,
    cosine_error,
)
from ga_ooo.host.imported.modules import HostModules
from ga_ooo.host.imported.prints import redirect_prints

MORNING = datetime.datetime(2023, 2, 13, 9, 30)

weights = st.sampled_from([0, 1, 1, 1.0, 0.3, -2, 1e-9, 1e120, math.nan])


class Town:
    """The part of a host that retrieval uses: one persona, and embeddings of focal points."""

    def __init__(self) -> None:
        self.focal: dict[str, list[float]] = {}
        self.modules = _modules(self.focal)
        self.retrieval = Retrieval(self.modules)
        scratch = SimpleNamespace(name="Ada", curr_time=MORNING, recency_decay=0.99)
        scratch.recency_w = scratch.relevance_w = scratch.importance_w = 1
        memory = SimpleNamespace(seq_event=[], seq_thought=[], embeddings={})
        self.persona = SimpleNamespace(scratch=scratch, a_mem=memory)

    def remember(self, key: str, poignancy: float, minutes: int) -> None:
        """Add a memory with an access time of so many minutes after MORNING."""
        accessed = MORNING + datetime.timedelta(minutes=minutes)
        node = SimpleNamespace(embedding_key=key, poignancy=poignancy, last_accessed=accessed)
        self.persona.a_mem.seq_event.append(node)

    def best(self, retrieval: Retrieval, count: int, prints: bool) -> list[int]:
        """Positions of the best memories for ``self.focal["point"]``; access times are restored."""
        nodes = self.persona.a_mem.seq_event
        times = [node.last_accessed for node in nodes]
        printed: list[str] = []
        with redirect_prints(self.modules, printed.append if prints else None):
            found = retrieval(self.persona, ["point"], count)["point"]
        for node, time in zip(nodes, times, strict=True):
            node.last_accessed = time
        assert len(printed) == (2 * len(nodes) if prints else 0)
        where = {id(node): index for index, node in enumerate(nodes)}
        return [where[id(node)] for node in found]

    def both(self, count: int) -> list[int]:
        """Retrieve by bounds and by all scores, and check that the results are equal."""
        with warnings.catch_warnings():
            # Vectors of length zero: the host divides by their norm.
            warnings.simplefilter("ignore", RuntimeWarning)
            by_all = self.best(Retrieval(self.modules), count, prints=True)
            assert self.best(self.retrieval, count, prints=False) == by_all
        return by_all


def _modules(focal: dict[str, list[float]]) -> HostModules:
    module: Any = ModuleType("retrieve")
    module.get_embedding = focal.__getitem__
    modules: Any = SimpleNamespace(
        all={"persona.cognitive_modules.retrieve": module}, builtins={"print": print}
    )
    found: HostModules = modules
    return found


def _vectors(rng: Random, width: int, count: int) -> list[list[float]]:
    """Some far apart; some differ only in their length, or in the last bits of either precision."""
    vectors = [[rng.gauss(0.2, 1) for _ in range(width)]]
    while len(vectors) < count:
        scale, near = rng.choice((1.0, 1e-3, 7.0)), rng.choice((0, 0, 1e-15, 1e-9, 1e-7, 1e-5, 1))
        vectors.append([(x + near * rng.gauss(0, 1)) * scale for x in rng.choice(vectors)])
    return vectors


def _unit(vector: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    unit: npt.NDArray[np.float64] = vector / np.linalg.norm(vector)
    return unit


@settings(deadline=None, max_examples=300, database=None)
@given(st.data())
def test_equal_to_all_scores(data: st.DataObject) -> None:
    """Memories with nearly equal or equal scores around the cut; unusual numbers."""
    rng = Random(data.draw(st.integers(0, 2**32)))
    town, width = Town(), data.draw(st.sampled_from([1, 2, 3, 16, 64]))
    scratch, memory = town.persona.scratch, town.persona.a_mem
    scratch.recency_decay = data.draw(st.sampled_from([0.99, 0.99, 0.5, 1e-200, 1.0, 1, 1.1]))
    scratch.recency_w, scratch.relevance_w, scratch.importance_w = data.draw(
        st.tuples(weights, weights, weights) | st.just((0, 1, 0)) | st.just((0, 1, 1))
    )
    keys = data.draw(st.integers(1, 30))
    memory.embeddings.update(zip(map(str, range(keys)), _vectors(rng, width, keys), strict=True))
    odd: list[list[Any]] = [[0.0] * width, [0] * width, [2e-162] * width, [1] * width]
    if data.draw(st.integers(0, 4)) == 0:
        memory.embeddings["0"] = rng.choice(odd)
    poignancies = data.draw(st.sampled_from([(3,), (1, 5), (1, 5, 8), (2.5, 3), (1, 2**60)]))
    for _ in range(data.draw(st.integers(2, 60))):
        key = str(rng.randrange(keys))
        town.remember(key, rng.choice(poignancies), rng.randrange(4))
    first = memory.embeddings["0"]
    for _ in range(2):
        town.focal["point"] = rng.choice(
            (*_vectors(rng, width, 2), memory.embeddings[str(rng.randrange(keys))], first)
        )
        town.both(data.draw(st.integers(1, 8) | st.integers(-2, 70)))
        memory.embeddings["0"] = list(memory.embeddings["0"])


@pytest.mark.parametrize("width", [2, 64])
def test_the_cut_is_among_near_ties(width: int) -> None:
    """The last bits of the relevance decide, and the estimates do not have these bits."""
    rng, town = Random(4), Town()
    town.persona.scratch.recency_w = 0
    base, far = ([rng.gauss(0, 1) for _ in range(width)] for _ in range(2))
    for index in range(40):
        near = [x + 3e-8 * rng.gauss(0, 1) for x in (far if index < 4 else base)]
        town.persona.a_mem.embeddings[str(index)] = near
        town.remember(str(index), 3, index)
    town.focal["point"] = [x + rng.gauss(0, 0.3) for x in base]
    for count in range(1, 40):
        assert len(town.both(count)) == count


@pytest.mark.parametrize("seed", range(4))
def test_the_scale_is_among_near_ties(seed: int) -> None:
    """The rank of an important memory among less important ones depends on the last bits of the
    least and the greatest relevance."""
    rng, town = np.random.default_rng(seed), Town()
    town.persona.scratch.recency_w = 0
    focal = _unit(rng.normal(size=16))
    span = 1.49 + 40e-9
    cosines = [-0.3, *(-0.5 - k * 2e-9 for k in range(21)), *(0.99 - k * 2e-9 for k in range(21))]
    ladder = [-0.3 + span * 2 / 3 + k * 5e-10 for k in range(-60, 60)]
    for index, cosine in enumerate(cosines + ladder):
        aside = rng.normal(size=16)
        aside = _unit(aside - (aside @ focal) * focal)
        vector = cosine * focal + math.sqrt(1 - cosine * cosine) * aside
        town.persona.a_mem.embeddings[str(index)] = vector.tolist()
        town.remember(str(index), 1 if index else 2, index)
    town.focal["point"] = focal.tolist()
    found = town.both(150)
    assert 40 < found.index(0) < 125


@pytest.mark.parametrize("width", [64, 1536])
def test_most_are_not_compared_exactly(width: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """With usual numbers, the bounds exclude nearly all memories that are not retrieved."""
    rng, town, exact = Random(1), Town(), list[int]()
    base = [rng.gauss(0.3, 1) for _ in range(width)]
    for index in range(300):
        town.persona.a_mem.embeddings[str(index)] = [x + rng.gauss(0, 1) for x in base]
        town.remember(str(index), rng.randint(1, 8), index)
    town.focal["point"] = [x + rng.gauss(0, 1) for x in base]
    own = shortlist.Similarities._exact

    def counting(self: shortlist.Similarities, row: int) -> float:
        exact.append(row)
        return own(self, row)

    monkeypatch.setattr(shortlist.Similarities, "_exact", counting)
    found = town.best(town.retrieval, 30, prints=False)
    assert len(found) == 30
    assert set(found) <= set(exact)
    assert len(set(exact)) < 45


def test_a_cached_result_is_used_only_for_equal_inputs(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Each input that the result depends on is changed once."""
    rng, town, searched = Random(5), Town(), list[int]()
    scratch, memory = town.persona.scratch, town.persona.a_mem
    for index in range(60):
        memory.embeddings[str(index)] = [rng.gauss(0, 1) for _ in range(8)]
        town.remember(str(index), rng.randint(1, 8), index)
    town.focal["point"] = [rng.gauss(0, 1) for _ in range(8)]

    def searching(count: int, *args: Any) -> list[int] | None:
        searched.append(count)
        return shortlist.best_of(count, *args)

    monkeypatch.setattr(replacement, "best_of", searching)

    def changed(by: str) -> None:
        searched.clear()
        found = town.both(5)
        assert searched == [5], by
        assert town.best(town.retrieval, 5, prints=False) == found
        assert searched == [5], f"{by}: computed again"

    changed("first retrieval")
    town.focal["point"] = list(town.focal["point"])
    town.both(5)
    assert searched == [5], "another list with the same numbers"
    town.focal["point"][7] += 1
    changed("focal point")
    memory.embeddings["3"] = [-x for x in memory.embeddings["3"]]
    changed("embedding")
    memory.seq_event[4].poignancy += 1
    changed("poignancy")
    memory.seq_event[0].last_accessed = MORNING + datetime.timedelta(days=1)
    changed("access")
    town.remember("3", 5, 7)
    changed("memory")
    scratch.recency_w = 3
    changed("weight")
    scratch.recency_decay = 0.7
    changed("decay")
    assert town.both(6)[:5] == town.both(5), "number of memories"


@pytest.mark.parametrize("width", [1, 7, 64, 1536])
def test_estimates_are_within_the_error(width: int) -> None:
    """Also for vectors in which all numbers are rounded in the same direction."""
    rng, vectors = Random(2), VectorStore()
    down = [1 + 2.0**-24 - 2.0**-40] * width
    given_vectors = [*_vectors(rng, width, 20), down, [-x for x in down]]
    rows = vectors.rows(given_vectors)
    for focal in map(as_vector, given_vectors):
        about = vectors.cosines(focal)[rows]
        exact = [_cosine(vectors.stored[row], focal) for row in rows]
        assert np.abs(about - exact).max() < cosine_error(width)
        assert np.abs(about - exact).max() < 1e-5


def _cosine(one: Vector, other: Vector) -> Any:
    return np.dot(one.array, other.array) / (one.norm * other.norm)


class Embedding(list[float]):
    """A list with weak references, so that a test can see when it is freed."""


@pytest.mark.parametrize("results", [0, 256])
def test_embeddings_that_are_not_used_again_are_dropped(
    results: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Thousands of embeddings that are used once; Python reuses their identities."""
    # A result is about 40 memories, with a row and a poignancy each, and a vector of 8 numbers.
    monkeypatch.setattr(cache, "_MOST_NUMBERS", results * (2 * 40 + 8))
    rng, town, alive = Random(3), Town(), list[weakref.ref[Embedding]]()
    embeddings = town.persona.a_mem.embeddings
    for index in range(40):
        embeddings[str(index)] = Embedding(rng.gauss(0, 1) for _ in range(8))
        town.remember(str(index), rng.randint(1, 8), index)
    town.focal["point"] = [rng.gauss(0, 1) for _ in range(8)]
    kept = list[int]()
    for _ in range(1500):
        new = Embedding(rng.gauss(0, 1) for _ in range(8))
        alive.append(weakref.ref(new))
        embeddings[str(rng.randrange(40))] = new
        town.both(5)
        del new
        alive = [one for one in alive if one() is not None]
        kept.append(len(alive))
    # Each cached result refers to its inputs.
    assert max(kept) < 40 * 1.25 + 70 + results
    assert min(kept[200 + results :]) <= 45 + results
