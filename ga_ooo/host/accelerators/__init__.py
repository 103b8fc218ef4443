"""Accelerators: faster functions in place of some of the host's, with identical results.

Each is off where the functions that it replaces, or relies on, are not the ones it was shown to
equal (docs/accelerators.md). They never change what a run leaves; ``verify`` runs the host's own
loop without them.
"""

from ga_ooo.host.accelerators.catalogue import ACCELERATORS, Accelerator, accelerate, chosen
from ga_ooo.host.accelerators.recognition import unrecognised

__all__ = ["ACCELERATORS", "Accelerator", "accelerate", "chosen", "unrecognised"]
