"""A user who has an API key and names no model is asked which model shall answer."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import ga_ooo as public
from ga_ooo.api.who_answers import check_model_choice
from ga_ooo.errors import UsageError
from ga_ooo.host.checkout.imports.user_keys import find_api_key
from ga_ooo.host.checkout.locate import locate
from ga_ooo.options import JournalOptions, ModelOptions, Options, RunOptions, ServeOptions
from ga_ooo.plugin import Plugins
from tests.cli.conftest import FORK, Command, everything

KEY = "sk-proj-4fJq8Zt1vWb2Yc7Lm0Np"
UTILS = Path("reverie/backend_server/utils.py")


def put_key(host: Path, place: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if place.startswith("$"):
        monkeypatch.setenv(place[1:], KEY)
    else:
        (host / UTILS).write_text(f'key_owner = "me"\nopenai_api_key = "{KEY}"\n')


@pytest.mark.parametrize(
    ("place", "remedy"),
    [
        ("$OPENAI_API_KEY", "--provider openai --model-name NAME"),
        ("$OPENROUTER_API_KEY", "--provider openrouter --model-name NAME"),
        ("utils.py, line 2", "OPENAI_API_KEY=... and --provider openai --model-name NAME"),
    ],
)
@pytest.mark.parametrize("command", ["run", "reverie", "ask", "reembed"])
def test_a_key_without_a_model_is_refused(
    command: str,
    place: str,
    remedy: str,
    host: Path,
    ga_ooo: Command,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    put_key(host, place, monkeypatch)
    before = everything(host)
    more = {
        "run": ["--fork", FORK, "--sim", "new", "--steps", "1"],
        "reverie": [],
        "ask": [FORK, "--persona", "Nora Adler", "Who are you?"],
        "reembed": [FORK],
    }[command]
    outcome = ga_ooo(command, host, *more)
    assert outcome.code == 2, outcome
    assert place in outcome.err and remedy in outcome.err and "--model scripted" in outcome.err
    assert KEY not in outcome.err + outcome.out
    assert everything(host) == before


@pytest.mark.parametrize("chosen", ["by flag", "in the file"])
def test_the_scripted_model_can_be_chosen(
    chosen: str, host: Path, ga_ooo: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_key(host, "$OPENAI_API_KEY", monkeypatch)
    flags = ["--model", "scripted"] if chosen == "by flag" else []
    if chosen == "in the file":
        (host / "ga-ooo.toml").write_text('[model]\nmodel = "scripted"\n')
    outcome = ga_ooo("run", host, "--fork", FORK, "--sim", "new", "--steps", "1", *flags)
    assert "all checks passed" in outcome.err


def test_a_comparison_needs_no_choice(host: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put_key(host, "utils.py", monkeypatch)
    command = [sys.executable, "-m", "ga_ooo", "verify", str(host), "--fork", FORK, "--steps", "1"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0 and "equal" in done.stdout, done.stdout + done.stderr


@pytest.mark.parametrize(
    "options",
    [
        Options(model=ModelOptions(provider="openai", name="m")),
        Options(model=ModelOptions(urls=("http://127.0.0.1:9/v1",), name="m")),
        Options(model=ModelOptions(model="of a plugin")),
        Options(run=RunOptions(clock="virtual")),
        Options(serve=ServeOptions(model="m", embedding_model="e")),
        Options(journal=JournalOptions(replay=Path("journal.sqlite"))),
    ],
)
def test_a_named_model_needs_no_other_choice(
    options: Options, host: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_key(host, "$OPENAI_API_KEY", monkeypatch)
    check_model_choice(options, locate(host), Plugins())


def test_the_model_of_a_plugin_is_a_choice(host: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put_key(host, "$OPENAI_API_KEY", monkeypatch)
    with pytest.raises(UsageError, match="no model is named"):
        check_model_choice(Options(), locate(host), Plugins())
    check_model_choice(Options(), locate(host), Plugins(["tests.host.prompts.sampled_model"]))


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (f'openai_api_key = "{KEY}"', 1),
        (f"import os\nos.environ['OPENAI_API_KEY'] = '{KEY}'", 2),
        (f'keys = {{"a": "{KEY}"}}', 1),
        ('azure_key: str = "0123456789abcdef0123456789abcdef"', 1),
        ('openai_api_key = "<Your OpenAI API>"', None),
        ('openai_api_key = "sk-your-api-key-goes-here-1"', None),
        ('openai_api_key = "sk-xxxxxxxxxxxxxxxxxxxxxxx1"', None),
        ('openai_api_key = "sk-00000000000000000000000"', None),
        ('openai_api_key = "none"', None),
        ('key_owner = "joonsungpark2023atstanford"', None),
        ('model = "meta-llama-3-8B-Instruct-2024"', None),
        ("import os\nopenai_api_key = os.getenv('OPENAI_API_KEY')", None),
        ("", None),
    ],
)
def test_what_is_a_key(text: str, line: int | None, host: Path) -> None:
    (host / UTILS).write_text(text)
    assert find_api_key(locate(host)) == (line and f"utils.py, line {line}")


def test_a_package_utils(host: Path) -> None:
    package = (host / UTILS).with_suffix("")
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "broken.py").write_text("openai_api_key = (")
    (package / "config.py").write_text(f'KEY = "{KEY}"\n')
    assert find_api_key(locate(host)) == "utils/config.py, line 1"


def test_from_python(host: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    with pytest.raises(UsageError, match=r"\$OPENAI_API_KEY is set"):
        public.run(host, fork=FORK, sim="new", steps=1)
