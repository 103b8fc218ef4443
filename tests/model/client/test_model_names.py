"""Names of models: the host's, the user's, and the server's."""

from __future__ import annotations

import pytest

from ga_ooo.model.client.model_names import ModelNames, same_model
from ga_ooo.model.requests import CallKind


def test_model_names() -> None:
    names = ModelNames(
        chat={"gpt-4": "big", "*": "small"}, completion={"text-davinci-003": "small"}
    )
    assert names.served(CallKind.CHAT, "gpt-4") == "big"
    assert names.served(CallKind.CHAT, "gpt-3.5-turbo") == "small"
    assert names.served(CallKind.COMPLETION, "text-davinci-002") == "text-davinci-002"
    assert names.targets(CallKind.CHAT) == ("big", "small")
    assert names.targets(CallKind.EMBEDDING) == ()


@pytest.mark.parametrize(
    ("name", "listed", "found"),
    [
        ("m", ["m:latest"], "m:latest"),
        ("m:latest", ["m"], "m"),
        ("Qwen3-8B", ["qwen3-8b", "other"], "qwen3-8b"),
        ("gemini-flash", ["models/gemini-flash", "models/gemini-pro"], "models/gemini-flash"),
        ("m", ["a/m", "b/m"], None),
        ("m", ["m"], None),
        ("m", ["m2", "openai/*"], None),
        ("m", [], None),
    ],
)
def test_another_spelling(name: str, listed: list[str], found: str | None) -> None:
    assert same_model(name, listed) == found
