"""A plugin: the scripted model under the name ``logged``, which logs every call that reaches it.

``$GA_OOO_ASKED`` names the file. A line is written in one piece before the call is answered, so
that it is complete whenever the process is killed.
"""

from __future__ import annotations

import json
import os

from ga_ooo.hookspecs import hookimpl
from ga_ooo.model.requests import CallKind, ModelAnswer, ModelCall, ModelClient
from ga_ooo.options import ModelOptions
from ga_ooo.scripted import Latency, ScriptedClient, ScriptedModel

MODEL = "logged"
VARIABLE = "GA_OOO_ASKED"


class LoggedModel(ScriptedClient):
    """Logs the calls that it gets. Its runs keep a journal, as those of model servers do."""

    repeats_answers = False

    async def answer(self, call: ModelCall) -> ModelAnswer:
        """See :class:`~ga_ooo.model.requests.ModelClient`."""
        with open(os.environ[VARIABLE], "ab", buffering=0) as log:  # noqa: PTH123 - unbuffered
            log.write(json.dumps(key_of(call)).encode() + b"\n")
        return await super().answer(call)


def key_of(call: ModelCall) -> list[object]:
    """The key of a call that must not be asked twice, as JSON."""
    if call.request.kind is CallKind.EMBEDDING or call.key is None:
        return ["text", call.request.fingerprint]
    key = call.key
    return ["call", key.persona, key.step, key.attempt, key.ordinal]


@hookimpl
def ga_ooo_model_client(options: ModelOptions) -> ModelClient | None:
    """The model ``logged``, and no other."""
    if options.model != MODEL:
        return None
    latency = Latency(*options.latency, seed=options.latency_seed, slots=options.slots)
    return LoggedModel(ScriptedModel(options.embedding_width), latency)
