"""The stand-in for requests with and without the real package."""

from __future__ import annotations

import importlib.util
from typing import Any

import pytest

from ga_ooo.errors import HostError, ModelError
from ga_ooo.host.sdks.host_model import HostModel
from ga_ooo.host.sdks.http import requests as replaced
from ga_ooo.model.requests import ModelAnswer

CHAT = {"messages": [{"role": "user", "content": "Hi"}]}


@pytest.fixture
def requests() -> Any:
    return replaced.make(HostModel(lambda request: ModelAnswer("yes")))["requests"]


def test_without_the_real_package(requests: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(replaced, "_real_package", lambda: None)
    for ask in (requests.post, requests.Session().post):
        reply = ask("http://h/v1/chat/completions", json=CHAT)
        assert reply.json()["choices"][0]["message"]["content"] == "yes"
    assert requests.exceptions.Timeout is requests.ConnectionError is ModelError
    with pytest.raises(HostError, match="GET http://h/news by requests, which is not installed"):
        requests.get("http://h/news")
    with pytest.raises(HostError, match=r"requests\.adapters"):
        requests.adapters  # noqa: B018 - reading it is the test


@pytest.mark.skipif(importlib.util.find_spec("requests") is None, reason="needs requests")
def test_with_the_real_package(requests: Any) -> None:
    session = requests.Session()
    assert session.adapters and requests.adapters.HTTPAdapter
    with session.post("http://h/v1/chat/completions", json=CHAT) as reply:
        assert reply.ok and reply.json()["choices"][0]["message"]["content"] == "yes"
    with pytest.raises(requests.exceptions.ConnectionError):
        requests.get("http://127.0.0.1:9/news", timeout=1)
