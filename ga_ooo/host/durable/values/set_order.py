"""The order in which a set must be filled so that it is iterated in a given order.

Where two members want one place in the set's table, the first one gets it. So the order of
iteration does not say in which order the set was filled. It matters: the host saves sets of
keywords in the order of their iteration.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterable, Iterator
from typing import Any, Final

_PERMUTED: Final = 7
"""Sets of so many members are tried in every order of insertion (5,040 at most)."""
_ATTEMPTS: Final = 20_000


def order_of_insertion(members: Iterable[Any]) -> list[Any]:
    """Members in an order whose insertion makes a set that iterates like this one.

    Args:
        members: a set or frozenset.

    Returns:
        the order of iteration itself, if none of the orders that are tried serves.
    """
    order = list(members)
    if list(set(order)) == order:
        return order
    for candidate in itertools.islice(_candidates(order), _ATTEMPTS):
        if list(set(candidate)) == order:
            return list(candidate)
    return order


def _candidates(order: list[Any]) -> Iterator[Iterable[Any]]:
    if len(order) <= _PERMUTED:
        yield from itertools.permutations(order)
        return
    rng = random.Random(0)
    while True:
        yield rng.sample(order, len(order))
