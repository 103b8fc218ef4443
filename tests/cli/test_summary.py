"""The commands that a finished run offers."""

from __future__ import annotations

import shlex
from datetime import datetime
from pathlib import Path

import pytest

from ga_ooo.api.requests import RunRequest
from ga_ooo.cli.finding import make_parser
from ga_ooo.cli.summary import Asked, Ending
from ga_ooo.live.figures import Figures
from ga_ooo.options import EndpointOptions, ModelOptions, Options, RunOptions, ServeOptions
from ga_ooo.options.endpoints import ALL_KINDS
from tests.cli.conftest import FORK

URLS = ("http://127.0.0.1:1/v1", "http://127.0.0.1:2/v1")


def verifying(host: Path, options: Options) -> tuple[str, list[str]]:
    """What the last command does, and its words."""
    job = RunRequest(host, FORK, "new", (500,), options, {}).check()
    figures = Figures(step=500, began=datetime(2024, 5, 6))
    ending = Ending(Asked(host, "new", FORK, (500,)), job, figures=figures, is_complete=True)
    about, command = ending.next()[-1]
    return about, shlex.split(command)


@pytest.mark.parametrize(
    ("model", "flags"),
    [
        (
            ModelOptions(urls=URLS, name="m", embedding_name="e"),
            [
                *(f"--model-url={url}" for url in URLS),
                "--model-name=m",
                "--embedding-name=e",
            ],
        ),
        (
            ModelOptions(provider="openai", name="gpt", structured_outputs=False),
            ["--provider=openai", "--model-name=gpt", "--no-structured-outputs"],
        ),
        (ModelOptions(embedding_width=8), ["--embedding-width=8"]),
        (ModelOptions(), []),
    ],
)
def test_verify_asks_the_model_of_the_run(
    host: Path, model: ModelOptions, flags: list[str]
) -> None:
    run = RunOptions(seed=3)
    about, words = verifying(host, Options(run=run, model=model))
    head = ["ga-ooo", "verify", str(host), "--fork", FORK, "--steps", "360", "--seed=3"]
    assert words == [*head, *flags]
    assert about.endswith("once more") == bool(model.servers)
    given = make_parser(["verify"]).parse_args(words[1:])
    assert vars(given)["run.seed"] == 3


@pytest.mark.parametrize(
    "options",
    [
        Options(
            model=ModelOptions(endpoints=(EndpointOptions("http://a/v1", ALL_KINDS, "m", "m"),))
        ),
        Options(serve=ServeOptions(model="m", embedding_model="e")),
    ],
)
def test_servers_without_flags_are_not_named(host: Path, options: Options) -> None:
    about, words = verifying(host, options)
    assert "scripted model" in about and words[-2:] == ["--steps", "360"]
