"""One recipe per host: the scenarios that are run, and the properties that tests depend on."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from ga_ooo.host.checkout.locate import locate
from ga_ooo.host.checkout.shipped import data_folder
from tests.hosts import WHERE_TO_PUT_HOSTS, find_hosts


@dataclass(frozen=True)
class Stretch:
    """Some steps of a scenario.

    Attributes:
        scenario: its name in the storage of the host.
        steps: number of compared steps.
        after: if not 0, the scenario is first run to this step and saved, and the result is
            forked: personas sleep at first, and plan, meet and talk from step 2,000 on.
    """

    scenario: str
    steps: int
    after: int = 0

    def __str__(self) -> str:
        return f"{self.scenario}+{self.after}"


@dataclass(frozen=True)
class Recipe:
    """One host or fork.

    Attributes:
        name: the name for users.
        recognised: its name in ``ga-ooo doctor``.
        stretches: compared with all seeds.
        days: compared with all seeds if ``GA_OOO_LONG=1``.
        busy: a stretch in which personas plan, meet and use objects from the first step on, with
            few personas, because tests run it often.
        crowd: a stretch in which personas meet although an unsound rule does not expect it; None
            if none is known.
        answers_requests: whether its loop answers requests in ``interview/`` and ``control/``.
    """

    name: str
    recognised: str
    stretches: tuple[Stretch, ...]
    days: tuple[Stretch, ...]
    busy: Stretch
    crowd: Stretch | None = None
    answers_requests: bool = False


_DAY: Final = 8_640

_MORNING: Final = 2700
"""Half past seven: the personas are awake and walk, and those of the school fork talk."""

_TEN: Final = 3600
"""Ten o'clock: the three personas of upstream meet soon after."""

RECIPES: Final = (
    Recipe(
        name="minitown",
        recognised="minitown",
        stretches=(Stretch("demo_minitown_n5", 360), Stretch("demo_minitown_n25", 120)),
        days=(Stretch("base_minitown_n5", _DAY), Stretch("base_minitown_n25", _DAY)),
        busy=Stretch("demo_minitown_n5", 120),
        crowd=Stretch("demo_minitown_n25", 200),
    ),
    Recipe(
        name="upstream",
        recognised="upstream fe05a71",
        stretches=(
            Stretch("base_the_ville_isabella_maria_klaus", 240, _TEN),
            Stretch("base_the_ville_n25", 60, 2520),
        ),
        days=(
            Stretch("base_the_ville_isabella_maria_klaus", _DAY),
            Stretch("base_the_ville_n25", _DAY),
        ),
        busy=Stretch("base_the_ville_isabella_maria_klaus", 80, _TEN),
        crowd=Stretch("base_the_ville_n25", 120, 2520),
    ),
    Recipe(
        name="school",
        recognised="school fork",
        stretches=(Stretch("base_the_ville_n5_school", 250, _MORNING),),
        days=(Stretch("base_the_ville_n5_school", _DAY),),
        busy=Stretch("base_the_ville_n5_school", 60, _MORNING),
        answers_requests=True,
    ),
)


_COST_LOGGER: Final = """
import json, time

DEFAULT_LOG_PATH = "cost-logs"


class OpenAICostLogger:
  def __init__(self, experiment_name, cost_upperbound, log_folder):
    self.path, self.entries = f"{log_folder}-{experiment_name}.json", []

  def update_cost(self, response, input_cost, output_cost):
    tokens = response.usage.prompt_tokens
    self.entries.append({"model": response.model, "cost": tokens * input_cost})
    with open(self.path, "w") as file:
      json.dump(self.entries, file, indent=2)
"""
"""Stands in for the package, which few people have: as there, each call writes the file anew."""

_COST_CONFIG: Final = """{
  "client": "openai", "model": "m", "model-key": "none", "model-costs": {"input": 1, "output": 1},
  "embeddings-client": "openai", "embeddings": "e", "embeddings-key": "none",
  "embeddings-costs": {"input": 1, "output": 0},
  "experiment-name": "compared", "cost-upperbound": 1000
}
"""


_VECTORS: Final = """
import hashlib

import numpy


class SentenceTransformer:
  def __init__(self, name):
    self.name = name

  def encode(self, text, **options):
    return numpy.frombuffer(hashlib.sha512(text.encode()).digest(), dtype=numpy.uint8) / 255
"""
"""Stands in for the package, which is large: 64 numbers for each text."""


