"""Small vocabulary shared by the core (DESIGN section 6)."""

from __future__ import annotations

from typing import Final, TypeAlias

import numpy as np
import numpy.typing as npt

PersonaIndex: TypeAlias = int
"""Position of a persona in persona order (the host's dictionary order), from 0."""

Step: TypeAlias = int
"""Game step; one step is ``sec_per_step`` seconds of game time."""

TileIndex: TypeAlias = int
"""A tile as ``y * width + x``."""

Row: TypeAlias = npt.NDArray[np.uint16]

NEVER: Final = 65_535
"""More moves than any run has steps: the target set cannot be reached."""
