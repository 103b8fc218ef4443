"""The built-in implementation of the hook that changes requests."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from ga_ooo.hookspecs import hookimpl
from ga_ooo.host.prompts.kinds import prompt_kind
from ga_ooo.host.prompts.structured import constrain
from ga_ooo.model.requests import CallKind, ModelRequest


class RequestShaping:
    """Changes requests: served models by kind of prompt, and the form of answers.

    Args:
        models: kind of prompt to served model.
        structured: ask for answers of the form that the host accepts.
    """

    def __init__(self, models: Mapping[str, str], structured: bool) -> None:
        self._models = models
        self._structured = structured

    @hookimpl(trylast=True)
    def ga_ooo_shape_request(self, request: ModelRequest) -> ModelRequest | None:
        """The request with the model of its kind of prompt and the form of its answer."""
        shaped = model_for_prompt(request, self._models) if self._models else request
        shaped = constrain(shaped) if self._structured else shaped
        return None if shaped is request else shaped


def model_for_prompt(request: ModelRequest, models: Mapping[str, str]) -> ModelRequest:
    """The request with the served model for its kind of prompt, if one is configured.

    Args:
        models: kind of prompt to served model.
    """
    if request.kind is CallKind.EMBEDDING:
        return request
    model = models.get(prompt_kind(request.text))
    return request if model is None else replace(request, model=model)
