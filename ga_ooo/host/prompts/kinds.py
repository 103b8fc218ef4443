"""Kinds of prompts, by the names that the configuration uses."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from ga_ooo.host.prompts.minitown_forms import KINDS as _MINITOWN_KINDS
from ga_ooo.model.requests import CallKind, ModelRequest
from ga_ooo.scripted import minitown, recognise
from ga_ooo.scripted.prompts import RULES

PROMPT_KINDS = (*dict.fromkeys(rule.name for rule in RULES), *_MINITOWN_KINDS)
"""All names that :func:`prompt_kind` can give."""


def prompt_kind(text: str) -> str:
    """What a prompt asks for, such as ``task decomposition``; ``unknown`` if that is not known."""
    return minitown.kind_of(text) or recognise(text)


def model_for_prompt(request: ModelRequest, models: Mapping[str, str]) -> ModelRequest:
    """The request with the served model that is meant for its kind of prompt, if there is one.

    Args:
        models: kind of prompt to served model.
    """
    if request.kind is CallKind.EMBEDDING:
        return request
    model = models.get(prompt_kind(request.text))
    return request if model is None else replace(request, model=model)
