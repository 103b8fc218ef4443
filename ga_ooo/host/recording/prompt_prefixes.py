"""How much of a prompt a server with a prefix cache has computed before."""

from __future__ import annotations

from typing import Final

from ga_ooo.model.requests import CallKind, ModelRequest

_BLOCK: Final = 256
"""Characters of a block: about 64 tokens. vLLM caches blocks of 16 tokens, so a share is a little
too small."""


class PromptPrefixes:
    """The prefixes of all prompts so far, in whole blocks: a cache without limit."""

    def __init__(self) -> None:
        self._known: set[int] = set()

    def share(self, request: ModelRequest) -> float:
        """The share of a prompt that earlier prompts had, from its start on, in [0, 1].

        From now on the whole prompt is known. Embeddings have no prefix that is kept.
        """
        text = request.text
        if request.kind is CallKind.EMBEDDING or not text:
            return 0.0
        prefix, shared, is_shared = 0, 0, True
        for start in range(0, len(text) - _BLOCK + 1, _BLOCK):
            prefix = hash((prefix, text[start : start + _BLOCK]))
            is_shared = is_shared and prefix in self._known
            shared += is_shared
            self._known.add(prefix)
        return shared * _BLOCK / len(text)
