"""``ga-ooo doctor``: identify a host, and find everything that would stop a run.

:func:`diagnose` runs all checks on a folder. :func:`render` makes the text for a terminal, and
:func:`as_data` the data of ``--json``. A check is a function from a checkout to findings:
``code_checks`` read the source of the host, ``folder_checks`` its folders, scenarios and
environment, ``map_checks`` its maps. To add a check, write such a function and add it to
``_CHECKS``. ``package_checks`` look at the packages that the host imports, and
``server_checks`` asks the model servers that the user names.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Final

from ga_ooo.cli.doctor import code_checks, folder_checks, map_checks, package_checks, server_checks
from ga_ooo.cli.doctor.findings import (
    Diagnosis,
    Finding,
    Severity,
    as_data,
    from_error,
    render,
)
from ga_ooo.errors import GaOooError
from ga_ooo.host.checkout.checkout import Checkout
from ga_ooo.host.checkout.locate import locate
from ga_ooo.host.sdks.catalogue import BUILT_IN
from ga_ooo.host.sdks.sdk import Sdk
from ga_ooo.options import ModelOptions

__all__ = ["Diagnosis", "Finding", "Severity", "as_data", "diagnose", "render"]

_CHECKS: Final[tuple[Callable[[Checkout], Iterator[Finding]], ...]] = (
    folder_checks.identity,
    map_checks.maps,
    folder_checks.python_version,
    code_checks.requirements_met,
    code_checks.loop,
    code_checks.set_up,
    code_checks.accelerators,
    code_checks.imports,
    folder_checks.writable_folders,
    folder_checks.scenarios,
    map_checks.other_maps,
    map_checks.locations,
    folder_checks.flag,
    package_checks.replaced_openai,
)


def diagnose(
    path: Path, model: ModelOptions | None = None, sdks: tuple[Sdk, ...] = BUILT_IN
) -> Diagnosis:
    """Check a host without running it and without writing anything.

    Errors of the host and of model servers become findings; none is raised.

    Args:
        path: a folder of a checkout.
        model: the model servers to ask; None for none.
        sdks: stand-ins for the packages by which hosts ask models.
    """
    try:
        checkout = locate(path)
    except GaOooError as error:
        return Diagnosis(path, (from_error(error),))
    findings: list[Finding] = []
    checks: list[Callable[[Checkout], Iterator[Finding]]] = [*_CHECKS]
    checks += [partial(package_checks.packages, sdks=sdks)]
    checks += [partial(package_checks.model_packages, sdks=sdks)]
    checks += [partial(package_checks.threads, sdks=sdks)]
    for check in checks:
        try:
            findings.extend(check(checkout))
        except GaOooError as error:
            findings.append(from_error(error))
    if model is not None:
        findings.extend(server_checks.model_servers(model))
    # Several checks may find the same broken file.
    return Diagnosis(path, tuple(dict.fromkeys(findings)))
