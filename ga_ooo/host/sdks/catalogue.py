"""The stand-ins of this package."""

from __future__ import annotations

from types import ModuleType
from typing import Final

from ga_ooo.host.sdks.host_model import HostModel
from ga_ooo.host.sdks.openai import make_openai_module
from ga_ooo.host.sdks.sdk import Sdk


def _openai(model: HostModel) -> dict[str, ModuleType]:
    return {"openai": make_openai_module(model)}


BUILT_IN: Final = (Sdk("openai", ("openai",), _openai),)
"""One per SDK."""
