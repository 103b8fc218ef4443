"""Accelerators: faster functions in place of slow functions of the host, with identical results.

An accelerator is on only where the functions that it replaces, and those that it relies on, are
ones that it was shown to equal (docs/accelerators.md). It never changes a result of a run;
``verify`` runs the host's own loop without accelerators. Other rooms import only the names below:
the table ``ACCELERATORS``, the choice of a user (``accelerator_names``), switching on
(``install_accelerators``), what keeps an accelerator off a checkout (``unrecognised``), and
``HostIdleMoves``, which the engine calls itself.

Where to add an accelerator: write a module named like the accelerator, with a function
``install(modules)`` that puts the faster function in place; add one line to ``ACCELERATORS`` in
``catalogue.py``; add the fingerprints of the functions that it replaces and relies on to
``known_functions.toml``, for each host; and compare it with the host's function on random inputs
in ``tests/host/accelerators/equivalence.py``.
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