@dataclass(frozen=True)
class Fork:
    """A public fork, compared over the shortest stretch that shows what is special about it.

    Attributes:
        name: of the folder in which it is laid out.
        scenario: the one to fork.
        steps: number of compared steps.
        special: what the stretch shows.
        files: files that a user writes before a run.
        options: further options of ``ga-ooo run`` and ``ga-ooo verify``.
        absent: packages that ``doctor`` names if they are absent. The fork is then refused, and
            nothing is compared.
        own_error: what the error of the fork's own loop contains, if it fails on every scenario.
    """

    name: str
    scenario: str
    steps: int
    special: str
    files: tuple[tuple[str, str], ...] = ()
    options: tuple[str, ...] = ()
    absent: tuple[str, ...] = ()
    own_error: tuple[str, ...] = ()


FORKS: Final = (
    Fork(
        "agentic_collab",
        "base_the_ville_isabella_maria_klaus",
        3,
        "structured outputs; a log of costs; the body of the loop in a helper method",
        files=(
            ("openai_config.json", _COST_CONFIG),
            ("reverie/backend_server/openai_cost_logger.py", _COST_LOGGER),
        ),
    ),
    Fork(
        "sentiment",
        "base_the_ville_isabella_maria_klaus_rumor",
        10,
        "a conversation at step 8, and its prompt about rumours",
    ),
    Fork(
        "group_behaviour",
        "base_the_ville_isabella_maria_klaus",
        3,
        "files that moves write to a path of their own",
    ),
    Fork("simaiworld", "base_the_ville_n25", 1, "sleeps in prompts"),
    Fork(
        "chinese",
        "base_the_ville_isabella_maria_klaus_zh",
        1,
        "Chinese prompts, and a map that lacks a place of its own code",
        own_error=("KeyError", "execute.py, line 92"),
    ),
    Fork(
        "story_generating",
        "magic_world",
        2,
        "a loop that ends the run where a move fails; vectors that the host computes itself",
        files=(("reverie/backend_server/sentence_transformers.py", _VECTORS),),
    ),
    Fork(
        "setonix",
        "base_the_ville_isabella_maria_klaus",
        1,
        "models in the process of the host",
        absent=("huggingface_hub", "torch", "transformers"),
    ),
)


_FORK_NAMES: Final = frozenset(fork.name for fork in FORKS)


@dataclass(frozen=True)
class Found:
    """A host on this machine, or the reason why a known host cannot be tested."""

    name: str
    recipe: Recipe | None
    root: Path | None = None
    skip_reason: str = ""


def find_all() -> Iterator[Found]:
    """Minitown, each host on this machine, and each recipe whose host was not found.

    A fork without a recipe is tested where ``GA_OOO_HOSTS`` names it, and skipped elsewhere: nobody
    has said yet which of its scenarios show what is particular about it. So are those of ``FORKS``,
    which have tests of their own.
    """
    roots = {"minitown": data_folder("minitown"), **find_hosts()}
    if "GA_OOO_HOSTS" not in os.environ:
        roots = {name: root for name, root in roots.items() if name not in _FORK_NAMES}
    missing = {recipe.recognised: recipe for recipe in RECIPES}
    for name, root in roots.items():
        recognised = locate(root).recognised
        known = missing.pop(recognised, None)
        if known is None and "GA_OOO_HOSTS" not in os.environ:
            yield Found(
                name, None, root, f"{name} has no recipe; name it in GA_OOO_HOSTS to test it"
            )
            continue
        known = known or _unknown(root)
        if known is None:
            yield Found(name, None, root, f"{root} has no scenario that can be run")
        else:
            yield Found(name, replace(known, name=name), root)
    for recipe in missing.values():
        yield Found(recipe.name, recipe, skip_reason=f"{recipe.name}: {WHERE_TO_PUT_HOSTS}")


def _unknown(root: Path) -> Recipe | None:
    """A recipe for a fork that has none, or for a second checkout of a known host.

    It runs the first scenario.
    """
    checkout = locate(root)
    ready = [check.name for check in checkout.scenarios() if check.scenario is not None]
    if not ready:
        return None
    first = min(ready, key=lambda name: (not name.startswith("base_"), name))
    return Recipe(
        name=root.name,
        recognised=checkout.recognised,
        stretches=(Stretch(first, 100),),
        days=(Stretch(first, _DAY),),
        busy=Stretch(first, 30),
    )
