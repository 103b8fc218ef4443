"""Accelerators: faster functions in place of slow functions of the host, with identical results.

An accelerator is on only where the host's functions that it replaces, and those that it relies
on, are known: it was compared with exactly these (docs/accelerators.md). It never changes a
result of a run; ``verify`` runs the host's own loop without accelerators. Other rooms import only
the names below: the table ``ACCELERATORS``, the choice of a user (``accelerator_names``),
switching on (``install_accelerators``), why an accelerator is off for a checkout
(``unrecognised``), and ``HostIdleMoves``, which the engine calls itself.

Where to add an accelerator: write a module with a function ``install(modules)`` that installs the
faster function; import it in ``catalogue.py`` and add it to ``ACCELERATORS`` there; add the
fingerprints of the functions that it replaces and relies on to ``known_functions.toml`` beside
this file, for each host; add a comparison with the host's function on random inputs to
``COMPARISONS`` in ``tests/host/accelerators/equivalence.py``; and a row to the table of
docs/accelerators.md.
"""

from ga_ooo.host.accelerators.catalogue import (
    ACCELERATORS,
    Accelerator,
    accelerator_names,
    install_accelerators,
)
from ga_ooo.host.accelerators.idle import HostIdleMoves
from ga_ooo.host.accelerators.recognition import unrecognised

__all__ = [
    "ACCELERATORS",
    "Accelerator",
    "HostIdleMoves",
    "accelerator_names",
    "install_accelerators",
    "unrecognised",
]
