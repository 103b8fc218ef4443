"""What must be the same in the main process and in all workers."""

from __future__ import annotations

import hashlib
import json
import sys

from ga_ooo._version import __version__
from ga_ooo.cluster.frames import Facts
from ga_ooo.host.checkout.checkout import Checkout


def facts_of(checkout: Checkout) -> Facts:
    """The facts of this process with a host."""
    prints = json.dumps(dict(checkout.fingerprints), sort_keys=True)
    return Facts(
        package=__version__,
        python=f"{sys.version_info.major}.{sys.version_info.minor}",
        host=hashlib.blake2b(prints.encode(), digest_size=8).hexdigest(),
        hashes=hash("ga_ooo"),
    )


def difference(main: Facts, worker: Facts) -> tuple[str, str] | None:
    """What a worker has that is different, in words, and what the user can do about it, with ``{}``
    for its machine; None if nothing is different."""
    if worker.package != main.package:
        return (
            f"ga_ooo {worker.package}, and the main process ga_ooo {main.package}",
            f"install ga-ooo {main.package} on {{}}, or start Ray only where this version is",
        )
    if worker.python != main.python:
        return (
            f"Python {worker.python}, and the main process Python {main.python}",
            f"start Ray on {{}} with Python {main.python}",
        )
    if worker.host != main.host:
        return (
            f"another revision of the host ({worker.host}, and not {main.host})",
            "bring the checkout on {} to the revision of this machine, or start Ray only on "
            "machines that have this revision",
        )
    if worker.hashes != main.hashes:
        return (
            "another hash seed of Python",
            "start Ray on {} without PYTHONHASHSEED in its environment",
        )
    return None
