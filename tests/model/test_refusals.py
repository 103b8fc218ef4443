"""A refused prompt: the run stops, or the host takes its fail-safe."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ga_ooo.model.errors import ContentFilterError
from ga_ooo.model.refusals import REFUSED, FailSafeAnswers
from ga_ooo.model.requests import CallKey, CallKind, ModelAnswer, ModelCall, ModelRequest


class Filtering:
    """Refuses prompts about a fight."""

    async def answer(self, call: ModelCall) -> ModelAnswer:
        if "fight" in call.request.text:
            raise ContentFilterError("POST http://x/v1/completions", 400, "content_filter")
        return ModelAnswer("tea")

    async def close(self) -> None:
        pass


def call(kind: CallKind, text: str) -> ModelCall:
    messages = (("user", text),) if kind is CallKind.CHAT else ()
    request = ModelRequest(kind, "gpt", messages, "" if messages else text)
    return ModelCall(request, CallKey("Klaus", 7, 0))


@pytest.mark.parametrize("kind", [CallKind.CHAT, CallKind.COMPLETION])
async def test_a_refused_prompt_has_an_empty_answer(
    kind: CallKind, caplog: pytest.LogCaptureFixture
) -> None:
    client = FailSafeAnswers(Filtering())
    assert await client.answer(call(kind, "a fight")) == ModelAnswer(finish_reason=REFUSED)
    assert "Klaus, step 7" in caplog.text
    assert await client.answer(call(kind, "a tea")) == ModelAnswer("tea")
    assert (await client.answer(replace(call(kind, "fight"), key=None))).text == ""


async def test_an_embedding_has_no_fail_safe() -> None:
    client = FailSafeAnswers(Filtering())
    with pytest.raises(ContentFilterError) as caught:
        await client.answer(call(CallKind.EMBEDDING, "a fight"))
    assert "--on-refusal fail-safe" in caught.value.remedy
