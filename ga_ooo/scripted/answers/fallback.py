"""Prompts that no rule knows, so that a fork's own prompts get something to work with."""

from __future__ import annotations

import json
import re

from ga_ooo.host.prompts.prompt import Prompt
from ga_ooo.scripted.choice import pick

_TEMPLATE = re.compile(r"\{[^{}]*:[^{}]*\}")
_KEY = re.compile(r'"([^"\n]+)"\s*:\s*([^,}\n]*)')
_SENTENCES = (
    "It is an ordinary day and all is well.",
    "There is nothing out of the ordinary to report.",
    "Everything goes on as planned.",
)


def answer_unknown(prompt: Prompt) -> str:
    """A short plain sentence; a JSON object with the keys of the prompt's last template
    where it asks for JSON; ``yes`` or ``no`` where it asks for that."""
    text = prompt.inner
    if re.search(r"\byes or no\b", text, re.I):
        return pick(("yes", "no"), text)
    sentence = pick(_SENTENCES, text)
    if prompt.enveloped or "json" not in text.lower():
        return sentence
    templates = _TEMPLATE.findall(text)
    keys = _KEY.findall(templates[-1]) if templates else []
    values = {key: _value(hint, sentence) for key, hint in keys}
    return json.dumps(values or {"output": sentence}, ensure_ascii=False)


def _value(hint: str, sentence: str) -> str | int | bool | list[str]:
    hint = hint.lower()
    if "bool" in hint or "true" in hint or "false" in hint:
        return False
    if "int" in hint or "number" in hint or re.fullmatch(r"\s*\d+\s*", hint):
        return 3
    return [sentence] if hint.strip().startswith("[") else sentence
