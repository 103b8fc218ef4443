"""Prompt templates: each is read once.

Source: ``generate_prompt`` in ``persona/prompt_template/gpt_structure.py``, which opens and reads
the file of its template for every prompt; nothing else in that module opens files.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

from ga_ooo.host.imported.modules import HostModules


class KeptTexts:
    """Stands in for ``open``: what was read once is read from memory.

    Args:
        own: the real one.
    """

    def __init__(self, own: Callable[..., Any] = open) -> None:
        self._own = own
        self._texts: dict[str, str] = {}

    def __call__(self, file: Any, mode: str = "r", *args: Any, **options: Any) -> Any:
        if type(file) is not str or mode != "r" or args or options:
            return self._own(file, mode, *args, **options)
        text = self._texts.get(file)
        if text is None:
            with self._own(file) as opened:
                text = self._texts[file] = opened.read()
        return io.StringIO(text)


def install(modules: HostModules) -> None:
    """Give the module of the prompts this ``open``."""
    module: Any = modules.all["persona.prompt_template.gpt_structure"]
    module.open = KeptTexts()
