"""Arguments of an SDK's functions become sampling parameters, by one table per SDK."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ga_ooo.host.sdks.host_model import HostModel


@dataclass(frozen=True)
class Arguments:
    """What the arguments of a function mean.

    Attributes:
        function: as host code writes it.
        sampling: by name of the argument, the name of the parameter in the OpenAI API.
        inert: arguments that do not affect the answer.
        refused: arguments that no answer can obey, each with what it asks for.
    """

    function: str
    sampling: Mapping[str, str]
    inert: frozenset[str] = frozenset()
    refused: Mapping[str, str] = field(default_factory=dict)

    def parameters(self, given: Mapping[str, Any], model: HostModel) -> dict[str, Any]:
        """The sampling parameters among arguments. An unknown argument ends the run.

        Args:
            given: arguments of the call, without those that the caller has read itself.
        """
        found: dict[str, Any] = {}
        for name, value in given.items():
            if value is None or name in self.inert:
                continue
            if name in self.refused:
                if value:
                    model.refuse_argument(f"{self.function}({name}=...)", self.refused[name])
            elif name in self.sampling:
                found[self.sampling[name]] = value
            else:
                model.refuse_name(f"{self.function}({name}=...)", self.sampling.keys() | self.inert)
        return found


TOOLS = {
    "tools": "tools and function calls",
    "functions": "tools and function calls",
    "tool_config": "tools and function calls",
}
"""Arguments that are refused by all stand-ins."""
