"""The modules of LangChain that have model classes."""

from __future__ import annotations

import functools
import importlib
from types import ModuleType
from typing import Any, Final

from ga_ooo.host.sdks.host_model import HostModel
from ga_ooo.host.sdks.langchain.models import (
    ChatModel,
    ChatTextModel,
    Embeddings,
    TextModel,
    make_model,
)
from ga_ooo.host.sdks.parts import SdkModule, client_class

_CLASSES: Final[dict[str, type]] = {
    **dict.fromkeys(("ChatOpenAI", "AzureChatOpenAI", "ChatAnthropic", "ChatOllama"), ChatModel),
    **dict.fromkeys(("ChatGoogleGenerativeAI", "ChatLiteLLM", "ChatGroq"), ChatModel),
    **dict.fromkeys(("ChatMistralAI", "ChatDeepSeek", "ChatTongyi", "ChatZhipuAI"), ChatModel),
    **dict.fromkeys(("OpenAI", "AzureOpenAI", "VLLMOpenAI", "TextGen"), TextModel),
    **dict.fromkeys(("Ollama", "OllamaLLM", "OpenAIChat", "GoogleGenerativeAI"), ChatTextModel),
    **dict.fromkeys(("OpenAIEmbeddings", "AzureOpenAIEmbeddings"), Embeddings),
    **dict.fromkeys(("OllamaEmbeddings", "GoogleGenerativeAIEmbeddings"), Embeddings),
    **dict.fromkeys(("MistralAIEmbeddings", "DashScopeEmbeddings"), Embeddings),
}
"""Classes of models, and what they are."""

_HOMES: Final = (
    *("langchain.chat_models", "langchain.llms", "langchain.embeddings"),
    *("langchain_community.chat_models", "langchain_community.llms"),
    "langchain_community.embeddings",
    *("langchain_openai", "langchain_anthropic", "langchain_ollama", "langchain_google_genai"),
    *("langchain_groq", "langchain_mistralai", "langchain_deepseek", "langchain_litellm"),
)

_SUBMODULES: Final = ("openai", "ollama", "anthropic", "azure_openai", "textgen", "chat_models")
"""Modules inside these, which have the same classes."""

_AT_TOP: Final = ("OpenAI", "AzureOpenAI")
"""Classes that the package ``langchain`` itself once had."""

PACKAGES: Final = (*_HOMES, *(f"langchain.{name}" for name in _AT_TOP))
"""What is replaced."""


def make(model: HostModel) -> dict[str, Any]:
    """One module for each home, and the classes of the package itself."""
    classes = {
        name: client_class(name, "langchain", functools.partial(make_model, kind, name, model))
        for name, kind in _CLASSES.items()
    }
    modules: dict[str, ModuleType] = {}
    for home in _HOMES:
        module = SdkModule(home, model.refuse_name, classes, functools.partial(_base, home))
        vars(module).update(dict.fromkeys(_SUBMODULES, module))
        modules[home] = module
    return {**modules, **{f"langchain.{name}": classes[name] for name in _AT_TOP}}


def _base(home: str, name: str) -> Any:
    """The real module of classes that a fork derives its own from."""
    if name != "base":
        return None
    try:
        return importlib.import_module(f"{home}.base")
    except ImportError:
        return None
