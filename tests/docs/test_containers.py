"""What can be checked of Dockerfile and compose.yaml where no image can be built."""

from __future__ import annotations

import re
from importlib import import_module
from pathlib import Path
from typing import Any, Final

from ga_ooo.cli.finding import make_parser

ROOT: Final = Path(__file__).parents[2]


def filled(text: str) -> str:
    """The text of a compose file with its variables' defaults; those without one are there."""
    return re.sub(r"\$\{(\w+)(?::-([^}]*)|:\?[^}]*)?\}", lambda found: found[2] or "given", text)


def test_the_compose_file_runs_a_command_that_exists() -> None:
    text = (ROOT / "compose.yaml").read_text(encoding="utf-8")
    yaml: Any = import_module("yaml")
    compose = yaml.safe_load(filled(text))
    services, volumes = compose["services"], compose["volumes"]
    run = services["run"]
    given = vars(make_parser(["run"]).parse_args(run["command"].split()))
    # The servers that the run asks are those of the file.
    for url, name, service in (
        (given["model.urls"], given["model.name"], "model"),
        (given["model.embedding_urls"], given["model.embedding_name"], "embedder"),
    ):
        command = services[service]["command"].split()
        assert command[command.index("--model") + 1] == name
        assert url == [f"http://127.0.0.1:{command[command.index('--port') + 1]}/v1"]
        assert service in run["depends_on"] and "healthcheck" in services[service]
    mounted = [each.partition(":")[0] for s in services.values() for each in s["volumes"]]
    assert set(volumes) == {each for each in mounted if each != "given"}
    page = (ROOT / "docs" / "containers.md").read_text(encoding="utf-8")
    for name, default in re.findall(r"\$\{(\w+):-([^}]*)\}", text):
        assert re.search(rf"^\| `{name}` \| `?{re.escape(default)}`?\b", page, re.M), name


def test_the_image_is_made_from_files_that_exist() -> None:
    """And its last stage does not run as root."""
    text = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    for path in re.findall(r"(?<![\w/])(\.ci/[\w/.-]+)", text):
        assert (ROOT / path).exists()
    last = text.rpartition("\nFROM ")[2]
    assert re.search(r"^USER town$", last, re.M) and "ENTRYPOINT" in last
    ignored = (ROOT / ".dockerignore").read_text(encoding="utf-8").split()
    assert ".git" in ignored and "ARG VERSION=" in text
