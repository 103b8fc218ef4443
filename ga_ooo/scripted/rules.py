"""How a prompt finds its answer: a rule is a recogniser and an answer function.

The host has no names for its prompts on the wire, so each is recognised by short fragments of
its wording. Rules are tried in order and the first match answers; a fork with prompts of its
own passes further rules to :class:`~ga_ooo.scripted.model.ScriptedModel`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property

# The host asks chat models for {"output": ...} by text of its own around the prompt
# (ChatGPT_safe_generate_response, GPT4_safe_generate_response).
_ENVELOPE = "\nOutput the response to the prompt above in json."
_EXAMPLE = "Example output json:"


@dataclass(frozen=True)
class Prompt:
    """A prompt as an answer function sees it.

    Attributes:
        text: the whole text that asks.
        enveloped: the host wants ``{"output": ...}`` around the answer.
    """

    text: str

    @cached_property
    def enveloped(self) -> bool:
        return _EXAMPLE in self.text and _ENVELOPE in self.text

    @cached_property
    def inner(self) -> str:
        """The prompt without the host's JSON envelope."""
        if not self.enveloped:
            return self.text
        body = self.text[: self.text.rindex(_ENVELOPE)].strip()
        return body.removeprefix("GPT-3 Prompt:\n").strip('"').strip()


Answer = str | list[list[str]]


@dataclass(frozen=True)
class Rule:
    """One kind of prompt.

    Attributes:
        name: the kind, as statistics show it.
        fragments: texts that must all occur in the prompt.
        answer: makes the answer; a list is given as JSON.
    """

    name: str
    fragments: tuple[str, ...]
    answer: Callable[[Prompt], Answer]

    def matches(self, text: str) -> bool:
        return all(fragment in text for fragment in self.fragments)


def find_rule(rules: Iterable[Rule], text: str) -> Rule | None:
    """The first rule that matches, or None."""
    for rule in rules:
        if rule.matches(text):
            return rule
    return None


def render(prompt: Prompt, answer: Answer) -> str:
    """The answer as the model would write it, in the host's JSON envelope where it asks."""
    if prompt.enveloped:
        return json.dumps({"output": answer}, ensure_ascii=False)
    return answer if isinstance(answer, str) else json.dumps(answer, ensure_ascii=False)
