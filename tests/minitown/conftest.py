"""The folders and modules of minitown, and a copy of it that can be run."""

from __future__ import annotations

import importlib.util
import shutil
import sys
from pathlib import Path
from types import ModuleType

import pytest

MINITOWN = Path(__file__).parents[2] / "examples" / "minitown"
BACKEND = Path("reverie/backend_server")
FRONTEND = Path("environment/frontend_server")

# The utils.py of a user; here it also removes all sleeps.
UTILS = """\
import time
time.sleep = lambda seconds: None
openai_api_key = "none"
key_owner = "nobody"
maze_assets_loc = "../../environment/frontend_server/static_dirs/assets"
env_matrix = f"{maze_assets_loc}/minitown/matrix"
fs_storage = "../../environment/frontend_server/storage"
fs_temp_storage = "../../environment/frontend_server/temp_storage"
collision_block_id = "32125"
debug = False
"""

# A module openai with the API before 1.0, which gives scripted answers.
OPENAI = """\
import hashlib
import types
from ga_ooo.host.prompts.kinds import Family, recognise
from ga_ooo.scripted.minitown import answer_minitown

def reply(prompt):
    kind = recognise(prompt)
    if kind.family is not Family.MINITOWN:
        raise SystemExit(f"no answer to {prompt}")
    return answer_minitown(kind.name, prompt)

class ChatCompletion:
    @staticmethod
    def create(model, messages):
        return {"choices": [{"message": {"content": reply(messages[0]["content"])}}]}

class Completion:
    @staticmethod
    def create(prompt, stop, **parameters):
        text = reply(prompt)
        for end in stop or []:
            text = text.split(end)[0]
        return types.SimpleNamespace(choices=[types.SimpleNamespace(text=text)])

class Embedding:
    @staticmethod
    def create(input, model):
        digest = hashlib.blake2b(input[0].encode(), digest_size=16).digest()
        return {"data": [{"embedding": [byte / 255 for byte in digest]}]}
"""


def copy_town(target: Path) -> Path:
    """A copy of minitown without its large scenarios, with the modules that a user adds."""
    shutil.copytree(MINITOWN, target, ignore=shutil.ignore_patterns("__pycache__", "*_n25"))
    (target / BACKEND / "utils.py").write_text(UTILS)
    (target / BACKEND / "openai.py").write_text(OPENAI)
    return target


@pytest.fixture
def town(tmp_path: Path) -> Path:
    return copy_town(tmp_path / "minitown")


@pytest.fixture(scope="session")
def path_finder() -> ModuleType:
    """The path finder of minitown, loaded without importing the town as a package."""
    return _load("minitown_path_finder", MINITOWN / BACKEND / "path_finder.py")


@pytest.fixture(scope="session")
def make_town() -> ModuleType:
    """The generator of the map and the scenarios."""
    return _load("minitown_make_town", MINITOWN / "make_town.py")


def _load(name: str, path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    writes, sys.dont_write_bytecode = sys.dont_write_bytecode, True
    try:
        spec.loader.exec_module(module)
    finally:
        sys.dont_write_bytecode = writes
    return module
