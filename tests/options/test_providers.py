"""``--provider``: the usual settings of services and servers."""

from __future__ import annotations

from pathlib import Path
from typing import Any, get_args

import pytest

from ga_ooo.errors import UsageError
from ga_ooo.model.assembly import make_router
from ga_ooo.options import LOCAL, PROVIDERS, ModelOptions
from ga_ooo.options.providers import ProviderName

DOCS = Path(__file__).parents[2] / "docs" / "servers.md"


def test_the_table_is_whole_and_documented() -> None:
    assert tuple(PROVIDERS) == get_args(ProviderName)
    text = DOCS.read_text(encoding="utf-8")
    for name, provider in PROVIDERS.items():
        row = next(line for line in text.splitlines() if line.startswith(f"| `{name}` |"))
        assert f"`{provider.url or provider.example}`" in row
        assert f"`{provider.key_env}`" in row
        assert provider.embedding_name in row


@pytest.mark.parametrize("name", PROVIDERS)
async def test_a_provider_gives_url_key_and_embedding_model(name: Any) -> None:
    provider = PROVIDERS[name]
    given = () if provider.url else (provider.example,)
    options = ModelOptions(provider=name, urls=given, name="m")
    (server,) = options.servers
    assert (server.url, server.key_env) == (provider.url or provider.example, provider.key_env)
    assert (server.name, server.limit) == ("m", provider.limit)
    assert server.embedding_name == (provider.embedding_name or "m")
    await make_router(options).close()


def test_flags_go_over_the_provider() -> None:
    options = ModelOptions(
        provider="openai",
        urls=("https://proxy.example/v1",),
        name="m",
        embedding_urls=("http://127.0.0.1:8001/v1",),
        embedding_name="e",
    )
    chat, embedding = options.servers
    assert (chat.url, chat.key_env, chat.embedding_name) == (
        "https://proxy.example/v1",
        "OPENAI_API_KEY",
        "",
    )
    assert (embedding.url, embedding.name, embedding.embedding_name) == (
        "http://127.0.0.1:8001/v1",
        "",
        "e",
    )


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"provider": "azure", "name": "m"}, "RESOURCE.openai.azure.com"),
        ({"provider": "openai"}, "--model-name"),
        ({"provider": "opena1", "name": "m"}, "openrouter"),
    ],
)
def test_a_provider_without_what_it_needs(given: Any, words: str) -> None:
    with pytest.raises(UsageError) as caught:
        ModelOptions(**given)
    assert words in f"{caught.value}"


def test_local_embeddings_need_their_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "sentence_transformers", None)
    options = ModelOptions(
        provider="openrouter", name="m", embedding_urls=(LOCAL,), embedding_name="minilm"
    )
    with pytest.raises(UsageError) as caught:
        make_router(options)
    assert "pip install 'PATH/TO/CLONE[embeddings]'" in caught.value.remedy
