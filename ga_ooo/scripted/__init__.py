"""A deterministic, offline model that answers the host's prompts (DESIGN section 5)."""

from ga_ooo.scripted.client import ScriptedClient
from ga_ooo.scripted.latency import Latency
from ga_ooo.scripted.model import ScriptedModel, recognise
from ga_ooo.scripted.rules import Prompt, Rule

__all__ = ["Latency", "Prompt", "Rule", "ScriptedClient", "ScriptedModel", "recognise"]
