"""The text of a prompt, with and without the JSON envelope that hosts put around it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from typing import Final

# The host asks chat models for {"output": ...} by text of its own around the prompt
# (ChatGPT_safe_generate_response, GPT4_safe_generate_response).
_ENVELOPE: Final = "\nOutput the response to the prompt above in json."
_EXAMPLE: Final = "Example output json:"
# The same in the words of a fork, which may be in any language.
_ANY_ENVELOPE: Final = re.compile(
    r'\A(?:[^\n]{0,40}\n)?"""\n(?P<inner>.*)\n"""\n.{1,2000}\{"output": "(?P<example>.*)"\}\s*\Z',
    re.DOTALL,
)


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
        return (_EXAMPLE in self.text and _ENVELOPE in self.text) or self._envelope is not None

    @cached_property
    def inner(self) -> str:
        """The prompt without the host's JSON envelope."""
        if _EXAMPLE not in self.text or _ENVELOPE not in self.text:
            return self._envelope["inner"].strip() if self._envelope else self.text
        body = self.text[: self.text.rindex(_ENVELOPE)].strip()
        return body.removeprefix("GPT-3 Prompt:\n").strip('"').strip()

    @property
    def example(self) -> str | None:
        """The example output in the host's JSON envelope; None without an envelope."""
        return self._envelope["example"] if self._envelope else None

    @cached_property
    def _envelope(self) -> re.Match[str] | None:
        return _ANY_ENVELOPE.match(self.text)
