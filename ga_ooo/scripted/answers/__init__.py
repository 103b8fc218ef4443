"""Answers to the prompts of the original and its forks, one module for each group of kinds.

From outside: :data:`ANSWERS`. For prompts of other kinds see :mod:`ga_ooo.scripted.mimicry`.
"""

from typing import Final

from ga_ooo.scripted.answering import Answers
from ga_ooo.scripted.answers import (
    conversation,
    decomposition,
    descriptions,
    identity,
    places,
    planning,
    reactions,
    reflection,
)

ANSWERS: Final[Answers] = {
    **reactions.ANSWERS,
    **descriptions.ANSWERS,
    **places.ANSWERS,
    **conversation.ANSWERS,
    **reflection.ANSWERS,
    **identity.ANSWERS,
    **decomposition.ANSWERS,
    **planning.ANSWERS,
}

__all__ = ["ANSWERS"]
