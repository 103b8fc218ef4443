"""Compares the complete copies of a checkout in which two sides ran.

A file that differs is no proof of an error of the engine: the host may write the time of day. So
the host's own loop runs once more, and a difference counts only where two runs of the host itself
do not differ.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Final

from ga_ooo.lab.verify.compare import (
    Comparison,
    Difference,
    differences_of,
    explain,
    order_of,
    same_bytes,
)
from ga_ooo.lab.verify.copies import CheckoutCopy

_NAME: Final = ("its name",)
"""Place of a difference: both sides made the file, with different numbers in its name."""

_DIGITS: Final = re.compile(r"\d+")


@dataclass(frozen=True)
class _Pair:
    """The same file of two copies.

    Attributes:
        name: for the user: in the simulation, else in the checkout.
        first: the file of the first copy; it may not exist.
        second: the file of the second copy; it may not exist.
    """

    name: PurePosixPath
    first: Path
    second: Path

    def differs(self) -> bool:
        """Whether the bytes or the names differ."""
        return self.first.name != self.second.name or not same_bytes(self.first, self.second)

    def differing_paths(self) -> set[tuple[str, ...]]:
        """Where the two files differ."""
        found = {path for path, _, _ in differences_of(self.first, self.second)}
        return found | {_NAME} if self.first.name != self.second.name else found

    def explained(self) -> Difference:
        """The first difference."""
        if same_bytes(self.first, self.second):
            return Difference(
                str(self.name), _NAME[0], None, None, (self.first.name, self.second.name)
            )
        return explain(self.name, self.first, self.second)


def compare_copies(
    reference: CheckoutCopy, engine: CheckoutCopy, again: CheckoutCopy | None = None
) -> Comparison:
    """Compare all files that at least one run has written, made or removed.

    Args:
        reference: of the host's own loop.
        engine: of the engine.
        again: of a second run of the host's own loop; None if there was none.
    """
    pairs = list(_pairs(reference, engine))
    differing = [pair for pair in pairs if pair.differs()]
    unsteady = {}
    if again is not None:
        unsteady = {pair.name: pair for pair in _pairs(reference, again) if pair.differs()}
        differing = [pair for pair in differing if not _is_unsteady(pair, unsteady.get(pair.name))]
    existing = [pair for pair in pairs if pair.first.is_file()]
    return Comparison(
        files=len(existing),
        bytes=sum(pair.first.stat().st_size for pair in existing),
        differing=len(differing),
        first=differing[0].explained() if differing else None,
        unsteady=tuple(pair.explained() for pair in unsteady.values()),
    )


def _is_unsteady(pair: _Pair, of_host: _Pair | None) -> bool:
    """Whether the two sides differ only where two runs of the host itself differ."""
    if of_host is None:
        return False
    known = of_host.differing_paths()
    return all(
        any(path[:length] in known for length in range(1, len(path) + 1))
        for path in pair.differing_paths()
    )


def _pairs(first: CheckoutCopy, second: CheckoutCopy) -> Iterator[_Pair]:
    """The files of two copies, the earliest step first.

    Files that only one copy has are paired where their names differ only in their numbers, as
    those of logs that are named by the time at which they begin.
    """
    changed = first.changed() | second.changed()
    alone: defaultdict[str, tuple[list[str], list[str]]] = defaultdict(lambda: ([], []))
    pairs = []
    for name in sorted(changed):
        exists = [(copy.folder / name).is_file() for copy in (first, second)]
        if all(exists) or name in first.stamps:
            pairs += [(name, name)] if any(exists) else []
        else:
            folder, _, file = name.rpartition("/")
            alone[f"{folder}/{_DIGITS.sub('#', file)}"][not exists[0]].append(name)
    for ours, theirs in alone.values():
        pairs += _paired(ours, theirs)
    found = [
        _Pair(_shown(first, one), first.folder / one, second.folder / other) for one, other in pairs
    ]
    return iter(sorted(found, key=lambda pair: order_of(pair.name)))


def _paired(ours: list[str], theirs: list[str]) -> Iterable[tuple[str, str]]:
    if len(ours) == len(theirs):
        return zip(ours, theirs, strict=True)
    return [(name, name) for name in (*ours, *theirs)]


def _shown(copy: CheckoutCopy, name: str) -> PurePosixPath:
    path = copy.folder / name
    for folder in (copy.simulation, copy.root):
        if path.is_relative_to(folder):
            return PurePosixPath(path.relative_to(folder).as_posix())
    return PurePosixPath(name)
