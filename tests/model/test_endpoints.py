"""URLs of servers as users and services write them."""

from __future__ import annotations

import pytest

from ga_ooo.errors import UsageError
from ga_ooo.model.endpoints import EndpointConfig


@pytest.mark.parametrize(
    ("given", "url"),
    [
        ("http://gpu:8000", "http://gpu:8000/v1"),
        ("http://gpu:8000/", "http://gpu:8000/v1"),
        ("http://gpu:8000/v1/", "http://gpu:8000/v1"),
        (" http://gpu:8000/v1\n", "http://gpu:8000/v1"),
        ("https://host/openai/v1", "https://host/openai/v1"),
        ("http://[::1]:8000", "http://[::1]:8000/v1"),
        # as services print them
        ("http://gpu:8000/v1/chat/completions", "http://gpu:8000/v1"),
        ("http://gpu:8000/v1/completions", "http://gpu:8000/v1"),
        ("http://gpu:8000/v1/embeddings", "http://gpu:8000/v1"),
        ("http://gpu:8000/v1/models/", "http://gpu:8000/v1"),
        ("https://openrouter.ai/api/v1/chat/completions", "https://openrouter.ai/api/v1"),
        ("https://api.perplexity.ai/chat/completions", "https://api.perplexity.ai"),
        (
            "https://x.openai.azure.com/openai/deployments/d/chat/completions?api-version=1",
            "https://x.openai.azure.com/openai/deployments/d",
        ),
    ],
)
def test_url_is_completed(given: str, url: str) -> None:
    assert EndpointConfig(given).url == url


@pytest.mark.parametrize(
    "given",
    [
        *("gpu:8000", "", "ftp://gpu", "http://", "http://gpu:port", "http://[::1", "http://a b"),
        *("http://gpu:99999", "http://gpu:0", "localhost", "https:///v1"),
    ],
)
def test_what_is_no_url_is_refused(given: str) -> None:
    with pytest.raises(UsageError, match="not a model server's URL"):
        EndpointConfig(given)


@pytest.mark.parametrize(
    "given",
    [
        "http://key@gpu/v1",
        "http://user:xyzzy@gpu/v1",
        "http://gpu?key=xyzzy",
        "https://gpu/v1?api-version=1&api_key=xyzzy",
        "https://gpu/v1?subscription-key=xyzzy",
        "https://gpu/v1?access_token=xyzzy",
        "https://gpu/v1?sig=xyzzy",
        "https://gpu/v1#xyzzy",
    ],
)
def test_what_may_be_a_secret_is_refused_and_not_quoted(given: str) -> None:
    with pytest.raises(UsageError, match="OPENAI_API_KEY") as caught:
        EndpointConfig(given)
    assert "key@" not in str(caught.value)
    assert "xyzzy" not in str(caught.value)


def test_a_query_is_sent_with_every_request_and_shown_without_its_values() -> None:
    config = EndpointConfig("https://host/openai?api-version=2024-06-01&region=west")
    assert config.query == (("api-version", "2024-06-01"), ("region", "west"))
    shown = config.shown("/chat/completions")
    assert shown == "https://host/openai/chat/completions?api-version=2024-06-01&region=..."
    assert EndpointConfig("http://gpu/v1").shown("/models") == "http://gpu/v1/models"


def test_root_is_where_health_is() -> None:
    assert EndpointConfig("http://gpu:8000").root == "http://gpu:8000"
    assert EndpointConfig("https://host/openai/v1").root == "https://host/openai"
