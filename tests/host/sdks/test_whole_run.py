"""A town whose code asks by other packages leaves the same files as one that asks by openai."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from ga_ooo.host.checkout.shipped import data_folder
from ga_ooo.lab.verify.compare import compare
from tests.hosts import copy_host

FORK = "demo_minitown_n5"
STORAGE = Path("environment/frontend_server/storage")
ASKING = Path("reverie/backend_server/persona/prompt_template/gpt_structure.py")

BY_OTHER_PACKAGES = """

import asyncio
import json

import litellm
import ollama
import requests

_session = requests.Session()
_embedder = ollama.AsyncClient(host="http://localhost:11434")


def ChatGPT_request(prompt):
    reply = litellm.completion("gpt-3.5-turbo", [{"role": "user", "content": prompt}])
    return reply.choices[0].message.content


def GPT_request(prompt, gpt_parameter):
    body = {**gpt_parameter, "model": gpt_parameter["engine"], "prompt": prompt}
    del body["engine"]
    reply = _session.post("http://localhost:5000/v1/completions", data=json.dumps(body))
    return reply.json()["choices"][0]["text"]


def get_embedding(text, model="text-embedding-ada-002"):
    async def embed():
        asked = text.replace("\\n", " ") or "nothing at all"
        return (await _embedder.embed(model=model, input=asked))["embeddings"][0]
    return asyncio.run(embed())
"""


def test_the_files_are_the_same(tmp_path: Path) -> None:
    original = data_folder("minitown")
    fork = copy_host(original, tmp_path / "fork", FORK)
    with (fork / ASKING).open("a") as code:
        code.write(BY_OTHER_PACKAGES)
    simulations = [run(host, tmp_path / name) for name, host in (("a", original), ("b", fork))]
    assert compare(*simulations).equal


def run(host: Path, folder: Path) -> Path:
    """The simulation that a short run leaves, with rehearsals."""
    shutil.copytree(host / STORAGE / FORK, folder / "storage" / FORK)
    (folder / "temp").mkdir()
    command = [sys.executable, "-m", "ga_ooo", "run", str(host), "--fork", FORK, "--sim", "sim"]
    command += ["--steps", "12", "--clock", "virtual", "--latency", "0.05:0.02:0.0001"]
    command += ["--storage", str(folder / "storage"), "--temp-storage", str(folder / "temp")]
    variables = {**os.environ, "PYTHONHASHSEED": "0"}
    done = subprocess.run(command, env=variables, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return folder / "storage" / "sim"
