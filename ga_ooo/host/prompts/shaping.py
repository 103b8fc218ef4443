"""The built-in implementation of the hook that changes requests."""

from __future__ import annotations

from collections.abc import Mapping

from ga_ooo.hookspecs import hookimpl
from ga_ooo.host.prompts.kinds import model_for_prompt
from ga_ooo.host.prompts.structured import constrain
from ga_ooo.model.requests import ModelRequest


class RequestShaping:
    """What the built-in plugin makes of requests, as far as it is asked to.

    Args:
        models: kind of prompt to served model.
        structured: ask for answers of the form that the host takes.
    """

    def __init__(self, models: Mapping[str, str], structured: bool) -> None:
        self._models = models
        self._structured = structured

    @hookimpl(trylast=True)
    def ga_ooo_shape_request(self, request: ModelRequest) -> ModelRequest | None:
        """The request for the model of its kind of prompt, with the form of its answer."""
        shaped = model_for_prompt(request, self._models) if self._models else request
        shaped = constrain(shaped) if self._structured else shaped
        return None if shaped is request else shaped
