"""Forks as they are: each runs equal to its own loop, or is refused with the reason.

The other tests run the hosts of ``recipes.py`` in many ways. A fork that is laid out beside them is
compared once, over the shortest stretch that shows what is special about it.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Final

import pytest

from compat_tests.town import BACKEND, copy_of, ga_ooo
from tests.hosts import copy_host, find_hosts

CONFIG: Final = """{
  "client": "openai", "model": "m", "model-key": "none", "model-costs": {"input": 1, "output": 1},
  "embeddings-client": "openai", "embeddings": "e", "embeddings-key": "none",
  "embeddings-costs": {"input": 1, "output": 0},
  "experiment-name": "compared", "cost-upperbound": 1000
}
"""


@dataclass(frozen=True)
class Fork:
    """A public fork.

    Attributes:
        name: of the folder in which it is laid out.
        scenario: the one to fork.
        steps: number of compared steps.
        special: what the stretch shows.
        needs: packages that its modules import.
        files: files that a user writes before a run.
    """

    name: str
    scenario: str
    steps: int
    special: str
    needs: tuple[str, ...] = ()
    files: tuple[tuple[str, str], ...] = ()


FORKS: Final = (
    Fork(
        "agentic_collab",
        "base_the_ville_isabella_maria_klaus",
        3,
        "structured outputs; a log of costs; the body of the loop in a helper method",
        needs=("openai_cost_logger",),
        files=(("openai_config.json", CONFIG),),
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
)

REFUSED: Final = (("setonix", ("huggingface_hub", "torch", "transformers")),)
"""Forks that cannot run as they are, and the packages that ``doctor`` names."""


@pytest.mark.parametrize("fork", FORKS, ids=lambda fork: fork.name)
def test_a_fork_equals_its_own_loop(fork: Fork, tmp_path: Path) -> None:
    source = find_hosts().get(fork.name)
    if source is None:
        pytest.skip(f"{fork.name} is not laid out: {fork.special}")
    for package in fork.needs:
        if find_spec(package) is None:
            pytest.skip(f"{fork.name} needs {package}: {fork.special}")
    host = copy_host(source, tmp_path / "host", fork.scenario)
    for name, content in fork.files:
        (host / name).write_text(content)
    where = ("--fork", fork.scenario, "--steps", str(fork.steps))
    done = ga_ooo("verify", host, *where).expect()
    assert "equal: " in done.output


@pytest.mark.parametrize(("name", "packages"), REFUSED)
def test_a_fork_that_cannot_run_is_refused(
    name: str, packages: tuple[str, ...], tmp_path: Path
) -> None:
    source = find_hosts().get(name)
    if source is None:
        pytest.skip(f"{name} is not laid out: models in the process of the host")
    absent = [package for package in packages if find_spec(package) is None]
    if not absent:
        pytest.skip(f"all packages of {name} are installed")
    host = copy_of(source, tmp_path / "host")
    assert (host / BACKEND / "utils.py").is_file()
    done = ga_ooo("doctor", host)
    assert done.code != 0
    for package in absent:
        assert f"imports '{package}', which is not installed" in done.output
