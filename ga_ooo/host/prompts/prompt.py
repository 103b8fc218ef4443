"""The text of a prompt, with and without the JSON envelope that hosts put around it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Final

# The host asks chat models for {"output": ...} by text of its own around the prompt
# (ChatGPT_safe_generate_response, GPT4_safe_generate_response).
_ENVELOPE: Final = "\nOutput the response to the prompt above in json."
_EXAMPLE: Final = "Example output json:"


@dataclass(frozen=True)
class Prompt:
    """A prompt of the original or a fork.

    Attributes:
        text: the whole text that the model gets.
    """

    text: str

    @cached_property
    def enveloped(self) -> bool:
        """Whether the host wants ``{"output": ...}`` around the answer."""
        return _EXAMPLE in self.text and _ENVELOPE in self.text

    @cached_property
    def inner(self) -> str:
        """The prompt without the host's JSON envelope."""
        if not self.enveloped:
            return self.text
        body = self.text[: self.text.rindex(_ENVELOPE)].strip()
        return body.removeprefix("GPT-3 Prompt:\n").strip('"').strip()
