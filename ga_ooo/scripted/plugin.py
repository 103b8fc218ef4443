"""The hook by which ``--model scripted``, the default, is answered by the scripted model."""

from __future__ import annotations

from ga_ooo.hookspecs import hookimpl
from ga_ooo.model.requests import ModelClient
from ga_ooo.options import SCRIPTED, ModelOptions
from ga_ooo.scripted.client import ScriptedClient
from ga_ooo.scripted.latency import Latency
from ga_ooo.scripted.model import ScriptedModel


@hookimpl(trylast=True)
def ga_ooo_model_client(options: ModelOptions) -> ModelClient | None:
    """The scripted model, where the options name it and no model server."""
    if options.servers or options.model != SCRIPTED:
        return None
    base, per_output, per_input = options.latency
    latency = Latency(base, per_output, per_input, seed=options.latency_seed, slots=options.slots)
    return ScriptedClient(ScriptedModel(options.embedding_width), latency)
