"""A prompt as the imitating answer functions get it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

from ga_ooo.scripted.choice import stable_hash
from ga_ooo.scripted.mimicry.words import Language

T = TypeVar("T")


@dataclass(frozen=True)
class Question:
    """A prompt that no recogniser knows.

    Attributes:
        text: the prompt without its JSON envelope.
        language: the language that it is written in.
        attempt: how often host code failed on the move that asks: another attempt gets another
            choice, since the host may offer choices that it cannot use.
    """

    text: str
    language: Language
    attempt: int = 0

    def choose(self, options: Sequence[T]) -> T:
        """One of the options; they must not be empty."""
        return options[(stable_hash(self.text) + self.attempt) % len(options)]

    def prefer(self, preferred: Sequence[T], options: Sequence[T]) -> T:
        """One of the preferred options at the first attempt, else one of all options."""
        return self.choose(options if self.attempt or not preferred else preferred)

    @property
    def end(self) -> str:
        """The text without the space at its end."""
        return self.text.rstrip()
