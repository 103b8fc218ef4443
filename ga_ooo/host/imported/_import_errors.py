"""The error of an import of the host, with file, line, cause and remedy."""

from __future__ import annotations

from collections.abc import Container

from ga_ooo.errors import HostError
from ga_ooo.host.checkout.checkout import Checkout
from ga_ooo.host.checkout.imports.distributions import install_remedy
from ga_ooo.host.checkout.source import syntax_refusal
from ga_ooo.host.imported.host_errors import errors_folder, host_line, keep_host_traceback


def import_error(error: BaseException, checkout: Checkout, own: Container[str]) -> HostError:
    """The error for the user.

    Args:
        error: raised by the import.
        checkout: the host.
        own: names of modules that every host has.
    """
    where = host_line(error, checkout.root) or str(checkout.backend)
    if isinstance(error, SyntaxError):
        return syntax_refusal(error)
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
    raised = HostError(
        f"{where}: importing the host raised {type(error).__name__}: {error}",
        "make `python -c 'import reverie'` work in the backend folder, or restore the file",
    )
    keep_host_traceback(raised, error, checkout.root, errors_folder() / "import.txt")
    return raised
