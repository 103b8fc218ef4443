"""The file that says how the map of a large town was made: copies of another map, side by side.

The host does not read it. ``ga-ooo watch`` draws the pictures of the other map at each copy.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Final

import msgspec
from msgspec import Meta

FILE: Final = "copies.json"
"""In the folder of the large map, beside its folder ``matrix``."""

_Tiles = Annotated[int, Meta(ge=0, le=100_000)]


class CopiedMap(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where the copies lie.

    Attributes:
        map: folder of the copied map, in the assets.
        width: of one copy, in tiles.
        height: of one copy, in tiles.
        corners: (x, y) of the upper left tile of each copy.
    """

    map: Annotated[str, Meta(pattern=r"^[^/\\]+$")]
    width: _Tiles
    height: _Tiles
    corners: Annotated[tuple[tuple[_Tiles, _Tiles], ...], Meta(min_length=1, max_length=10_000)]

    def lies_in(self, size: tuple[int, int]) -> bool:
        """Whether all copies lie in a map of this width and height."""
        return all(
            x + self.width <= size[0] and y + self.height <= size[1] for x, y in self.corners
        )


def encoded(copied: CopiedMap) -> bytes:
    """The content of the file."""
    return msgspec.json.encode(copied)


def read_copied_map(folder: Path) -> CopiedMap | None:
    """How a map was made; None if it is no large town, or its file is damaged."""
    try:
        found = msgspec.json.decode((folder / FILE).read_bytes(), type=CopiedMap)
    except (OSError, ValueError, RecursionError):
        return None
    return None if found.map in (".", "..") else found
