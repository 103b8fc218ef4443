"""The error of an import of the host, with file, line, cause and remedy."""

from __future__ import annotations

import traceback
from collections.abc import Container
from pathlib import Path

from ga_ooo.errors import HostError
from ga_ooo.host.checkout.checkout import Checkout
from ga_ooo.host.checkout.imports.distributions import install_remedy


def import_error(error: BaseException, checkout: Checkout, own: Container[str]) -> HostError:
    """The error for the user.

    Args:
        error: raised by the import.
        checkout: the host.
        own: names of modules that every host has.
    """
    where = _where(error, checkout)
    if isinstance(error, SyntaxError):
        return HostError(
            f"{where}: {error.msg}",
            "correct the line (Python 3.11 or newer), or restore the file from its repository",
        )
    if isinstance(error, ModuleNotFoundError) and error.name in own:
        return HostError(
            f"{checkout.backend}: the host has no module {error.name!r}",
            "restore it from the host's repository; a fork that renamed it is not supported",
        )
    if isinstance(error, ModuleNotFoundError) and error.name:
        return HostError(
            f"{where}: the host needs the module {error.name!r}, which is not installed",
            install_remedy(error.name, checkout.root),
        )
    return HostError(
        f"{where}: importing the host raised {type(error).__name__}: {error}",
        "make `python -c 'import reverie'` work in the backend folder, or restore the file",
    )


def _where(error: BaseException, checkout: Checkout) -> str:
    if isinstance(error, SyntaxError) and error.filename:
        return f"{error.filename}, line {error.lineno}"
    frames = traceback.extract_tb(error.__traceback__)
    for frame in reversed(frames):
        if Path(frame.filename).is_relative_to(checkout.root):
            return f"{frame.filename}, line {frame.lineno}"
    return str(checkout.backend)
