"""A host whose moves ask by each SDK's published call forms: every one is the expected request to
the model, in moves, in rehearsals and outside of moves; what a stand-in lacks ends the run."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import textwrap
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.host.sdks.forms import FORMS, Form
from tests.host.tinyhost import BACKEND, make_host

REPOSITORY = Path(__file__).parents[3]

REFUSED = {
    "ollama.web_search": "import ollama\nreturn ollama.web_search('x')",
    "ollama(tools=...)": "import ollama\nreturn ollama.chat('m', [], tools=[{}])",
    "ollama(colour=...)": "import ollama\nreturn ollama.chat('m', [], colour=1)",
    "anthropic.Anthropic().models": "import anthropic\nreturn anthropic.Anthropic().models",
    "first_word of the reply of anthropic messages.create": """
import anthropic
reply = anthropic.Anthropic().messages.create(messages=[{"role": "user", "content": "Hi"}])
return reply.first_word
""",
    "litellm.token_counter": "import litellm\nreturn litellm.token_counter()",
    "google.genai.Client().files": "from google import genai\nreturn genai.Client().files",
    "langchain_openai.Sora": "from langchain_openai import Sora",
    "bind_tools(...)": "from langchain_openai import ChatOpenAI\nChatOpenAI().bind_tools([])",
    "n=2": """
import requests
requests.post("http://h/v1/completions", json={"prompt": "Hi", "n": 2})
""",
    "waits for something other than the model": """
import asyncio
async def wait():
    await asyncio.Event().wait()
asyncio.run(wait())
""",
}
"""What is named, by the code of the move."""


def run_forms(
    folder: Path, codes: Mapping[str, str], plugins: tuple[str, ...] = (), path: Path | None = None
) -> dict[str, Any]:
    """What each form has asked and returned.

    Args:
        folder: for the host.
        codes: bodies of functions, by name. Each is run inside a bare ``except:``, as in hosts.
        plugins: modules of plugins.
        path: folder of these modules.
    """
    root = make_host(folder)
    lines = ["FORMS = {}"]
    for number, (name, code) in enumerate(codes.items()):
        body = textwrap.indent(code.strip(), "    " * 2)
        lines.append(f"def form_{number}():\n    try:\n{body}")
        lines.append("    except ZeroDivisionError:\n        return 'swallowed'")
        lines.append(f"FORMS[{name!r}] = form_{number}")
    (root / BACKEND / "forms.py").write_text("\n".join(lines))
    reverie = root / BACKEND / "reverie.py"
    reverie.write_text(f"import forms\n{reverie.read_text()}")
    paths = os.pathsep.join(map(str, filter(None, (REPOSITORY, path))))
    done = subprocess.run(
        [sys.executable, "-W", "error", "-m", "tests.host.sdks.asking", str(root), *plugins],
        env={**os.environ, "PYTHONPATH": paths},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    outcomes: dict[str, Any] = json.loads(done.stdout)
    return outcomes


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    codes = {name: form.code for name, form in FORMS.items()} | REFUSED
    return run_forms(tmp_path_factory.mktemp("asking"), codes)


@pytest.mark.parametrize("name", FORMS)
def test_a_form_is_a_request_to_the_model(name: str, outcomes: dict[str, Any]) -> None:
    form: Form = FORMS[name]
    for where in ("move", "rehearsal", "outside"):
        found = outcomes[name][where]
        assert found["result"] == form.result, where
        assert found["asked"][-1] == json.loads(json.dumps([form.asked, form.parameters])), where


@pytest.mark.parametrize("named", REFUSED)
def test_what_is_not_there_ends_the_run_and_is_named(named: str, outcomes: dict[str, Any]) -> None:
    (result,) = (outcomes[named][where]["result"] for where in ("move",))
    assert result.startswith("ended: ") and named in result and "remedy: " in result


def test_the_plugin_printed_in_the_docs(tmp_path: Path) -> None:
    page = (REPOSITORY / "docs" / "hooks.md").read_text()
    (source,) = (code for code in re.findall(r"```python\n(.*?)```", page, re.S) if "Zhipu" in code)
    (tmp_path / "zhipu.py").write_text(source)
    create = "zhipuai.ZhipuAI(api_key='x').chat.completions.create"
    ask = f"return {create}(model='glm', messages=[{{'role': 'user', 'content': 'Hi'}}], tools=%s)"
    forms = {
        "asks": f"import zhipuai\n{ask % None}.choices[0].message.content",
        "tools": f"import zhipuai\n{ask % [1]}",
        "name": "import zhipuai\nreturn zhipuai.embeddings",
    }
    found = run_forms(tmp_path, forms, ("zhipu",), tmp_path)
    assert found["asks"]["move"] == {"asked": [[[["user", "Hi"]], {}]], "result": "yes"}
    assert "zhipuai tools=..." in found["tools"]["move"]["result"]
    assert "zhipuai.embeddings" in found["name"]["move"]["result"]
