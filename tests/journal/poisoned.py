"""A plugin, ``--model poisoned``: the scripted model, whose answers may be of no use to the host.

While the file that $POISON names exists, each completion is the text POISON, on which the changed
host of the tests fails. The file counts the completions.
"""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

from ga_ooo.hookspecs import hookimpl
from ga_ooo.host.checkout.checkout import Checkout
from ga_ooo.model.requests import CallKind, ModelAnswer, ModelCall, ModelClient
from ga_ooo.options import ModelOptions
from ga_ooo.scripted import plugin

POISON = "POISON"


class PoisonedModel:
    """Asks the scripted model."""

    def __init__(self, client: ModelClient) -> None:
        self._client = client
        self._file = Path(os.environ[POISON])

    async def answer(self, call: ModelCall) -> ModelAnswer:
        answer = await self._client.answer(call)
        if call.request.kind is not CallKind.COMPLETION or not self._file.exists():
            return answer
        with self._file.open("a") as file:
            file.write("x")
        return replace(answer, text=POISON)

    async def close(self) -> None:
        await self._client.close()


@hookimpl
def ga_ooo_model_client(options: ModelOptions, checkout: Checkout | None) -> ModelClient | None:
    if options.model != "poisoned":
        return None
    scripted = plugin.ga_ooo_model_client(replace(options, model="scripted"), checkout)
    assert scripted is not None
    return PoisonedModel(scripted)
