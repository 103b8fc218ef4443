"""The text of a prompt of minitown, the small host in ``examples/minitown``.

Its prompts name their kind in a first line ``[minitown:KIND]`` and end in lines ``Key: value``.
"""

from __future__ import annotations

from typing import Final

# How minitown's ChatGPT_safe_generate_response asks for {"output": ...}.
_ENVELOPE: Final = '\n"""\nReply to the text above with one JSON object.'


class MinitownPrompt:
    """A prompt of minitown.

    Attributes:
        text: the prompt without its JSON envelope.
        lines: its lines.
        enveloped: the host wants ``{"output": ...}`` around the answer.
    """

    def __init__(self, text: str) -> None:
        self.text, envelope, _ = text.partition(_ENVELOPE)
        self.lines = self.text.split("\n")
        self.enveloped = bool(envelope)

    def __getitem__(self, key: str) -> str:
        """The value of the last line ``key: value``; empty without one."""
        start = f"{key}: "
        return next((s[len(start) :] for s in reversed(self.lines) if s.startswith(start)), "")

    @property
    def options(self) -> list[str]:
        """The values that the line ``Options`` offers."""
        return self["Options"].split("; ")

    def before(self, key: str) -> list[str]:
        """The lines before the first line of this key, without headings and questions."""
        end = next((i for i, s in enumerate(self.lines) if s.startswith(f"{key}: ")), 0)
        return [s for s in self.lines[1:end] if s and not s.endswith((":", "?"))]
