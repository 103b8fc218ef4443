"""API keys that a user wrote into ``utils.py``. They are found, and never read any further."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from ga_ooo.host.checkout.checkout import Checkout
from ga_ooo.host.checkout.fingerprints import UTILS
from ga_ooo.host.checkout.source import parse

_NAME: Final = re.compile(r"(?i)\w*key\d*")
_KEY: Final = re.compile(r"[\w-]{20,}", re.ASCII)
_OPENAI_KEY: Final = re.compile(r"sk-[\w-]{17,}", re.ASCII)
_PLACEHOLDER: Final = re.compile(r"(?i)your|insert|replace|example|placeholder|x{4}")
_FEW: Final = 8
"""Characters of which a key has more different ones: ``sk-0000000000000000`` is none."""


def find_api_key(checkout: Checkout) -> str | None:
    """The place of an API key in the user's ``utils``, such as ``utils.py, line 2``.

    Returns:
        None if no text in it looks like a real key.
    """
    for path in _files(checkout):
        try:
            tree = parse(path)
        except (SyntaxError, OSError):
            # The import of the host reports it.
            continue
        line = next((node.lineno for node in _possible_keys(tree) if _is_key(node.value)), None)
        if line is not None:
            return f"{path.relative_to(checkout.backend)}, line {line}"
    return None


def _files(checkout: Checkout) -> list[Path]:
    if checkout.utils_is_package:
        return sorted((checkout.backend / UTILS).with_suffix("").rglob("*.py"))
    return [checkout.backend / UTILS] if checkout.has_utils else []


def _possible_keys(tree: ast.Module) -> Iterator[ast.Constant]:
    """Texts that are given a name such as ``openai_api_key``, and all that begin as OpenAI's."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign | ast.AnnAssign) and isinstance(node.value, ast.Constant):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            if any(isinstance(each, ast.Name) and _NAME.fullmatch(each.id) for each in targets):
                yield node.value
        if isinstance(node, ast.Constant) and _OPENAI_KEY.fullmatch(str(node.value)):
            yield node


def _is_key(text: object) -> bool:
    """Whether a value is a key as services make them, and no placeholder."""
    return (
        isinstance(text, str)
        and _KEY.fullmatch(text) is not None
        and _PLACEHOLDER.search(text) is None
        and len(set(text)) > _FEW
        and any(character.isdigit() for character in text)
    )
