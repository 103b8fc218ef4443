"""The host's prompts, one module per group; ``RULES`` in the order in which they are tried."""

from ga_ooo.llm.scripted.prompts import (
    conversation,
    decomposition,
    descriptions,
    identity,
    places,
    planning,
    reactions,
    reflection,
)
from ga_ooo.llm.scripted.rules import Rule

# Most frequent first; identity before planning, which would take its daily plan.
RULES: tuple[Rule, ...] = (
    *reactions.RULES,
    *descriptions.RULES,
    *places.RULES,
    *conversation.RULES,
    *reflection.RULES,
    *identity.RULES,
    *decomposition.RULES,
    *planning.RULES,
)

__all__ = ["RULES"]
