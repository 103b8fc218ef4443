"""Servers that run already: probe, form, and repeated answers. Opt-in.

``GA_OOO_REAL_SERVERS`` names them: ``URL MODEL``, separated by commas. Tried so far with llama.cpp
(xllamacpp, SmolLM2-135M-Instruct as GGUF), with a LiteLLM proxy in front of it, and with vLLM::

    GA_OOO_REAL_SERVERS="http://127.0.0.1:8080/v1 smollm2" \\
        python -m pytest tests/model/client/test_real_servers.py -s
"""

from __future__ import annotations

import os
import re

import pytest

from ga_ooo.model.client import ModelNames, OpenAIClient
from ga_ooo.model.endpoints import EndpointConfig
from ga_ooo.model.grammar import number, optional, prose
from ga_ooo.model.repeatability import find_repeatability
from ga_ooo.model.requests import GENERATION, CallKind, ModelCall, ModelRequest
from ga_ooo.model.structured import PARAMETER
from ga_ooo.options import ClientOptions

SERVERS = [pair.split() for pair in os.environ.get("GA_OOO_REAL_SERVERS", "").split(",") if pair]

FORM = number(1, 10) + ") " + prose(20) + "\n" + optional("- " + prose(20) + "\n") + '"end"'


@pytest.mark.skipif(not SERVERS, reason="GA_OOO_REAL_SERVERS names no server")
@pytest.mark.parametrize(("url", "name"), SERVERS)
async def test_a_real_server(url: str, name: str) -> None:
    config = EndpointConfig(url, GENERATION)
    client = OpenAIClient(config, ModelNames.single(name), ClientOptions(attempt_deadline_s=600))
    try:
        await client.probe()
        reason = await client.find_form()
        print(f"\n{url}: {'; '.join(client.capabilities.notes) or 'no differences'}; {reason}")
        if reason is None:
            for kind in sorted(GENERATION):
                await _form_is_obeyed(client, kind)
        print(await find_repeatability(client, config))
    finally:
        await client.close()


async def _form_is_obeyed(client: OpenAIClient, kind: CallKind) -> None:
    text = "List what you do in the morning."
    messages = (("user", text),) if kind is CallKind.CHAT else ()
    for constraint, regex in (
        (FORM.constraint, FORM.regex),
        ({"choice": ["yes", "no (maybe)"]}, r"yes|no \(maybe\)"),
    ):
        parameters = {"max_tokens": 150, PARAMETER: constraint}
        request = ModelRequest(kind, "gpt", messages, "" if messages else text, parameters)
        answer = await client.answer(ModelCall(request, seed=1))
        print(f"{kind}: {answer.text!r} ({answer.finish_reason})")
        assert answer.finish_reason == "length" or re.fullmatch(regex, answer.text)
