"""The prompts of minitown, the small host in ``examples/minitown``."""

from __future__ import annotations

from ga_ooo.scripted.minitown import answer, kind_of
from ga_ooo.scripted.prompts.fallback import answer_unknown
from ga_ooo.scripted.rules import Prompt, Rule


def minitown(prompt: Prompt) -> str:
    """The answer, with minitown's own JSON wrapper where it asks for it."""
    kind = kind_of(prompt.text)
    said = answer(kind, prompt.text) if kind else None
    return said or answer_unknown(prompt)


RULES = (Rule("minitown", ("[minitown:",), minitown),)
