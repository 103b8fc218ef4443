"""The commands that README and docs print are run, on a small town and servers of this machine.

A command is changed in few places: the checkout is minitown, the scenario is one of 5 people, runs
are short, and model servers are one that checks each request against OpenAI's published schema.
Those of the tutorial that use minitown are run as printed, in test_commands.py.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest

from tests.docs.strict_server import strict_server
from tests.docs.test_commands import PAGES, ROOT, printed_commands, words_of

SCENARIO: Final = "demo_minitown_n5"
STEPS: Final = "4"

NOT_RUN: Final = {
    "serve ": "starts vLLM: tests/cli/settings/test_serve.py with a stand-in, tests/vllm with vLLM",
    "watch ": "shows a page until it is stopped: tests/watch",
    "run path/to/generative_agents --fork base_the_ville_n25 --sim my-day": "as above, by --watch",
    "bench ": "takes eight processes: tests/lab/bench",
    "verify HOST ": "takes four processes, after those of the README: tests/lab/verify",
    "verify path/to/generative_agents --fork base_the_ville_n25 --steps 3000 --whispers": "needs a "
    "run in which somebody whispered: tests/host/run/own_prompts/test_whispers.py",
    "replay day0.npz --hours busy --agents 100,500,1000": "takes minutes: tests/lab/replay",
    "ask ": "the persona is one of the original: tests/api/test_asking.py",
}
"""The beginnings of commands that are not run, with the reason and the tests that do so."""

NEEDS_RAY: Final = re.compile(r"--workers (?!0\b)|--ray-address")
"""Commands with workers are not run, whatever they begin with: tests/cluster does so."""

_HOSTS: Final = ("HOST", "CHECKOUT", "COPY", "generative_agents", "path/to/generative_agents")
MODELS: Final = ("gpt-4o-mini", "text-embedding-3-small")
"""The models of the server, in place of those that a command names. They have prices."""

BEGUN: Final = "taken"
"""The simulation in place of those that a command looks at."""


@dataclass(frozen=True)
class Places:
    """What stands for the words of a command.

    Attributes:
        host: a checkout.
        folder: for files.
        server: base URL of model servers.
    """

    host: Path
    folder: Path
    server: str


def printed(places: Places) -> list[tuple[str, str, list[str]]]:
    """Page, command and changed arguments of all that are run; those that become equal once."""
    found: dict[tuple[str, ...], tuple[str, str, list[str]]] = {}
    for page in PAGES:
        for command in printed_commands(page):
            if "my-town" not in command and is_run(command):
                sim = f"sim{len(found)}"
                words = runnable(command, sim, places)
                key = tuple(word.replace(sim, "") for word in words)
                found.setdefault(key, (page.name, command, words))
    return list(found.values())


def is_run(command: str) -> bool:
    """No other test runs the command."""
    return not command.startswith(tuple(NOT_RUN)) and not NEEDS_RAY.search(command)


def runnable(command: str, sim: str, places: Places) -> list[str]:
    """The arguments of a command, changed as this file's first lines say.

    Args:
        sim: name of the new simulation, if it makes one.
    """
    # Of alternatives, the first.
    words = words_of(re.sub(r"\[(.*?) \|.*?\]|(lockstep)\|ooo", r"\1\2", command))
    name, *rest = words
    done, last = [name], ""
    for word in rest:
        if word == "..." and last != "--policy":
            done += ["--fork", SCENARIO, "--sim", sim, "--steps", STEPS]
        elif last == "--steps" and name == "forecast":
            done.append(word)
        else:
            done.append(_word(word, last, sim, places))
        last = word
    if name in ("resume", "check", "forecast", "export", "report", "reembed", "transcript"):
        done[2] = BEGUN
    if "--provider" in done:
        done += ["--model-url", places.server]
    return done


def _word(word: str, last: str, sim: str, places: Places) -> str:
    by_flag = {
        "--fork": SCENARIO,
        "--sim": sim,
        "--steps": STEPS,
        "--seed": "1",
        "--latency-seed": "1",
        "--policy": "parallel-sync",
        "--hours": "all",
        "--agents": "10",
        "--stagger": "0",
        "--model-name": MODELS[0],
        "--embedding-name": MODELS[1],
        "--model-url": places.server,
        "--embedding-url": places.server,
        "--against": BEGUN,
        "--trace": f"{places.folder}/{sim}.npz",
        "--output": f"{places.folder}/{sim}-{word}",
        "--journal": f"{places.folder}/{word}",
        "--replay": f"{places.folder}/{word}",
    }
    if re.fullmatch(r"day\d?\.npz", word) and last != "--trace":
        return str(places.folder / "trace.npz")
    return by_flag.get(last) or (str(places.host) if word in _HOSTS else word)


@pytest.fixture(scope="module")
def places(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Places]:
    """A checkout with one simulation, of which there is a trace; and a server."""
    folder = tmp_path_factory.mktemp("printed")
    ignored = shutil.ignore_patterns("__pycache__", "*_n25")
    shutil.copytree(ROOT / "examples" / "minitown", folder / "town", ignore=ignored)
    # What the page about costs says first.
    text = (ROOT / "docs" / "costs.md").read_text(encoding="utf-8")
    (folder / "ga-ooo.toml").write_text(text.partition("```toml\n")[2].partition("```")[0])
    with strict_server(MODELS) as server:
        yield Places(folder / "town", folder, server)


def test_printed_commands_run(places: Places) -> None:
    begun = ["--fork", SCENARIO, "--sim", BEGUN, "--steps", "40", "--clock", "virtual"]
    trace = ["--latency", "0.05", "--trace", f"{places.folder}/trace.npz"]
    to_run = [("", "", ["run", str(places.host), *begun, *trace]), *printed(places)]
    done = run([words for _, _, words in to_run], places.folder)
    failed = [
        f"{page}: {command}\n  run as {' '.join(words)}\n  exit code {code}: {output}"
        for (page, command, words), (code, output) in zip(to_run, done, strict=True)
        if code != 0 or "Traceback" in output
    ]
    assert not failed, "\n".join(failed)


def run(commands: Sequence[list[str]], folder: Path) -> list[tuple[int, str]]:
    """Exit code and output of each command."""
    environment = {**os.environ, "PYTHONHASHSEED": "0", "PYTHONPATH": str(ROOT)}
    environment.pop("GA_OOO_CONFIG", None)
    done = subprocess.run(
        [sys.executable, "-m", "tests.docs.run_commands"],
        input=json.dumps(commands),
        env=environment,
        cwd=folder,
        capture_output=True,
        text=True,
        check=True,
    )
    return [(code, output) for code, output in json.loads(done.stdout)]


def test_each_exception_is_a_printed_command() -> None:
    commands = [command for page in PAGES for command in printed_commands(page)]
    for beginning in NOT_RUN:
        assert any(command.startswith(beginning) for command in commands), beginning
