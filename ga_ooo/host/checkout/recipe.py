"""What is particular to one host or fork."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from ga_ooo.host.checkout.checkout import Checkout
from ga_ooo.host.checkout.loop_work import requests_pending
from ga_ooo.host.checkout.source import LOOP_FILE, loop_work, parse


@dataclass(frozen=True)
class HostRecipe:
    """How to run a host.

    Attributes:
        name: for people.
        loop_methods: methods without arguments that its ``start_server`` calls on itself on
            every turn of its loop; the engine runs them with everybody at one step.
        loop_pending: whether there is work for them, given the simulation's folder.
    """

    name: str
    loop_methods: tuple[str, ...] = ()
    loop_pending: Callable[[Path], bool] = requests_pending


def read_recipe(checkout: Checkout) -> HostRecipe:
    """The recipe of any host of the original's shape, read off its source."""
    work = loop_work(parse(checkout.backend / LOOP_FILE))
    return HostRecipe(checkout.recognised, work.always if work else ())
