"""Arguments of the host become a request, and its fingerprint covers what affects the answer."""

from __future__ import annotations

from ga_ooo.host.imported.openai_module import make_openai_module
from ga_ooo.model.requests import CallKind, ModelAnswer, ModelRequest


def test_transport_arguments_are_not_parameters() -> None:
    asked: list[ModelRequest] = []

    def ask(request: ModelRequest) -> ModelAnswer:
        asked.append(request)
        return ModelAnswer("yes")

    transport = ("headers", "organization", "api_type", "api_version", "extra_query")
    make_openai_module(ask).Completion.create(
        model="m",
        prompt="p",
        temperature=0.5,
        extra_headers={"Authorization": "x"},
        **dict.fromkeys(transport, "secret"),
    )
    assert asked == [
        ModelRequest(CallKind.COMPLETION, "m", prompt="p", parameters={"temperature": 0.5})
    ]


def test_half_a_surrogate_pair_has_a_fingerprint() -> None:
    whole, half = (ModelRequest(CallKind.COMPLETION, "m", prompt=p) for p in ("a", "a\ud83d"))
    assert half.fingerprint != whole.fingerprint
