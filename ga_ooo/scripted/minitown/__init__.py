"""Answers to the prompts of minitown, the small host in ``examples/minitown``.

From outside: :func:`answer_minitown`.
"""

from __future__ import annotations

import json

from ga_ooo.host.prompts.minitown import MinitownPrompt
from ga_ooo.scripted.minitown.answers import ANSWERS

__all__ = ["answer_minitown"]


def answer_minitown(kind: str, text: str) -> str:
    """The answer to a minitown prompt, a function of its text without the random ids.

    Args:
        kind: name of a kind of the family ``MINITOWN``.
        text: the whole prompt, with the JSON envelope where the host put one around it.

    Returns:
        The answer, as JSON where the envelope asks for JSON.
    """
    prompt = MinitownPrompt(text)
    said = ANSWERS[kind](prompt)
    return json.dumps({"output": said}, ensure_ascii=False) if prompt.enveloped else said
