"""The hook by which ``--model scripted``, the default, is answered by the scripted model."""

from __future__ import annotations

from ga_ooo.hookspecs import hookimpl
from ga_ooo.host.checkout.checkout import Checkout
from ga_ooo.host.prompts.templates import read_templates
from ga_ooo.model.requests import ModelClient
from ga_ooo.options import SCRIPTED, ModelOptions
from ga_ooo.scripted.client import ScriptedClient
from ga_ooo.scripted.latency import Latency
from ga_ooo.scripted.model import ScriptedModel
from ga_ooo.scripted.unknown import UnknownPrompts


@hookimpl(trylast=True)
def ga_ooo_model_client(options: ModelOptions, checkout: Checkout | None) -> ModelClient | None:
    """The scripted model, where the options name it and no model server."""
    if options.servers or options.embedded_model != SCRIPTED:
        return None
    base, per_output, per_input = options.latency
    latency = Latency(base, per_output, per_input, seed=options.latency_seed, slots=options.slots)
    model = ScriptedModel(
        options.embedding_width,
        templates=read_templates(checkout.backend) if checkout else None,
        unknown_prompts=UnknownPrompts(options.unknown_prompts),
    )
    return ScriptedClient(model, latency)
