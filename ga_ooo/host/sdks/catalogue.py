"""The stand-ins of this package."""

from __future__ import annotations

from types import ModuleType
from typing import Final

from ga_ooo.host.sdks import anthropic, asyncio, litellm, ollama
from ga_ooo.host.sdks.google.new import make_new
from ga_ooo.host.sdks.google.old import make_old
from ga_ooo.host.sdks.host_model import HostModel
from ga_ooo.host.sdks.http import httpx, requests, urllib
from ga_ooo.host.sdks.langchain import module as langchain
from ga_ooo.host.sdks.openai import make_openai_module
from ga_ooo.host.sdks.sdk import Sdk


def _openai(model: HostModel) -> dict[str, ModuleType]:
    return {"openai": make_openai_module(model)}


def _google(model: HostModel) -> dict[str, ModuleType]:
    return {"google.generativeai": make_old(model), "google.genai": make_new(model)}


BUILT_IN: Final = (
    Sdk("openai", ("openai",), _openai),
    Sdk("litellm", ("litellm",), litellm.make),
    Sdk("ollama", ("ollama",), ollama.make),
    Sdk("anthropic", ("anthropic",), anthropic.make),
    Sdk("google", ("google.generativeai", "google.genai"), _google),
    Sdk("langchain", langchain.PACKAGES, langchain.make),
    Sdk("requests", ("requests",), requests.make),
    Sdk("httpx", ("httpx",), httpx.make),
    Sdk("urllib", ("urllib.request",), urllib.make),
    Sdk("asyncio", ("asyncio", "nest_asyncio"), asyncio.make),
)
"""One per SDK."""
