"""The small vocabulary of the core: persona index, step, tile index, row."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any, Final, TypeAlias

import numpy as np
import numpy.typing as npt

PersonaIndex: TypeAlias = int
"""Position of a persona in persona order (the host's dictionary order), from 0."""

Step: TypeAlias = int
"""Game step; one step is ``sec_per_step`` seconds of game time."""

TileIndex: TypeAlias = int
"""A tile as ``y * width + x``."""


class CompactRow(ABC):
    """A row that is not kept as an array over all tiles."""

    __slots__ = ()

    @abstractmethod
    def __getitem__(self, tiles: Any) -> Any:
        """The number of one tile, or of each tile of an array of tile indexes."""


Row: TypeAlias = npt.NDArray[np.uint16] | CompactRow
"""One number for each tile, by tile index: the fewest one-tile moves from that tile into a set of
tiles that the row is about; :data:`NEVER` where no way leads there."""

NEVER: Final = 65_535
"""More moves than any run has steps: the set of tiles cannot be reached."""
