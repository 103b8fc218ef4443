"""The host's prompts, one module per group; ``RULES`` in the order in which they are tried."""

from ga_ooo.scripted.prompts import (
    conversation,
    decomposition,
    descriptions,
    identity,
    places,
    planning,
    reactions,
    reflection,
    town,
)
from ga_ooo.scripted.rules import Rule

# minitown's prompts name themselves, whatever else they hold. Then the most frequent first;
# identity before planning, which would take its daily plan.
RULES: tuple[Rule, ...] = (
    *town.RULES,
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
