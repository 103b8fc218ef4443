"""The properties of one host or fork that a run depends on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from ga_ooo.host.checkout._loop_requests import requests_pending
from ga_ooo.host.checkout.checkout import Checkout
from ga_ooo.host.checkout.source import LOOP_FILE, loop_work, parse


@dataclass(frozen=True)
class HostRecipe:
    """How to run a host.

    Attributes:
        name: the name for users.
        loop_methods: methods without arguments that ``start_server`` calls on ``self`` in every
            turn of its loop. The engine calls them when all personas are at one step.
        loop_pending: whether these methods have work to do, given the folder of the simulation.
    """

    name: str
    loop_methods: tuple[str, ...] = ()
    loop_pending: Callable[[Path], bool] = requests_pending


def read_recipe(checkout: Checkout) -> HostRecipe:
    """The recipe of a host with the structure of the original, read from its source."""
    work = loop_work(parse(checkout.backend / LOOP_FILE))
    return HostRecipe(checkout.recognised, work.unconditional if work else ())
