"""Which stand-in counts, what need not be installed, and what hosts import."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from ga_ooo.errors import UsageError
from ga_ooo.host.checkout.imports.modules import ImportedName
from ga_ooo.host.checkout.locate import locate
from ga_ooo.host.imported.host_time import HostTime
from ga_ooo.host.imported.modules import _replacements
from ga_ooo.host.sdks.catalogue import BUILT_IN
from ga_ooo.host.sdks.host_model import HostModel
from ga_ooo.host.sdks.imports import sdk_imports, unanswered_imports
from ga_ooo.host.sdks.sdk import Sdk, make_replacements, replaces, who_replaces
from ga_ooo.model.requests import ModelAnswer
from tests.host.tinyhost import BACKEND, write

MODEL = HostModel(lambda request: ModelAnswer("yes"))


def sdk(name: str, *packages: str, made: Mapping[str, Any] | None = None) -> Sdk:
    modules = {package: ModuleType(name) for package in packages} if made is None else made
    return Sdk(name, packages, lambda _: modules)


def test_the_plugin_counts_before_the_built_in_stand_in() -> None:
    sdks = (sdk("mine", "ollama"), *BUILT_IN)
    assert who_replaces(sdks, "ollama._client") is sdks[0]
    assert make_replacements(sdks, MODEL)["ollama"].__name__ == "mine"


@pytest.mark.parametrize("made", [{}, None])
def test_a_stand_in_that_cannot_be_made_is_named(made: Any) -> None:
    broken = Sdk("mine", ("a.b",), lambda _: made)
    with pytest.raises(UsageError, match="the stand-in for mine cannot be made"):
        make_replacements((broken,), MODEL)


@pytest.mark.parametrize(
    ("module", "names", "replaced"),
    [
        ("openai", (), True),
        ("google", (), True),
        ("google", ("genai",), True),
        ("google", ("genai", "protobuf"), False),
        ("google.protobuf", (), False),
        ("langchain", (), True),
        ("langchain", ("OpenAI",), True),
        ("langchain.llms.openai", ("OpenAI",), True),
        ("langchain.llms", ("*",), True),
        ("langchain.prompts", ("PromptTemplate",), False),
    ],
)
def test_what_need_not_be_installed(module: str, names: tuple[str, ...], replaced: bool) -> None:
    imported = ImportedName(module, (), names == ("*",), names)
    assert replaces(BUILT_IN, imported) is replaced


def test_a_module_of_the_host_is_not_replaced(tiny: Path) -> None:
    write(tiny / BACKEND / "litellm.py", "")
    modules = {name: ModuleType(name) for name in ("litellm", "openai")}
    assert _replacements(locate(tiny), modules, HostTime()).keys() == {"openai", "selenium", "time"}


def test_a_model_in_the_host_is_named_if_it_was_imported(
    tiny: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = (tiny / BACKEND / "path_finder.py").read_text()
    write(tiny / BACKEND / "path_finder.py", f"def later():\n  import llama_cpp\n\n\n{text}")
    checkout = locate(tiny)
    # The client of model servers imports aiohttp, which hosts can ask models with.
    monkeypatch.setitem(sys.modules, "aiohttp", ModuleType("aiohttp"))
    assert unanswered_imports(checkout, BUILT_IN) == []
    monkeypatch.setitem(sys.modules, "llama_cpp", ModuleType("llama_cpp"))
    (found,) = unanswered_imports(checkout, BUILT_IN)
    assert found.problem.startswith("path_finder.py, line 2: imports llama_cpp, which runs a model")
    assert "ga-ooo serve" in found.remedy
    assert unanswered_imports(checkout, (sdk("mine", "llama_cpp"), *BUILT_IN)) == []


@pytest.mark.parametrize(
    ("statement", "package"),
    [
        ("import http.client", "http.client"),
        ("from http import client", "http.client"),
        ("from http.client import HTTPSConnection", "http.client"),
        ("import urllib3", "urllib3"),
        ("from http import HTTPStatus", None),
    ],
)
def test_a_package_that_connects_past_the_stand_ins_is_named(
    tiny: Path, statement: str, package: str | None
) -> None:
    text = (tiny / BACKEND / "path_finder.py").read_text()
    write(tiny / BACKEND / "path_finder.py", f"{statement}\n{text}")
    checkout = locate(tiny)
    found = [each.package for each in sdk_imports(checkout, BUILT_IN) if each.sdk is None]
    assert found == ([] if package is None else [package])
    assert unanswered_imports(checkout, BUILT_IN) == []
