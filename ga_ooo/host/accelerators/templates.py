"""``templates``: each prompt template is read once.

Source: ``generate_prompt`` in ``persona/prompt_template/gpt_structure.py``, which opens and reads
the file of its template for each prompt. No other function of that module opens files.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

from ga_ooo.host.imported.modules import HostModules


class TemplateCache:
    """Replaces ``open``: a file that was read once is read from memory.

    Args:
        original: the real ``open``.
    """

    def __init__(self, original: Callable[..., Any] = open) -> None:
        self._original = original
        self._texts: dict[str, str] = {}

    def __call__(self, file: Any, mode: str = "r", *args: Any, **options: Any) -> Any:
        if type(file) is not str or mode != "r" or args or options:
            return self._original(file, mode, *args, **options)
        text = self._texts.get(file)
        if text is None:
            with self._original(file) as opened:
                text = self._texts[file] = opened.read()
        return io.StringIO(text)


def install(modules: HostModules) -> None:
    """Replace ``open`` in the module of the prompts."""
    module: Any = modules.all["persona.prompt_template.gpt_structure"]
    # Looked up at each call: what opens files for the host is put in place later.
    module.open = TemplateCache(lambda *args, **options: modules.builtins["open"](*args, **options))
