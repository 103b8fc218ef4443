"""What an answer function is, and how its answer is written."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from ga_ooo.host.prompts.prompt import Prompt

Answer: TypeAlias = str | list[list[str]]
"""A text, or rows that are written as JSON."""

Answers: TypeAlias = Mapping[str, Callable[[Prompt], Answer]]
"""Answer functions by the name of the kind that they answer."""


@dataclass(frozen=True)
class Rule:
    """A kind of prompt that only a fork has, and its answer.

    Attributes:
        fragments: texts that must all occur in the prompt.
        answer: makes the answer.
    """

    fragments: tuple[str, ...]
    answer: Callable[[Prompt], Answer]

    def matches(self, text: str) -> bool:
        """Whether a prompt is of this kind."""
        return all(fragment in text for fragment in self.fragments)


def written(prompt: Prompt, answer: Answer) -> str:
    """The answer as a model would write it, in the host's JSON envelope where the prompt asks."""
    if prompt.enveloped:
        return json.dumps({"output": answer}, ensure_ascii=False)
    return answer if isinstance(answer, str) else json.dumps(answer, ensure_ascii=False)
