"""The prices of models and of model servers."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Final

from ga_ooo.errors import UsageError
from ga_ooo.options._tables import read_keys
from ga_ooo.options.declare import Check, Declared, declarations, option
from ga_ooo.options.kinds import NUMBER, Kind, instance_of

AMOUNT: Final = Check(
    "an amount of 0 or more", lambda amount: amount >= 0 and math.isfinite(amount)
)


@dataclass(frozen=True)
class ModelPrice(Declared):
    """The prices of one model, for a million tokens."""

    TABLE: ClassVar[str] = "prices.models"
    HAS_FLAGS: ClassVar[bool] = False

    input: float = option(0.0, "for a million tokens of prompts", check=AMOUNT)
    cached_input: float | None = option(
        None,
        "for a million tokens of prompts that the server has found in its cache",
        check=AMOUNT,
        unset="the price of input",
    )
    output: float = option(0.0, "for a million tokens of answers", check=AMOUNT)


def _models(value: Any) -> Mapping[str, ModelPrice]:
    def read(name: str, entry: Any) -> ModelPrice:
        if isinstance(entry, ModelPrice):
            return entry
        where = f"{ModelPrice.TABLE}.{name}"
        return ModelPrice(**read_keys(instance_of(dict)(entry), where, MODEL_PRICE_KEYS))

    return {name: read(name, entry) for name, entry in instance_of(dict)(value).items()}


def _amounts(value: Any) -> Mapping[str, float]:
    amounts = {name: NUMBER.read(amount) for name, amount in instance_of(dict)(value).items()}
    if not all(map(AMOUNT.holds, amounts.values())):
        raise ValueError(value)
    return amounts


MODEL_PRICE_KEYS: Final = {each.name: each for each in declarations(ModelPrice)}


@dataclass(frozen=True)
class PriceOptions(Declared):
    """What models and model servers cost (docs/costs.md)."""

    TABLE: ClassVar[str] = "prices"
    HAS_FLAGS: ClassVar[bool] = False

    currency: str = option(
        "USD",
        "currency of all prices, as it is shown",
        check=Check(
            "a text of 1 to 8 characters",
            lambda text: 1 <= len(text) <= 8 and text.isprintable() and bool(text.strip()),
        ),
    )
    models: Mapping[str, ModelPrice] = option(
        {},
        'name of a model = its prices: write [prices.models."NAME"]; * is any other model',
        kind=Kind("a table of tables, one for each model", str, _models),
        unset="none",
    )
    server_hours: Mapping[str, float] = option(
        {},
        "base URL of a model server = price of an hour, of all its GPUs together; * is any other "
        "server",
        kind=Kind("a table of amounts of 0 or more, by URL", str, _amounts),
        unset="none",
    )

    @property
    def are_given(self) -> bool:
        """Whether there are any prices."""
        return bool(self.models or self.server_hours)

    def check_models(self, names: tuple[str, ...]) -> None:
        """Check that all models have a price, if one has.

        Raises:
            UsageError: one has none.
        """
        for name in names:
            if self.models and self.price_of(name) is None:
                raise UsageError(
                    f"the model {name} has no price, and other models have one",
                    f'add [prices.models."{name}"], or [prices.models."*"] for all other models',
                )

    def price_of(self, model: str) -> ModelPrice | None:
        """The price of a model; None if it has none.

        Services answer with the name of a version, such as ``gpt-4o-mini-2024-07-18``: it has the
        price of the longest name that it begins with.
        """
        if model in self.models:
            return self.models[model]
        versions = [name for name in self.models if model.startswith(f"{name}-")]
        return self.models.get(max(versions, key=len) if versions else "*")

    def hour_of(self, url: str) -> float:
        """The price of an hour of a server."""
        return self.server_hours.get(url, self.server_hours.get("*", 0.0))
